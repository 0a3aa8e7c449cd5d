"""Are two members of one model (``n_estimators=2``) what two fits averaged were in `hedges`?

    python -m benchmarks.studies.two_members

`hedges` averaged two fits with different seeds. Two members of one model share the graph and the SCMs, which costs
less, and differ in views and episodes. The tables, rows and folds of `hedges`, whose rows the report reads for the
single fits, so what is said is of the same rows, not of new ones; under shift it is not asked.

Fixed before any score of it was seen, with the level and the tests of `scored_pairs` (tic-tac-toe told, in no test).

* Two members are called as good as two fits if "causalmix 2 members" less "causalmix" is below zero in mean log loss
  with p < .05 and not below zero in mean ROC-AUC.
* Told beside it, Holm's correction over both scores of all: "default 2 members" less "default"; "causalmix 2 members"
  less "default 2 members"; each less its two fits averaged.

Expected: as good; the differences to two fits are within .002.
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.methods import causalmix
from benchmarks.studies.command import run_study
from benchmarks.studies.hedges import STUDY as HEDGES
from benchmarks.studies.longer import SIX

METHODS = {f"{rows} 2 members": {"method": rows, "n_estimators": 2} | SIX for rows in ("causalmix", "default")}

STUDY = dataclasses.replace(
    HEDGES,
    name="two_members",
    question="Are two members of one model what two fits averaged are?",
    measure="benchmarks.protocol.whole_measures:fine_tuned_given",
    report="benchmarks.report.two_members:body",
    resolve=causalmix,
    methods=METHODS,
    sisters=("hedges",),
)

if __name__ == "__main__":
    run_study(STUDY)
