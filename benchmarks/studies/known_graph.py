"""What is a graph worth that the user knows, beside one that is discovered, and beside none?

    python -m benchmarks.studies.known_graph

Simulated tables, whose graph is known: the odd-numbered ones of 24, 2 folds, 30 and 100 rows, mechanisms fitted in
any case. The true graph is stated by ``known_graph``, as a user would; the rule and primary metric are those of
`mixing`. A twin here is the same with a discovered graph, and with none.

A known graph is one SCM, a discovered one a mixture of eight: "episodes one discovered graph" has one, too. "as many
informative members" see so many columns as the true Markov blanket has, "informative members" as a discovered one.

What tests answer was fixed before any score was seen: `report.twins.beside_twins` in log loss, each size on its own,
Holm's correction over its lines.
"""

from __future__ import annotations

from benchmarks.protocol.marks import GRAPH, knowing
from benchmarks.protocol.simulated import DATASETS
from benchmarks.protocol.splits import LowDataSimulated
from benchmarks.report.ideas import Idea
from benchmarks.studies.command import run_study
from benchmarks.studies.mixing import BASELINES, BESIDE, COLUMNS, COPULA, SCM, STRONG
from benchmarks.studies.paper import SMOKE
from benchmarks.studies.study import Study

KNOWN = {GRAPH: True}
IDEAS = (
    Idea("strong", "default", (), "a gain at 100 rows, none at 30"),
    Idea(
        "soft beside known graph",
        "strong",
        ("soft beside discovered graph", "soft beside copula"),
        "a gain at 30 rows, where discovery finds little; ahead of the discovered graph, hardly of the copula",
    ),
    Idea(
        "episodes known graph",
        "strong",
        ("episodes discovered graph", "episodes one discovered graph", "episodes copula"),
        "a gain at 30 rows; ahead of the discovered graph and of the copula",
    ),
    Idea(
        "blanket of known graph",
        "strong",
        ("blanket of discovered graph", "informative members", "as many informative members"),
        "the clearest gain of all: columns that tell nothing are left out for certain",
    ),
)

MIXED = {"method": "causalmix", **STRONG}
STUDY = Study(
    name="known_graph",
    question="What is a graph worth that the user knows, beside one that is discovered, and beside none?",
    measure="benchmarks.protocol.whole_measures:fine_tuned_knowing",
    report="benchmarks.report.mixing:body",
    resolve=knowing,
    methods={label: BASELINES[label] for label in ("untuned", "untuned 6 views", "default", "strong")}
    | {
        "soft beside known graph": MIXED | SCM | BESIDE | KNOWN,
        "soft beside discovered graph": MIXED | SCM | BESIDE,
        "soft beside copula": MIXED | COPULA | BESIDE,
        "episodes known graph": MIXED | SCM | KNOWN,
        "episodes discovered graph": MIXED | SCM,
        "episodes one discovered graph": MIXED | SCM | {"generator_options": {"n_dags": 1}},
        "episodes copula": MIXED | COPULA,
        "blanket of known graph": {"method": "default", **STRONG, **COLUMNS["blanket members"], **KNOWN},
        "blanket of discovered graph": {"method": "default", **STRONG, **COLUMNS["blanket members"]},
        "informative members": {"method": "default", **STRONG, **COLUMNS["informative members"]},
        "as many informative members": {"method": "default", **STRONG, **COLUMNS["informative members"], **KNOWN},
    },
    datasets=DATASETS[::2],
    folds=2,
    split=LowDataSimulated(validation=0.0),
    smoke=SMOKE,
    sizes=(30, 100),
)

if __name__ == "__main__":
    run_study(STUDY)
