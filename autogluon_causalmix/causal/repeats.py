"""Columns that say nothing, and columns that say what another one says: both are set aside before a graph is searched.

A column repeats another if each says all that the other says: a price and its logarithm, an age and a year of birth,
a country and its code. Left together they would hide each other's edges, for given one the other tells nothing.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.causal.knowledge import EdgeRules
from autogluon_causalmix.table import Column, TypedTable

__all__ = ["active_columns", "is_copy", "modelled", "varies"]


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
