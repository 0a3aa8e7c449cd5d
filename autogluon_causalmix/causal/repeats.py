"""Columns that say nothing, and columns that say what another one says: both are set aside before a graph is searched.

A column repeats another if each says all that the other says: a price and its logarithm, an age and a year of birth,
a country and its code. Left together they would hide each other's edges, for given one the other tells nothing.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.causal.knowledge import EdgeRules
from autogluon_causalmix.table import Column, Kind, TypedTable

__all__ = ["Following", "active_columns", "is_copy", "modelled", "varies"]


def active_columns(table: TypedTable) -> tuple[np.ndarray, dict[int, int]]:
    """Columns that vary and are no copy of an earlier one; ``{copy: original}`` for the rest."""
    active, copies, seen = [], {}, {}
    for j, column in enumerate(table.columns):
        x = table.values[:, j]
        if not varies(column, x):
            continue
        key = _content(x).tobytes()
        if key in seen:
            copies[j] = seen[key]
        else:
            seen[key] = j
            active.append(j)
    return np.array(active, dtype=int), copies


def varies(column: Column, x: np.ndarray) -> bool:
    """Whether values have two levels at least; a category and its absence make two."""
    return len(np.unique(np.nan_to_num(x, nan=-1) if column.is_discrete else x[np.isfinite(x)])) > 1


def _order(x: np.ndarray) -> np.ndarray:
    """Rank of every value among the different ones, missing ones lowest."""
    return np.unique(np.nan_to_num(x, nan=-np.inf), return_inverse=True)[1].reshape(-1)


def _content(x: np.ndarray) -> np.ndarray:
    """What a column says, whatever its labels: equal for columns that repeat each other.

    Few levels may be relabelled in any way. Where most values differ any two columns could be, so it has to be in
    their order, rising or falling.
    """
    order = _order(x)
    _, first, at = np.unique(order, return_index=True, return_inverse=True)
    if len(first) <= len(x) // 2:
        return np.argsort(np.argsort(first))[at.reshape(-1)]
    return max(order, _order(-x), key=lambda one: one.tobytes())


def is_copy(table: TypedTable, copy: int, original: int) -> bool:
    """Whether a column is another one with its values relabelled."""
    return np.array_equal(_content(table.values[:, copy]), _content(table.values[:, original]))


def modelled(active: np.ndarray, copies: dict[int, int], rules: EdgeRules) -> tuple[np.ndarray, dict[int, int]]:
    """Of columns that repeat each other, let one that is spoken of be the original: the others follow it.

    One of the others that a required edge joins is modelled as well, on its own.
    """
    active, found = active.copy(), {}
    for first in dict.fromkeys(copies.values()):
        alike = [first, *(copy for copy, original in copies.items() if original == first)]
        wanted = [j for among in (rules.named, rules.spoken) for j in alike if j in among]
        original = wanted[0] if wanted else first
        active[active == first] = original
        found |= {j: original for j in alike if j != original and j not in rules.named}
    return np.sort(active), found


class Following:
    """What a column says, given what the one says that it repeats; of two numbers also where none was seen."""

    def __init__(self, table: TypedTable, copy: int, original: int) -> None:
        self.column = table.columns[copy]
        self.source, at = np.unique(np.nan_to_num(table.values[:, original], nan=-np.inf), return_index=True)
        self.target = table.values[at, copy]
        self._known = np.isfinite(self.source) & np.isfinite(self.target)
        discrete = self.column.is_discrete or table.columns[original].is_discrete
        self._continues = not discrete and self._known.sum() > 1

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values ``(n,)`` beside those ``(n,)`` of the original."""
        at = np.searchsorted(self.source, np.nan_to_num(x, nan=-np.inf)).clip(0, len(self.target) - 1)
        if not self._continues:
            return self.target[at]
        between = _continued(x, self.source[self._known], self.target[self._known])
        if self.column.kind is Kind.INTEGER:
            between = np.round(between)
        between = between.clip(*self.column.bounds)
        return np.where(np.isfinite(x) & (self.source[at] != x), between, self.target[at])


def _continued(x: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Interpolate, and go on beyond the ends as steeply as between the last two values."""
    out = np.interp(x, source, target)
    for end, inner, outside in ((0, 1, x < source[0]), (-1, -2, x > source[-1])):
        slope = (target[end] - target[inner]) / (source[end] - source[inner])
        out[outside] = target[end] + slope * (x[outside] - source[end])
    return out
