"""One fine-tuning step's rows: what an in-context learner learns from at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Episode"]


@dataclass(frozen=True)
class Episode:
    """One step's rows: features ``(n, f)`` float32, targets ``(n,)``, and how many are synthetic.

    Where labels are probabilities, ``y_query`` has shape ``(n, n_classes)``.
    """

    x_support: np.ndarray
    y_support: np.ndarray
    x_query: np.ndarray
    y_query: np.ndarray
    n_synthetic: int
