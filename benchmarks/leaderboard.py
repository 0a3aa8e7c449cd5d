"""One leaderboard: the paper's seven methods, a user's own generator, stock MITRA and two forests.

    python -m benchmarks.leaderboard [--table german]

300 training rows of one table in `TabularPredictor.fit`, the rest tests, the bundled checkpoint for
everything that is a Mitra. One split of one table: it shows that all of them run side by side, not
which is better.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

from autogluon_causalmix import report
from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.options import METHODS
from benchmarks.datasets import TARGET, load, low_data_split
from benchmarks.grid.machine import describe

OUT = Path("benchmarks/results/leaderboard.md")


class SameClassSwap:
    """The README's own generator: real rows of which three cells in ten come from other rows of the same class."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        real = self.table.values  # floats, NaN is missing; the target is the last column
        rows = real[rng.integers(len(real), size=n)]
        for label in np.unique(real[:, -1]):
            own, same = rows[:, -1] == label, real[real[:, -1] == label]
            others = np.column_stack([rng.choice(column, own.sum()) for column in same.T])
            rows[own] = np.where(rng.random(others.shape) < 0.3, others, rows[own])
        return self.table.with_values(rows)


def main() -> None:
    from autogluon.tabular import TabularPredictor

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", default="german")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*pin_memory.*")
    train, test = low_data_split(load(arguments.table), 300, seed=0)

    def named(suffix: str, **options) -> dict:
        return {"hf_model": "mini", "ag_args": {"name_suffix": f"_{suffix}"}, **options}

    mitra = {"hf_model": str(MINI_FOLDER), "ag_args_fit": {"num_gpus": 0}}
    hyperparameters = {
        "CAUSALMIX": [
            *(named(method, method=method) for method in METHODS),
            named("auto", mix_ratio="auto"),
            named("own_generator", generator=SameClassSwap()),
            named("untuned", fine_tune=False),
        ],
        "MITRA": [{**mitra, "ag_args": {"name_suffix": "_stock_fine_tuned"}}],
        "GBM": {},
        "RF": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(TARGET, path=folder, eval_metric="roc_auc_ovr_macro"
                                     if train[TARGET].nunique() > 2 else "roc_auc", verbosity=1)  # fmt: skip
        predictor.fit(train, hyperparameters=hyperparameters, fit_weighted_ensemble=False)
        board = predictor.leaderboard(test, display=False)
        summary = report(predictor).summary().set_index("model")
    columns = ["mix_ratio", "synthetic_rows", "two_sample_auc", "kept", "fallbacks"]
    board = board[["model", "score_test", "score_val", "fit_time"]].join(summary[columns], on="model")
    text = (
        f"# All methods in one leaderboard: {arguments.table}, {len(train)} training and {len(test)} test rows\n\n"
        f"ROC-AUC, one split. {describe()}\n\n{board.round(4).to_markdown(index=False)}\n"
    )
    OUT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
