"""Do the paper's seven methods, a user's own generator and AutoGluon's models run in ``TabularPredictor``?

    python -m benchmarks.studies.leaderboard

300 training rows of one table by default, of which AutoGluon holds a part out. One split of one table
shows that all of them run, not which is better; more ``--datasets`` and ``--folds`` make it a comparison.
"""

from __future__ import annotations

from autogluon_causalmix.options import METHODS
from benchmarks.protocol.methods import in_predictor
from benchmarks.protocol.splits import LowData
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

OURS = {name: {"method": name} for name in METHODS} | {
    "auto": {"mix_ratio": "auto"},
    "own generator": {"generator": "benchmarks.protocol.peers:SameClassSwap"},
    "untuned": {"fine_tune": False},
}

STUDY = Study(
    name="leaderboard",
    question="Do all methods run in TabularPredictor, beside AutoGluon's models?",
    measure="benchmarks.protocol.measures:in_autogluon",
    report="benchmarks.report.bodies:predictors",
    resolve=in_predictor,
    methods={
        **{label: {"model": "CAUSALMIX", **options} for label, options in OURS.items()},
        "AutoGluon MITRA": {"model": "MITRA"},
        "LightGBM": {"model": "GBM"},
        "random forest": {"model": "RF"},
    },
    datasets=["german"],
    folds=1,
    split=LowData(rows=300, validation=0.0),
)

if __name__ == "__main__":
    run_study(STUDY)
