"""Tables as complete matrices, and back, for generators that know nothing of missing values or categories.

A missing value is a category of its own in a categorical column; in a numeric one it is the column's
median and a 1 in a column of flags behind the others. `Completed.values` undoes it exactly: categories
are observed ones, integers whole, numbers inside the observed bounds, and observed ones where there
are few (a value between two doses would give a row away). A column whose spread a few huge numbers make
(999999999 for "unknown", a heavy tail) is coded by places among the observed ones, and holds no others:
noise, distances and mixtures in its own units would be those of the few.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.table import Kind, TypedTable

__all__ = ["Completed", "OneHot"]

#: A categorical column with more levels is one position instead of an indicator for each.
MAX_INDICATORS = 20
#: A numeric column of so few values holds no others.
MAX_GRID = 20
#: Share of the rows, of a column with more values, that have a value in common with many.
SHARED = 0.05
#: A standard deviation of so many times the spread of the middle half is made by a few huge numbers.
HEAVY_TAIL = 5.0
#: Standard deviations of a normal distribution in the spread of its middle half.
MIDDLE_HALF = 1.349


class Completed:
    """The matrix ``(n, n_columns + n_flags)`` of a table, and back.

    Attributes
    ----------
    is_category
        For every matrix column, flags included, whether it holds codes of categories.
    """

    def __init__(self, table: TypedTable) -> None:
        values = table.values
        missing = table.missing
        self.columns = table.columns
        self._category = np.array([column.is_discrete for column in table.columns])
        self.flagged = np.flatnonzero(missing.any(axis=0) & ~self._category & ~missing.all(axis=0))
        self.is_category = np.append(self._category, np.ones(len(self.flagged), dtype=bool))
        finite = np.where(np.isfinite(values), values, np.nan)
        self._empty = missing.all(axis=0)
        finite[:, self._empty] = 0.0
        some = np.isfinite(finite).any(axis=0)
        self._median = np.zeros(values.shape[1])
        self._median[some] = np.nanmedian(finite[:, some], axis=0)
        self._lower, self._upper = np.full((2, values.shape[1]), 0.0)
        self._lower[some], self._upper[some] = np.nanmin(finite[:, some], axis=0), np.nanmax(finite[:, some], axis=0)
        self._whole = np.array([c.kind is not Kind.NUMERIC for c in table.columns])
        #: Observed codes of every categorical column, -1 being a missing value.
        self.codes = {
            j: np.unique(np.nan_to_num(values[:, j], nan=-1.0)) for j in np.flatnonzero(self._category & ~self._empty)
        }
        #: Observed values of numeric columns that have few: doses, grades, rounded prices.
        self._grids = {}
        #: All observed values, of columns that are coded by their places.
        self._places = {}
        for j in np.flatnonzero(~self._category & some):
            observed = np.unique(finite[~np.isnan(finite[:, j]), j])
            if len(observed) <= MAX_GRID:
                self._grids[j] = observed
            elif _is_heavy_tailed(finite[~np.isnan(finite[:, j]), j], observed):
                self._places[j] = observed

    def shared(self, matrix: np.ndarray) -> np.ndarray:
        """Which of the real rows' cells hold a number that many rows have, as no cost or a cap, among others."""
        many = np.zeros(matrix.shape, dtype=bool)
        for j in np.flatnonzero(~self.is_category[: len(self.columns)]):
            _, at, counts = np.unique(matrix[:, j], return_inverse=True, return_counts=True)
            if len(counts) > MAX_GRID:
                many[:, j] = counts[at.reshape(-1)] >= SHARED * len(matrix)
        return many

    def absent(self, matrix: np.ndarray) -> np.ndarray:
        """Which cells of rows of the matrix stand for a missing number."""
        gone = np.zeros(matrix.shape, dtype=bool)
        gone[:, self.flagged] = matrix[:, len(self.columns) :] > 0.5
        return gone

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """Complete ``values`` ``(n, n_columns)``; infinite ones become the nearest bound."""
        missing = np.isnan(values)
        bounded = np.clip(np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=-np.inf), self._lower, self._upper)
        filled = np.where(missing, np.where(self._category, -1.0, self._median), bounded)
        for j, observed in self._places.items():
            filled[:, j] = np.interp(filled[:, j], observed, np.arange(len(observed)))
        return np.column_stack((filled, missing[:, self.flagged].astype(np.float64)))

    def values(self, matrix: np.ndarray) -> np.ndarray:
        """Turn rows of any finite numbers into values that the table could hold."""
        p = len(self.columns)
        values = matrix[:, :p].copy()
        for j, observed in self._places.items():
            # Beyond the ends it turns back: cut off, rows would pile up at the largest value, which may be huge.
            places = np.round(_reflected(values[:, j], -0.5, len(observed) - 0.5))
            values[:, j] = observed[np.clip(places, 0, len(observed) - 1).astype(np.int64)]
        values = np.clip(values, np.where(self._category, -1.0, self._lower), self._upper)
        values[:, self._whole] = np.round(values[:, self._whole])
        for j, codes in self.codes.items():
            nearest = _nearest(codes, values[:, j])
            values[:, j] = np.where(nearest < 0, np.nan, nearest)
        for j, grid in self._grids.items():
            values[:, j] = _nearest(grid, values[:, j])
        for k, j in enumerate(self.flagged):
            values[matrix[:, p + k] > 0.5, j] = np.nan
        values[:, self._empty] = np.nan
        return values


def _reflected(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Numbers between two walls, from which those beyond are thrown back."""
    span = high - low
    ahead = np.mod(x - low, 2 * span)
    return low + np.minimum(ahead, 2 * span - ahead)


def _nearest(known: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Of ``known`` numbers, in order, the nearest one to each; the smaller of two."""
    after = np.searchsorted(known, x).clip(1, max(1, len(known) - 1))
    low, high = known[after - 1], known[np.minimum(after, len(known) - 1)]
    return np.where(x - low <= high - x, low, high)


def _is_heavy_tailed(x: np.ndarray, distinct: np.ndarray) -> bool:
    low, high = np.quantile(distinct, [0.25, 0.75])  # of distinct ones: half of the cells may be zero
    with np.errstate(over="ignore", invalid="ignore"):
        return not x.std() * MIDDLE_HALF <= HEAVY_TAIL * (high - low)


class OneHot:
    """`Completed` with an indicator for every category, numbers with mean 0 and variance 1.

    ``matrix`` and ``values`` are inverse to each other like those of `Completed`; a category is the one
    with the largest indicator.
    """

    def __init__(self, table: TypedTable, leave_out: tuple[int, ...] = ()) -> None:
        self._completed = Completed(table)
        whole = self._completed.matrix(table.values)
        self._blocks: list[tuple[int, np.ndarray | None]] = []
        for j in range(whole.shape[1]):
            if j in leave_out or (j < len(table.columns) and len(np.unique(whole[:, j])) < 2):
                continue
            levels = np.unique(whole[:, j]) if self._completed.is_category[j] else None
            self._blocks.append((j, levels if levels is not None and len(levels) <= MAX_INDICATORS else None))
        self._first = whole[:1]
        self._mean = whole.mean(axis=0)
        std = whole.std(axis=0)
        self._std = np.where(std > 0, std, 1.0)

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """Dense coordinates ``(n, d)``; constant columns have none."""
        whole = self._completed.matrix(values)
        parts = [np.empty((len(values), 0))]
        for j, levels in self._blocks:
            x = whole[:, [j]]
            parts.append((x - self._mean[j]) / self._std[j] if levels is None else (x == levels).astype(np.float64))
        return np.concatenate(parts, axis=1)

    def values(self, dense: np.ndarray) -> np.ndarray:
        """Values ``(n, n_columns)`` of coordinates; columns left out hold the first row's value."""
        whole = np.repeat(self._first, len(dense), axis=0)
        at = 0
        for j, levels in self._blocks:
            if levels is None:
                whole[:, j] = dense[:, at] * self._std[j] + self._mean[j]
                at += 1
            else:
                whole[:, j] = levels[dense[:, at : at + len(levels)].argmax(axis=1)]
                at += len(levels)
        return self._completed.values(whole)
