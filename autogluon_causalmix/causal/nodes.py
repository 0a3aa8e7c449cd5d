"""What a mechanism sees of a column, and the way back from simulated to observed values.

Numeric columns are normal scores, categories are codes (the rarest share one). A simulated score is
mapped by rank onto the observed values: bounds, integers, skew and ties come back exactly,
nothing is extrapolated, and errors do not pile up along a path.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.causal.independence import normal_scores
from autogluon_causalmix.table import TypedTable

__all__ = ["Node", "rows_to_learn_from"]

#: Categories modelled one by one; rarer ones share "other" and are told apart by their shares.
MAX_LEVELS = 30
#: A number is learned from rows without a missing numeric parent if there are so many, and so many more a parent.
ENOUGH_ROWS, ENOUGH_ROWS_PER_PARENT = 20, 10


class Node:
    """Encoding of one column: what the mechanism sees, and the way back to observed values.

    ``encoded`` is what a column's effects see: values that are equal are one score. ``own`` is what its own mechanism
    learns and draws: each of them has a score of its own, in an order left to chance. A noise that is moved a little
    then takes a few rows from one value to the next, not all rows of a value at once.
    """

    def __init__(self, table: TypedTable, j: int, rng: np.random.Generator) -> None:
        column, x = table.columns[j], table.values[:, j]
        self.is_discrete = column.is_discrete
        missing = np.isnan(x)
        self.absent = missing & (not self.is_discrete)  # a category's absence is a level
        if self.is_discrete:
            codes = np.where(missing, -1, x)
            levels, counts = np.unique(codes, return_counts=True)
            order = np.argsort(-counts, kind="stable")
            self.kept = levels[order[: MAX_LEVELS - 1]] if len(levels) > MAX_LEVELS else levels[order]
            rest = np.isin(levels, self.kept, invert=True)
            self.others, self.other_shares = levels[rest], counts[rest] / max(1, counts[rest].sum())
            self.n_levels = len(self.kept) + (1 if rest.any() else 0)
            self.own = self.encoded = self.encode(x)
        else:
            self.n_levels = 0
            self.encoded = normal_scores(x)
            self.observed = np.sort(x[~missing])  # +-inf are values too: they sort to the ends
            self.scores = np.sort(self.encoded[~missing])
            self.own = np.zeros(len(x))
            self.own[~missing] = normal_scores(np.lexsort((rng.random(len(x)), x)).argsort()[~missing])
            self.reference = np.sort(self.own[~missing])

    def known(self, levels: np.ndarray | None) -> np.ndarray | None:
        """Codes of ``levels`` that some row has, ascending; all of an ordered column's, None for plain numbers."""
        if levels is None or not self.is_discrete:
            return None if levels is None else np.arange(len(levels))
        codes = np.sort(np.append(self.kept, self.others))
        return codes[codes >= 0]

    @property
    def shares(self) -> np.ndarray:
        """Shares ``(n_levels,)`` of the levels of a category."""
        counts = np.bincount(self.encoded.astype(np.int64), minlength=self.n_levels)
        return counts / counts.sum()

    def reorder(self, order: np.ndarray) -> None:
        """Let the codes of a category's levels run as ``order``, positions of `kept`, says."""
        self.kept, place = self.kept[order], np.append(np.argsort(order), len(order))
        self.own = self.encoded = place[self.encoded.astype(np.int64)].astype(np.float64)

    def calibrate(self, simulated: np.ndarray) -> None:
        """Learn the distribution of simulated values, to rank later ones against."""
        self.reference = np.sort(simulated)

    def to_observed(self, simulated: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Map simulated values to observed ones; returns them and the encoding children see."""
        if self.is_discrete:
            codes = simulated.astype(np.int64)
            out = np.append(self.kept, np.nan)[np.minimum(codes, len(self.kept))]
            other = codes == len(self.kept)
            if other.any():
                out[other] = rng.choice(self.others, other.sum(), p=self.other_shares)
            return np.where(out < 0, np.nan, out), simulated
        if not len(self.observed):
            return np.full(len(simulated), np.nan), np.zeros(len(simulated))
        low = np.searchsorted(self.reference, simulated, side="left")
        high = np.searchsorted(self.reference, simulated, side="right")
        rank = (low + (high - low) * rng.random(len(simulated))) / len(self.reference)
        at = np.clip((rank * len(self.observed)).astype(np.int64), 0, len(self.observed) - 1)
        return self.observed[at], self.scores[at]

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Encode values ``(n,)`` that somebody sets, which need not be observed ones.

        A number between two observed ones has a score between theirs; one outside has that of
        the nearest end.
        """
        if self.is_discrete:
            codes = np.where(np.isnan(x), -1, x)
            lookup = {level: code for code, level in enumerate(self.kept)}
            return np.array([lookup.get(value, len(self.kept)) for value in codes], dtype=np.float64)
        finite = np.isfinite(self.observed)
        if not finite.any():
            return np.zeros(len(x))
        known, first = np.unique(self.observed[finite], return_index=True)
        return np.nan_to_num(np.interp(x, known, self.scores[finite][first]))


def rows_to_learn_from(node: Node, parents: list[Node]) -> np.ndarray:
    """Rows ``(n,)``, boolean, of which a node's mechanism and its noise are learned.

    A missing number stands at the median's score, which no cause put there: a node that learned from it
    would depend less on its parents the more is missing. So a number is learned from rows that have it
    and, where enough are left, all of its numeric parents. A category learns from all rows.
    """
    every = np.ones(len(node.encoded), dtype=bool)
    if node.is_discrete or node.absent.all():
        return every
    known = ~node.absent
    complete = known & ~np.any([parent.absent for parent in parents], axis=0) if parents else known
    enough = complete.sum() >= ENOUGH_ROWS + ENOUGH_ROWS_PER_PARENT * len(parents)
    return complete if enough else known
