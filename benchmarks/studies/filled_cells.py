"""Should a missing number be what the graph says, given the cells that are known?

    python -m benchmarks.studies.filled_cells

Six untuned views, so that nothing but the cells differs: the column's mean (the default), the mean with an
indicator, or filled by rows of the SCM, of a copula, or by real rows that are near (`protocol.filling`). Twelve real
tables with gaps, and four whose gaps were made by a rule in tables of the tuning half; 200 rows, 3 folds. The rule
is that of `mixing`, with the mean in the strong baseline's place. That is the floor itself, so a single run 1 % below
it drops an idea; what tests answer was fixed before any score was seen: `report.twins.beside_twins` in log loss,
Holm's correction over its lines.

The indicator is no forecast but a repetition in six views: its scores in one view are those of `missing_values`. The
copula and the SCM give 20 nearest donors of 2,000 rows drawn, real rows 20 of at most 200: those are smoother.
"""

from __future__ import annotations

from benchmarks.protocol.gappy_tables import REAL, RULES
from benchmarks.protocol.marks import FILLER, filling
from benchmarks.protocol.splits import LowDataGappy
from benchmarks.report.ideas import FLOOR, Idea
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

VIEWS = {"fine_tune": False, "n_views": 6}
IDEAS = (
    Idea("indicator", FLOOR, (), "a gain on tables where a gap tells the class, nothing elsewhere"),
    Idea(
        "filled by scm",
        FLOOR,
        ("filled by copula", "filled by real rows"),
        "a small gain where gaps are many and by chance; the copula and near rows do as well",
    ),
)

STUDY = Study(
    name="filled_cells",
    question="Should a missing number be what the graph says, given the cells that are known?",
    measure="benchmarks.protocol.whole_measures:fine_tuned_filled",
    report="benchmarks.report.mixing:body",
    resolve=filling,
    methods={
        FLOOR: VIEWS,
        "indicator": VIEWS | {"missing_numbers": "indicator"},
        "filled by scm": VIEWS | {FILLER: "scm"},
        "filled by copula": VIEWS | {FILLER: "copula"},
        "filled by real rows": VIEWS | {FILLER: "bootstrap"},
    },
    datasets=(*tuple(REAL)[::2], *(f"{table}:{rule}" for table in ("pima", "wdbc") for rule in RULES)),
    folds=3,
    split=LowDataGappy(validation=0.0),
)

if __name__ == "__main__":
    run_study(STUDY)
