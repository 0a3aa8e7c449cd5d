"""Generators without a model of dependence: what others must beat, and what they may cost nothing beside."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.table import TypedTable

__all__ = ["Bootstrap", "Marginals"]


class Bootstrap:
    """Real rows, drawn again with replacement."""

    def fit(self, table: TypedTable) -> Bootstrap:
        """Keep the rows."""
        self._table = table
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows with replacement."""
        return self._table.rows(rng.integers(len(self._table), size=n))


class Marginals(Bootstrap):
    """Every column drawn on its own: all marginals right, no dependence."""

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw every cell from its column."""
        at = rng.integers(len(self._table), size=(n, len(self._table.columns)))
        return self._table.with_values(np.take_along_axis(self._table.values, at, axis=0))
