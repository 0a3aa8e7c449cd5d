"""What a row generator is, and the pool that hands its rows out."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.table import TypedTable

__all__ = ["RowGenerator", "RowPool", "draw"]

#: Balanced pools draw this many rows for every row asked for, then choose among them.
BALANCE_FACTOR = 3


@runtime_checkable
class RowGenerator(Protocol):
    """Anything that learns from a typed table and makes rows like it.

    The target is the table's last column. ``sample`` returns rows of the same columns as the
    table given to ``fit``, as a `TypedTable` or a data frame; values lie inside what was observed;
    the same ``rng`` state gives the same rows.

    A class may set ``one_task_per_draw = True``: then the rows of one training step come from one
    call of ``sample`` (for generators that make a new task at every call).
    """

    def fit(self, table: TypedTable) -> Any:
        """Learn from real rows, the target among the columns."""
        ...

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable | pd.DataFrame:
        """Draw ``n`` synthetic rows."""
        ...


def draw(generator: RowGenerator, n: int, rng: np.random.Generator, like: TypedTable) -> np.ndarray:
    """Values ``(n, n_columns)`` of ``n`` rows in the columns of ``like``, whatever ``sample`` returns.

    Raises
    ------
    DataError
        If the generator returns something else than ``n`` rows of these columns.
    """
    rows = generator.sample(n, rng)
    if isinstance(rows, pd.DataFrame):
        rows = TypedTable.from_frame(rows, like=like)
    values = rows.values if isinstance(rows, TypedTable) else rows
    if not isinstance(values, np.ndarray) or values.shape != (n, len(like.columns)):
        found = getattr(values, "shape", type(values).__name__)
        raise DataError(
            f"{type(generator).__name__}.sample({n}) returned {found} instead of {n} rows of "
            f"{len(like.columns)} columns, as a TypedTable or a DataFrame"
        )
    return values


class RowPool:
    """Hands out rows of a generator, each once; refills itself when it runs out.

    Parameters
    ----------
    generator
        Fitted.
    size
        Rows drawn at a time.
    like
        The table that the generator was fitted to.
    balance
        Whether classes of the target (the last column) are handed out equally often instead of as
        the generator draws them. A class that it never draws stays out.
    """

    def __init__(
        self, generator: RowGenerator, size: int, rng: np.random.Generator, like: TypedTable, *, balance: bool = False
    ) -> None:
        self.generator, self.size, self.rng = generator, size, rng
        self.drawn = 0
        self._like, self._balance = TypedTable(like.columns, like.values[:0]), balance
        self._whole = bool(getattr(generator, "one_task_per_draw", False))
        self._rows = np.empty((0, 0))
        self._at = 0

    def take(self, n: int) -> np.ndarray:
        """Return values ``(n, n_columns)`` of rows not handed out before."""
        if self._whole:
            return self._draw(n)
        parts = []
        while n > 0:
            if self._at >= len(self._rows):
                self._rows, self._at = self._draw(max(n, self.size)), 0
            part = self._rows[self._at : self._at + n]
            self._at += len(part)
            n -= len(part)
            parts.append(part)
        return np.concatenate(parts)

    def _draw(self, n: int) -> np.ndarray:
        n_drawn = n * BALANCE_FACTOR if self._balance else n
        self.drawn += n_drawn
        rows = draw(self.generator, n_drawn, self.rng, self._like)
        return _balanced(rows, n, self.rng) if self._balance else rows


def _balanced(rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Choose ``n`` rows with the classes of the last column equally often; rare ones repeat."""
    labels = np.unique(rows[:, -1])
    shares = rng.permutation(np.arange(n) % len(labels))
    chosen = np.empty(n, dtype=int)
    for k, label in enumerate(labels):
        own, wanted = np.flatnonzero(rows[:, -1] == label), int((shares == k).sum())
        chosen[shares == k] = rng.choice(own, wanted, replace=wanted > len(own))
    return rows[chosen]
