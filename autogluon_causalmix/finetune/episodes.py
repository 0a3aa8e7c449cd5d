"""Fine-tuning episodes: support and query rows, real ones mixed with synthetic ones.

Every step splits the real training rows anew (stratified by class where it can be). A share
``mix_ratio`` of the support's and/or the query's rows is then replaced by synthetic rows that no
step has seen before; an episode keeps its size, so a step costs the same at every ratio.
The paper leaves open where rows are mixed in; ``mix_into`` makes each reading an option.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Episode", "EpisodeSampler", "holdout_split", "stratified_order"]


@dataclass(frozen=True)
class Episode:
    """One step's rows: features ``(n, f)`` float32, targets ``(n,)``, and how many are synthetic."""

    x_support: np.ndarray
    y_support: np.ndarray
    x_query: np.ndarray
    y_query: np.ndarray
    n_synthetic: int


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

    A class with a single row stays in training, where alone it could be learned from (unless every
    class has a single row).
    """
    order = stratified_order(y, rng, n)
    n_out = min(n - 1, max(1, round(share * n)))
    if y is not None:
        labels, counts = np.unique(y, return_counts=True)
        shared = np.isin(y[order], labels[counts > 1])
        order = np.concatenate((order[shared], order[~shared]))
        n_out = max(1, min(n_out, int(shared.sum()) - int((counts > 1).sum())))
    return np.sort(order[n_out:]), np.sort(order[:n_out])


class EpisodeSampler:
    """Makes episodes from real rows and a source of synthetic ones.

    Parameters
    ----------
    x, y
        Real training rows ``(n, f)`` and targets ``(n,)``.
    synthetic
        ``synthetic(k)`` returns ``k`` fresh rows ``(x, y)``, or None from then on if it cannot any
        more; None for real rows alone.
    stratify
        Whether ``y`` holds classes.
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        *,
        stratify: bool,
        mix_ratio: float,
        mix_into: str,
        query_share: float,
        max_support: int,
        max_query: int,
        rng: np.random.Generator,
        synthetic: Callable[[int], tuple[np.ndarray, np.ndarray] | None] | None = None,
    ) -> None:
        self._x, self._y, self._stratify, self._rng = x, y, stratify, rng
        self._mix_ratio = mix_ratio if synthetic is not None else 0.0
        self._mix_into, self._synthetic = mix_into, synthetic
        self._query_share, self._max_support, self._max_query = query_share, max_support, max_query
        # A stream of its own: the real rows' splits do not depend on the mixing.
        self._mix_rng = np.random.default_rng(rng.integers(2**63))

    @property
    def sizes(self) -> tuple[int, int]:
        """Support and query rows of every episode."""
        n = len(self._x)
        n_query = min(n - 1, self._max_query, max(1, round(self._query_share * n)))
        return min(n - n_query, self._max_support), n_query

    @property
    def n_features(self) -> int:
        """Columns of the features."""
        return self._x.shape[1]

    def next(self) -> Episode:
        """Draw one episode."""
        n, (n_support, n_query) = len(self._x), self.sizes
        order = stratified_order(self._y if self._stratify else None, self._rng, n)
        query, support = order[:n_query], order[n_query : n_query + n_support]
        parts = {"support": (self._x[support], self._y[support]), "query": (self._x[query], self._y[query])}
        n_synthetic = 0
        if self._mix_ratio > 0:
            if self._mix_into == "episode":
                shares = dict.fromkeys(parts, 1.0) if self._mix_rng.random() < self._mix_ratio else {}
            else:
                chosen = parts if self._mix_into == "both" else (self._mix_into,)
                shares = dict.fromkeys(chosen, self._mix_ratio)
            for name, share in shares.items():
                x, y, k = self._mixed(*parts[name], share)
                parts[name] = (x, y)
                n_synthetic += k
        return Episode(*parts["support"], *parts["query"], n_synthetic)

    def _mixed(self, x: np.ndarray, y: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray, int]:
        exact = share * len(x)
        k = int(exact) + int(self._mix_rng.random() < exact - int(exact))  # the mean share is exact
        if k == 0:
            return x, y, 0
        drawn = self._synthetic(k)
        if drawn is None:
            self._mix_ratio = 0.0
            return x, y, 0
        replaced = self._mix_rng.permutation(len(x))[:k]
        x, y = x.copy(), y.copy()
        x[replaced], y[replaced] = drawn
        return x, y, k
