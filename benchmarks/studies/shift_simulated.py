"""Under interventions on models that are known: columns around the target are moved, or its mechanism changes.

    python -m benchmarks.studies.shift_simulated

20 tables x 2 folds, and the methods of `shift`, whose docstring says what was fixed beforehand and whose report reads
these rows. One fit is tested in all worlds, one of which is that of no intervention: the control.
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.interventions import DATASETS
from benchmarks.protocol.shifts_simulated import WorldsShift
from benchmarks.studies.command import run_study
from benchmarks.studies.shift import METHODS
from benchmarks.studies.shift import STUDY as NATURAL

STUDY = dataclasses.replace(
    NATURAL,
    name="shift_simulated",
    question="Under interventions on known models: does causal augmentation make fine-tuning more robust?",
    methods=METHODS,
    datasets=DATASETS,
    folds=2,
    split=WorldsShift(),
    splits={},
    sisters=(),
)

if __name__ == "__main__":
    run_study(STUDY)
