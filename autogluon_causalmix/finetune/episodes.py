"""Fine-tuning episodes: support and query rows, real ones mixed with synthetic ones.

Every step splits the real training rows anew (stratified by class where it can be). A share
``mix_ratio`` of the support's and/or the query's rows is then replaced by synthetic rows that no
step has seen before; an episode keeps its size, so a step costs the same at every ratio.
The paper leaves open where rows are mixed in; ``mix_into`` makes each reading an option.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autogluon_causalmix.incontext.episode import Episode

__all__ = ["EpisodeSampler", "holdout_split", "stratified_order"]


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


class EpisodeSampler:
    """Makes episodes from real rows and a source of synthetic ones.

    Parameters
    ----------
    x, y
        Real training rows ``(n, f)`` and targets ``(n,)``.
    synthetic
        ``synthetic(k)`` returns ``k`` fresh rows ``(x, y)``, or None from then on if it cannot any
        more; None for real rows alone. It is called once for all rows of an episode.
    stratify
        Whether ``y`` holds classes.
    fall
        Part of ``mix_ratio`` that is gone at the end of the fit: 0 stays constant, 1 falls to zero.
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
        fall: float = 0.0,
    ) -> None:
        self._x, self._y, self._stratify, self._rng = x, y, stratify, rng
        self._mix_ratio = mix_ratio if synthetic is not None else 0.0
        self._mix_into, self._synthetic, self._fall = mix_into, synthetic, fall
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

    def next(self, progress: float = 0.0) -> Episode:
        """Draw one episode; ``progress`` in [0, 1) is the share of the fit's steps taken before."""
        n, (n_support, n_query) = len(self._x), self.sizes
        order = stratified_order(self._y if self._stratify else None, self._rng, n)
        query, support = order[:n_query], order[n_query : n_query + n_support]
        replaced_support, replaced_query = self._replaced(n_support, n_query, progress)
        k, k_query = len(replaced_support), len(replaced_query)
        drawn = self._synthetic(k + k_query) if k + k_query else None
        x_s, y_s, x_q, y_q = self._x[support], self._y[support], self._x[query], self._y[query]
        if drawn is None:
            if k + k_query:
                self._mix_ratio = 0.0
            return Episode(x_s, y_s, x_q, y_q, 0)
        x, y = drawn
        x_s[replaced_support], x_q[replaced_query] = x[:k], x[k:]
        if y.ndim == 2:
            y_s[replaced_support] = self._hard(y[:k])
            y_q = np.eye(y.shape[1])[y_q]
        else:
            y_s[replaced_support] = y[:k]
        y_q[replaced_query] = y[k:]
        return Episode(x_s, y_s, x_q, y_q, k + k_query)

    def _replaced(self, n_support: int, n_query: int, progress: float) -> list[np.ndarray]:
        """Positions of the support's and of the query's rows that are synthetic in this episode."""
        ratio, nothing = self._mix_ratio * (1.0 - self._fall * progress), np.zeros(0, dtype=int)
        if ratio <= 0:
            return [nothing, nothing]
        parts = {"support": n_support, "query": n_query}
        if self._mix_into == "episode":
            shares = dict.fromkeys(parts, 1.0) if self._mix_rng.random() < ratio else {}
        else:
            shares = dict.fromkeys(parts if self._mix_into == "both" else (self._mix_into,), ratio)
        return [self._positions(size, shares[part]) if part in shares else nothing for part, size in parts.items()]

    def _positions(self, n: int, share: float) -> np.ndarray:
        exact = share * n
        k = int(exact) + int(self._mix_rng.random() < exact - int(exact))  # the mean share is exact
        return self._mix_rng.permutation(n)[:k]

    def _hard(self, probabilities: np.ndarray) -> np.ndarray:
        """Draw a class for every row: a support row has one label."""
        edges = probabilities.cumsum(axis=1)
        return (self._mix_rng.random((len(edges), 1)) * edges[:, -1:] >= edges[:, :-1]).sum(axis=1)
