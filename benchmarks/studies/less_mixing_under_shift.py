"""The question of `less_mixing` under shift: is a fit with fewer SCM rows, or none, as robust?

    python -m benchmarks.studies.less_mixing_under_shift

The tables and splits of `views_confirmed` (21 real ones, three choices of domains each, 20 simulated ones with worlds
in which somebody intervened), in the fifth fold, which nobody has looked at. What is fitted, and the rule that was
fixed beforehand, stand in `less_mixing`, whose report tells both.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.less_mixing import METHODS
from benchmarks.studies.less_mixing import STUDY as LESS_MIXING
from benchmarks.studies.views_confirmed import STUDY as VIEWS_CONFIRMED

STUDY = dataclasses.replace(
    VIEWS_CONFIRMED,
    name="less_mixing_under_shift",
    question="In six views, is a fit with fewer SCM rows, or none, as robust under shift?",
    measure="benchmarks.protocol.less_mixing:under_shift",
    report="benchmarks.report.less_mixing:body_under_shift",
    resolve=LESS_MIXING.resolve,
    methods=METHODS,
    smoke=LESS_MIXING.smoke,
    folds=1,
    first_fold=4,
)

if __name__ == "__main__":
    run_study(STUDY)
