"""The question of `less_mixing_twins` under shift.

    python -m benchmarks.studies.less_mixing_twins_under_shift

The splits of `less_mixing_under_shift`. What is fitted, and what was fixed beforehand, stand in `less_mixing_twins`,
whose report tells both.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.less_mixing_twins import STUDY as TWINS
from benchmarks.studies.less_mixing_under_shift import STUDY as UNDER_SHIFT

STUDY = dataclasses.replace(
    UNDER_SHIFT,
    name="less_mixing_twins_under_shift",
    question="With rows for a fifth of the steps in six views, does it take a graph to draw them, under shift?",
    report="benchmarks.report.less_mixing_twins:body_under_shift",
    resolve=TWINS.resolve,
    methods=TWINS.methods,
    sisters=("less_mixing_under_shift", *UNDER_SHIFT.sisters),
)

if __name__ == "__main__":
    run_study(STUDY)
