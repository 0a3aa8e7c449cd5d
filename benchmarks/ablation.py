"""A small ablation of the fine-tuning defaults: learning rate, mix ratio, where to mix.

    python -m benchmarks.ablation [--datasets heart german ...] [--seeds 0 1 2] [--minutes 20]

Low-data protocol: 160 training and 40 validation rows, tests on the rest. Score of a run: test
ROC-AUC (macro one-vs-rest), normalised against the untuned model as in the paper,
``(score / baseline - 1) * 100 %``. Resumes: a finished (table, seed, setting) is not run again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.checkpoint_card import scores
from benchmarks.csv_grid import measure_grid
from benchmarks.datasets import TARGET, load, low_data_split
from benchmarks.grid.machine import describe

DATASETS = (
    "heart german tae contraceptive pima breast hayes-roth bupa wine housevotes phoneme titanic "
    "australian banana magic led7digit wdbc ionosphere monk-2 tic-tac-toe"
).split()
RATES, MIXTURES = (1e-4, 3e-4, 1e-3), ((0.0, "both"), (0.3, "both"))
READINGS = (
    (3e-4, 0.5, "both"),
    (3e-4, 0.5, "support"),
    (3e-4, 0.5, "query"),
    (3e-4, 0.5, "episode"),
    (1e-3, 0.5, "support"),
)
SETTINGS = {
    f"lr {lr:g}, mix {ratio:g} {into}": {"lr": lr, "mix_ratio": ratio, "mix_into": into}
    for lr, ratio, into in ([(lr, *mix) for lr, mix in itertools.product(RATES, MIXTURES)] + list(READINGS))
}
STEPS = 30


def run(name: str, seed: int, setting: dict) -> dict:
    train, test = low_data_split(load(name), 200, seed)
    n = round(0.8 * len(train))
    X, y = train.drop(columns=TARGET), train[TARGET].cat.codes
    options = CausalMixOptions(hf_model="mini", fine_tune_steps=STEPS, seed=seed, **setting)
    estimator = CausalMixEstimator(options, "multiclass", train[TARGET].cat.categories.size)
    estimator.fit(X[:n], y[:n], X[n:], y[n:])
    auc, loss = scores(test, estimator.predict_proba(test.drop(columns=TARGET)))
    report = estimator.report
    return {
        "auc": auc,
        "log_loss": loss,
        "kept": report.step_kept[0],
        "seconds": report.seconds["total"],
        "mix_ratio": report.mix_ratio,
        "two_sample_auc": (report.fidelity or {}).get("two_sample_auc"),
    }


def measure_settings(settings: dict[str, dict], arguments: argparse.Namespace) -> pd.DataFrame:
    """Run every setting on every table and seed; resumes from ``arguments.out``'s csv file."""
    cells = [
        {"dataset": name, "seed": seed, "setting": label}
        for seed, name, label in itertools.product(arguments.seeds, arguments.datasets, settings)
    ]

    def measure(dataset: str, seed: int, setting: str) -> dict:
        return run(dataset, seed, settings[setting])

    return measure_grid(arguments.out.with_suffix(".csv"), cells, measure, arguments.minutes)


def summarise(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gains in % over "untuned" by (dataset, seed) where every setting has run, and a row a setting."""
    key = ["dataset", "seed"]
    wide = table.pivot_table(index=key, columns="setting", values="auc").dropna()
    gain = (wide.div(wide["untuned"], axis=0) - 1) * 100
    loss = table.pivot_table(index=key, columns="setting", values="log_loss").loc[wide.index]
    summary = pd.DataFrame(
        {
            "median %": gain.median(),
            "mean %": gain.mean(),
            "std": gain.std(),
            "share worse": (gain < 0).mean(),
            "mean rank": wide.rank(axis=1, ascending=False).mean(),
            "mean log loss": loss.mean(),
            "seconds": table.groupby("setting")["seconds"].median(),
        }
    )
    return gain, summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="*", default=DATASETS)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/ablation"))
    arguments = parser.parse_args()
    settings = {"untuned": {"fine_tune": False}, **SETTINGS}
    table = measure_settings(settings, arguments)
    gain, summary = summarise(table)
    text = (
        f"# Ablation of fine-tuning: {gain.index.get_level_values(0).nunique()} tables, {len(gain)} runs a setting\n\n"
        f"Normalised ROC-AUC against the untuned mini checkpoint, {STEPS} steps, validation log loss picks the step. "
        f"{describe()}\n\n{summary.round(3).sort_values('mean rank').to_markdown()}\n"
    )
    arguments.out.with_suffix(".md").write_text(text)
    sys.stdout.write(text)
    if np.isnan(summary["median %"]).any():
        raise SystemExit("some settings have no complete run")


if __name__ == "__main__":
    main()
