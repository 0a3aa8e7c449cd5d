"""How good is a checkpoint, untuned, beside four scikit-learn models?

    python -m benchmarks.studies.checkpoint [--checkpoint FOLDER]

At most 500 training rows, all of them support; tests on the rest.
"""

from __future__ import annotations

from benchmarks.protocol.methods import peer
from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="checkpoint",
    question="How good is the untuned checkpoint beside scikit-learn?",
    measure="benchmarks.protocol.measures:peer",
    report="benchmarks.report.bodies:peers",
    resolve=peer,
    methods={
        "untuned": {"model": "untuned"},
        "untuned 4 views": {"model": "untuned", "n_estimators": 4},
        **{name: {"model": name} for name in ("random forest", "hist. boosting", "kNN", "logistic regression")},
    },
    datasets=DATASETS,
    folds=3,
    split=LowData(rows=500, validation=0.0),
)

if __name__ == "__main__":
    run_study(STUDY)
