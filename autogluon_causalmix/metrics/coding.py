"""Rows as points of a space in which distances, correlations and main axes mean something."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autogluon_causalmix.table import TypedTable

__all__ = ["RowCoding"]


class RowCoding:
    """Codes rows as ranks in [0, 1], category indicators and marks of missing values.

    Parameters
    ----------
    table
        The rows among which numbers are ranked.
    levels
        Codes of the levels that get an indicator, by position of a discrete column; without it, all of them.

    Attributes
    ----------
    parts
        ``(column, level)`` of every coordinate: positions in the table, the level None for a number's
        rank and -1 for the mark of missing values.
    """

    def __init__(self, table: TypedTable, levels: Mapping[int, np.ndarray] | None = None) -> None:
        self._sorted = [np.sort(x[~np.isnan(x)]) for x in table.values.T]
        self.parts: list[tuple[int, int | None]] = []
        for j, column in enumerate(table.columns):
            if column.is_discrete:
                codes = range(column.n_levels) if levels is None else levels[j]
                self.parts += [(j, int(code)) for code in codes]
            elif len(self._sorted[j]):
                self.parts.append((j, None))
            self.parts.append((j, -1))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Code rows ``(n, n_columns)`` as ``(n, len(parts))``."""
        coded = np.empty((len(values), len(self.parts)))
        for k, (j, level) in enumerate(self.parts):
            coded[:, k] = self._coordinate(values[:, j], j, level)
        return coded

    def _coordinate(self, x: np.ndarray, j: int, level: int | None) -> np.ndarray:
        if level is None:
            rank = np.searchsorted(self._sorted[j], np.nan_to_num(x)) / len(self._sorted[j])
            return np.where(np.isnan(x), 0.5, rank)
        if level < 0:
            return np.isnan(x).astype(float)
        # Two rows of different categories are 1 apart.
        return (x == level) / np.sqrt(2)
