"""How good is a checkpoint for regression, untuned, beside four scikit-learn models?

    python -m benchmarks.studies.regressor [--checkpoint FOLDER]

At most 500 training rows, all of them support; tests on the rest (at most 2,000).
"""

from __future__ import annotations

from benchmarks.protocol.methods import peer
from benchmarks.protocol.regression_tables import TABLES
from benchmarks.protocol.splits import LowDataRegression
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="regressor",
    question="How good is the untuned checkpoint for regression beside scikit-learn?",
    measure="benchmarks.protocol.regression_measures:peer",
    report="benchmarks.report.bodies:regression_peers",
    resolve=peer,
    methods={
        "untuned": {"model": "untuned"},
        "untuned 4 views": {"model": "untuned", "n_estimators": 4},
        **{name: {"model": name} for name in ("random forest", "hist. boosting", "kNN", "ridge")},
    },
    datasets=tuple(TABLES),
    folds=3,
    split=LowDataRegression(rows=500, validation=0.0),
)

if __name__ == "__main__":
    run_study(STUDY)
