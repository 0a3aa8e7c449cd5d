"""Does mixing help where the target is a number? Default, CausalMixFT and jitter beside no tuning.

    python -m benchmarks.studies.regression_gain

The ablation's protocol: 30 steps, 160 training and 40 validation rows, tests on the rest (at most 2,000).
"""

from __future__ import annotations

from benchmarks.protocol.methods import causalmix
from benchmarks.protocol.splits import LowDataRegression
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

DATASETS = (
    "MASS/Boston ISLR/Carseats AER/HousePrices DAAG/ais Ecdat/Diamond openintro/babies modeldata/concrete AER/CPS1985 "
    "ISLR/Auto ISLR/Hitters AER/MASchools mosaicData/SaratogaHouses openintro/births14 carData/Salaries "
    "Stat2Data/FirstYearGPA scikit-learn/diabetes"
).split()

STUDY = Study(
    name="regression_gain",
    question="Does mixing help where the target is a number?",
    measure="benchmarks.protocol.regression_measures:fine_tuned",
    report="benchmarks.report.bodies:regression_gains",
    resolve=causalmix,
    methods={
        "untuned": {"fine_tune": False},
        "default": {"mix_ratio": 0.0},
        "causalmix": {"generator": "scm", "mix_ratio": 0.5},
        "jitter": {"generator": "jitter", "mix_ratio": 0.5},
    },
    datasets=DATASETS,
    folds=2,
    split=LowDataRegression(),
    common={"fine_tune_steps": 30},
    smoke={"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 200},
)

if __name__ == "__main__":
    run_study(STUDY)
