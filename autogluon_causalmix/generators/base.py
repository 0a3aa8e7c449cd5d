"""What a row generator is, and the pool that hands its rows out."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from autogluon_causalmix.table import TypedTable

__all__ = ["RowGenerator", "RowPool"]


@runtime_checkable
class RowGenerator(Protocol):
    """Anything that learns from a typed table and makes rows like it.

    ``sample`` returns rows of the same columns as the table given to ``fit``; values lie inside
    what was observed; the same ``rng`` state gives the same rows.
    """

    def fit(self, table: TypedTable) -> RowGenerator:
        """Learn from real rows, the target among the columns; returns itself."""
        ...

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` synthetic rows."""
        ...


class RowPool:
    """Hands out rows of a generator, each once; refills itself when it runs out.

    Parameters
    ----------
    generator
        Fitted.
    size
        Rows drawn at a time.
    """

    def __init__(self, generator: RowGenerator, size: int, rng: np.random.Generator) -> None:
        self.generator, self.size, self.rng = generator, size, rng
        self.drawn = 0
        self._rows = np.empty((0, 0))
        self._at = 0

    def take(self, n: int) -> np.ndarray:
        """Return values ``(n, n_columns)`` of rows not handed out before."""
        parts = []
        while n > 0:
            if self._at >= len(self._rows):
                self._rows = self.generator.sample(max(n, self.size), self.rng).values
                self._at = 0
                self.drawn += len(self._rows)
            part = self._rows[self._at : self._at + n]
            self._at += len(part)
            n -= len(part)
            parts.append(part)
        return np.concatenate(parts)
