"""Does mixing help where the target is a number? Default, CausalMixFT and jitter beside no tuning.

    python -m benchmarks.regression_gain [--datasets MASS/Boston ...] [--seeds 0 1] [--minutes 30]

The ablation's protocol: 160 training and 40 validation rows, tests on the rest (at most 2,000). A
run's gain is its test R² less that of the untuned bundled regressor on the same rows, in
hundredths. Resumes: a finished (table, seed, setting) is not run again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import r2_score

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.grid import measure_grid
from benchmarks.machine import describe
from benchmarks.regression_tables import TARGET, load, low_data_split

DATASETS = (
    "MASS/Boston ISLR/Carseats AER/HousePrices DAAG/ais Ecdat/Diamond openintro/babies modeldata/concrete AER/CPS1985 "
    "ISLR/Auto ISLR/Hitters AER/MASchools mosaicData/SaratogaHouses openintro/births14 carData/Salaries "
    "Stat2Data/FirstYearGPA scikit-learn/diabetes"
).split()
SETTINGS = {
    "untuned": {"fine_tune": False},
    "default": {"mix_ratio": 0.0},
    "causalmix": {"generator": "scm", "mix_ratio": 0.5},
    "jitter": {"generator": "jitter", "mix_ratio": 0.5},
}
STEPS = 30


def run(dataset: str, seed: int, setting: str) -> dict:
    """R² of one fit on the test rows, the step kept, seconds."""
    train, test = low_data_split(load(dataset), 200, seed)
    n = round(0.8 * len(train))
    X, y = train.drop(columns=TARGET), train[TARGET]
    options = CausalMixOptions(hf_model="mini", fine_tune_steps=STEPS, seed=seed, **SETTINGS[setting])
    estimator = CausalMixEstimator(options, "regression").fit(X[:n], y[:n], X[n:], y[n:])
    report = estimator.report
    return {
        "r2": round(r2_score(test[TARGET], estimator.predict(test.drop(columns=TARGET))), 5),
        "kept": report.step_kept[0],
        "seconds": round(report.seconds["total"], 2),
        "two_sample_auc": (report.fidelity or {}).get("two_sample_auc"),
        "fallbacks": "; ".join(report.fallbacks),
    }


def summarise(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gains in hundredths of R² per (dataset, seed) where every setting has run, and a row a setting."""
    wide = table.pivot_table(index=["dataset", "seed"], columns="setting", values="r2").dropna()[list(SETTINGS)]
    gain = wide.sub(wide["untuned"], axis=0) * 100
    return gain, pd.DataFrame(
        {
            "mean R²": wide.mean(),
            "median gain": gain.median(),
            "mean gain": gain.mean(),
            "std": gain.std(),
            "share worse": (gain < 0).mean(),
            "mean rank": wide.rank(axis=1, ascending=False).mean(),
            "seconds": table.groupby("setting")["seconds"].median(),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="*", default=DATASETS)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/regression_gain"))
    arguments = parser.parse_args()
    cells = [
        {"dataset": name, "seed": seed, "setting": label}
        for seed, name, label in itertools.product(arguments.seeds, arguments.datasets, SETTINGS)
    ]
    table = measure_grid(arguments.out.with_suffix(".csv"), cells, run, arguments.minutes)
    gain, summary = summarise(table)
    text = (
        f"# Mixing in regression: {gain.index.get_level_values(0).nunique()} tables, {len(gain)} runs a setting\n\n"
        f"Gains are hundredths of R² over the untuned bundled regressor; {STEPS} steps, 160 training rows, 40 for the "
        f"choice of the step. {describe()}\n\n{summary.round(3).to_markdown()}\n\nGain per run:\n\n"
        f"{gain.drop(columns='untuned').round(2).to_markdown()}\n"
    )
    arguments.out.with_suffix(".md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
