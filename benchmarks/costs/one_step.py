"""Seconds of a fine-tuning step in this process, for `costs.step_timing`, without and with mixing.

    python -P benchmarks/costs/one_step.py CHECKPOINT ROWS COLUMNS FEW MORE THREADS

Prints two numbers. Run by its path, with the package to measure on ``PYTHONPATH``, so that another
checkout can be measured. A step is what a fit of ``MORE`` steps takes longer than one of ``FEW``.
"""

from __future__ import annotations

import logging
import sys
import warnings

import numpy as np
import pandas as pd
import torch

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions

#: Shares of synthetic rows in an episode.
MIX_RATIOS = (0.0, 0.3)


def problem(n: int, f: int) -> tuple[pd.DataFrame, pd.Series]:
    """Numeric table of ``n + n // 4`` rows (the last fifth validates) with two classes."""
    rng = np.random.default_rng(0)
    rows = n + n // 4
    y = rng.integers(0, 2, rows)
    return pd.DataFrame(rng.standard_normal((rows, f)) + 0.5 * y[:, None]), pd.Series(y)


def fine_tuning_seconds(checkpoint: str, n: int, f: int, steps: int, mix_ratio: float) -> float:
    """Seconds of a fit's steps, validation passes included."""
    X, y = problem(n, f)
    given = {"hf_model": checkpoint, "fine_tune_steps": steps, "patience": 10**6, "mix_ratio": mix_ratio}
    estimator = CausalMixEstimator(CausalMixOptions.from_hyperparameters(given), "binary", 2)
    return estimator.fit(X[:n], y[:n], X[n:], y[n:]).report.seconds["fine-tuning"]


def main(checkpoint: str, n: int, f: int, few: int, more: int, threads: int) -> None:
    """Print the seconds of a step for each mix ratio."""
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    torch.set_num_threads(threads)
    fine_tuning_seconds(checkpoint, n, f, few, MIX_RATIOS[-1])  # imports what a fit imports
    for mix_ratio in MIX_RATIOS:
        short, long = (fine_tuning_seconds(checkpoint, n, f, steps, mix_ratio) for steps in (few, more))
        sys.stdout.write(f"{(long - short) / (more - few):.5f}\n")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
