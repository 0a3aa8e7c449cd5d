"""Missing numbers filled by what a generator's rows hold there, given the cells that are known.

For a row with gaps, the generator's rows that are nearest to it in the cells that both know are draws from about
the distribution of the missing number given the known cells; it becomes their mean. With an SCM's rows that is the
graph's answer, with a copula's that of correlations, with real rows ("bootstrap") that of nearest neighbours. The
target takes no part, in training rows as little as in test rows. A missing category is a level of its own to the
encoding, and stays one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.generators.base import draw, fitted
from autogluon_causalmix.generators.catalogue import FitContext, make_generator
from autogluon_causalmix.table import TypedTable

__all__ = ["Filler"]

#: Rows that the generator draws, and how many of them give a cell its value.
DRAWN, DONORS = 2000, 20
#: A difference of more standard deviations counts as this many.
FARTHEST = 5.0
#: Differences that are computed at a time.
CELLS = 20_000_000


class Filler:
    """Fills gaps by rows of a generator.

    Parameters
    ----------
    generator
        What the option ``generator`` takes. Real rows are donors as they are: drawn with replacement, one
        would stand beside itself.
    features
        Training rows without their target; whatever is learned is learned of them.
    """

    def __init__(self, generator: Any, features: pd.DataFrame, seed: int) -> None:
        self._table = TypedTable.from_frame(features)
        self._donors = self._table.values
        if generator != "bootstrap":
            made = make_generator(generator, {}, FitContext(target=None, seed=seed))
            self._donors = draw(fitted(made, self._table), DRAWN, np.random.default_rng(seed), self._table)
        self._is_class = np.array([column.is_discrete for column in self._table.columns])
        spread = np.array([pd.Series(x[np.isfinite(x)]).std() for x in self._table.values.T])
        self._spread = np.where(spread > 0, spread, 1.0)

    def __call__(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with numbers in the place of gaps; one that no donor knows stays missing."""
        table, filled = TypedTable.from_frame(features, like=self._table), features.copy()
        numbers = [j for j, column in enumerate(table.columns) if column.levels is None]
        incomplete = np.flatnonzero(table.missing[:, numbers].any(axis=1))
        values, size = table.values.copy(), max(1, CELLS // max(1, self._donors.size))
        for part in np.split(incomplete, np.arange(size, len(incomplete), size)):
            values[part] = self._filled(values[part], numbers)
        for j in numbers:
            name = table.columns[j].name
            if table.missing[:, j].any():
                filled[name] = features[name].astype(float).where(~table.missing[:, j], values[:, j])
        return filled

    def _filled(self, values: np.ndarray, numbers: list[int]) -> np.ndarray:
        """Rows ``(n, n_columns)`` with their numbers; distances are means over the cells that both sides know."""
        difference = np.abs(values[:, None, :] - self._donors[None])
        apart = np.square(np.minimum(difference / self._spread, FARTHEST))
        both = np.isfinite(difference)
        known = both.sum(axis=2)
        distance = np.where(both, np.where(self._is_class, difference > 0, apart), 0.0).sum(axis=2) / np.maximum(
            known, 1
        )
        distance[known == 0] = np.inf
        out = values.copy()
        for j in numbers:
            able, rows = np.flatnonzero(np.isfinite(self._donors[:, j])), np.flatnonzero(np.isnan(values[:, j]))
            if len(able) and len(rows):
                nearest = np.argsort(distance[np.ix_(rows, able)], axis=1, kind="stable")[:, :DONORS]
                out[rows, j] = self._donors[able[nearest], j].mean(axis=1)
        return out
