"""Random orders and splits of rows that keep the classes in proportion."""

from __future__ import annotations

import numpy as np

__all__ = ["holdout_split", "stratified_order"]


def stratified_order(y: np.ndarray | None, rng: np.random.Generator, n: int) -> np.ndarray:
    """Random order of ``n`` rows in which every prefix holds the classes in proportion.

    With ``y`` None (regression) the order is a plain permutation. A class's rows are spread
    evenly, so both sides of a cut get each class that has two rows or more and a fair chance.
    """
    order = rng.permutation(n)
    if y is None:
        return order
    position = np.empty(n)
    for label in np.unique(y):
        members = order[y[order] == label]
        position[members] = (np.arange(len(members)) + rng.random()) / len(members)
    return np.argsort(position, kind="stable")


def holdout_split(
    y: np.ndarray | None, share: float, rng: np.random.Generator, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split ``n`` rows into training and held-out positions; at least one row each.

    Every class keeps at least one row in training, where alone it could be learned from (unless
    every class has a single row).
    """
    order = stratified_order(y, rng, n)
    n_out = min(n - 1, max(1, round(share * n)))
    if y is not None:
        last = n - 1 - np.unique(y[order][::-1], return_index=True)[1]  # of every class, in the order
        if len(last) < n:
            free = np.isin(np.arange(n), last, invert=True)
            order = np.concatenate((order[free], order[~free]))
            n_out = min(n_out, int(free.sum()))
        else:
            n_out = 1
    return np.sort(order[n_out:]), np.sort(order[:n_out])
