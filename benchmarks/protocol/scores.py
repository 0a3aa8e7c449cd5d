"""Scores of class probabilities ``(n, n_classes)`` against the target of a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.protocol.tables import TARGET

__all__ = ["BINS", "reliability", "row_losses", "scores"]

#: Equal bins of the confidence of the predicted class.
BINS = 10
#: Smaller probabilities count as this.
LEAST = 1e-6


def scores(test: pd.DataFrame, p: np.ndarray) -> dict[str, float]:
    """Macro one-vs-rest ROC-AUC and log loss, over the classes that the rows have."""
    from sklearn.metrics import roc_auc_score

    y = _codes(test)
    # A single class has no ROC-AUC: a few validation rows may hold no more.
    present = np.unique(y)
    auc = float(np.mean([roc_auc_score(y == k, p[:, k]) for k in present])) if len(present) > 1 else float("nan")
    return {"auc": auc, "log_loss": float(row_losses(test, p).mean())}


def row_losses(test: pd.DataFrame, p: np.ndarray) -> np.ndarray:
    """Log loss of every row, ``(n,)``."""
    clipped = np.clip(p, LEAST, None)
    clipped /= clipped.sum(axis=1, keepdims=True)
    return -np.log(clipped[np.arange(len(p)), _codes(test)])


def reliability(test: pd.DataFrame, p: np.ndarray) -> dict[str, Any]:
    """How far the predicted class's probability is its frequency.

    Returns
    -------
    ``n``, ``confidence`` and ``correct``: rows, mean probability and share of right rows in `BINS` equal bins
    (0 where a bin is empty), and ``error``, the expected calibration error: the mean of ``|confidence - correct|``
    over rows.
    """
    confidence, right = p.max(axis=1), p.argmax(axis=1) == _codes(test)
    at = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    n = np.bincount(at, minlength=BINS)
    means = [np.bincount(at, values, BINS) / np.maximum(n, 1) for values in (confidence, right)]
    error = float((n * np.abs(means[0] - means[1])).sum() / n.sum())
    return {"n": n.tolist(), "confidence": means[0].round(4).tolist(), "correct": means[1].round(4).tolist()} | {
        "error": error
    }


def _codes(test: pd.DataFrame) -> np.ndarray:
    return test[TARGET].cat.codes.to_numpy()
