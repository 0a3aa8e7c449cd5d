"""The question of `hedges` under shift: do two fits, one of them on real rows alone, keep what mixing gains there?

    python -m benchmarks.studies.hedges_under_shift

The tables and splits of `views_confirmed` (21 real ones, three choices of domains each, 20 simulated ones with worlds
in which somebody intervened), in the third fold, which nobody has looked at. What is fitted, and the rule that was
fixed beforehand, stand in `hedges`, whose report tells both.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.hedges import METHODS
from benchmarks.studies.hedges import STUDY as HEDGES
from benchmarks.studies.views_confirmed import STUDY as VIEWS_CONFIRMED

STUDY = dataclasses.replace(
    VIEWS_CONFIRMED,
    name="hedges_under_shift",
    question="Do two fits, one of them on real rows alone, keep what mixing gains under shift?",
    measure="benchmarks.protocol.hedges:under_shift",
    report="benchmarks.report.hedges:body_under_shift",
    resolve=HEDGES.resolve,
    methods=METHODS,
    smoke=HEDGES.smoke,
    folds=1,
    first_fold=2,
)

if __name__ == "__main__":
    run_study(STUDY)
