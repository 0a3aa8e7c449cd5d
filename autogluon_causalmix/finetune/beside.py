"""Synthetic query rows beside a whole real episode: every real row stays, and the step gets longer."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.incontext.episode import Episode

__all__ = ["joined"]


def joined(real: Episode, x: np.ndarray, y: np.ndarray) -> Episode:
    """Return the episode with query rows ``x`` ``(k, f)`` and their targets ``(k,)`` or ``(k, n_classes)`` added.

    Beside probabilities, the classes of real rows are certain.
    """
    y_query = np.eye(y.shape[1])[real.y_query] if y.ndim == 2 else real.y_query
    x_query, y_query = np.concatenate((real.x_query, x)), np.concatenate((y_query, y))
    return Episode(real.x_support, real.y_support, x_query, y_query, len(x))
