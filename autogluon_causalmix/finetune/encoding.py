"""From typed tables to the float matrices that Mitra reads, the same way for every kind of row.

Real, synthetic and test rows go through one fitted encoder. Classes that training never had, whether
or not the column's dtype knows them, become the column's training mean, which Mitra's rank coding puts
in the middle (ordered ones that the dtype knows keep their place); infinite values become the nearest
bound; columns without variation are left out. What a missing number becomes is an option, see
`EncodingOptions`. Where a few huge cells (999999999 for "unknown", a heavy tail) would make float32 merge the
ordinary ones, a number becomes its place among training's, which is all that Mitra reads of it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.options import EncodingOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["MOST_COLUMNS", "FeatureEncoder", "TargetScale", "widest"]

#: Columns that Mitra is given at most; indicators of missing cells are added up to so many.
MOST_COLUMNS = 500
#: Share of a column's distinct numbers that rounding may merge: neighbours that a hair divides cost nothing.
MERGED_SHARE = 0.01


class FeatureEncoder:
    """Fitted map from a table's feature values ``(n, n_features)`` to float32 ``(n, width)``.

    Attributes
    ----------
    kept
        Positions of the columns that vary, ``(n_kept,)``: the first columns of what is encoded.
    flagged
        Positions of columns whose missing cells have an indicator, ``(n_flagged,)``: the last ones.
        Columns that are missing in the same training rows share the first one's.
    """

    def __init__(self, table: TypedTable, options: EncodingOptions | None = None) -> None:
        way = (options or EncodingOptions()).missing_numbers
        values, missing = table.values, table.missing
        self._lower = np.nan_to_num(np.array([column.lower for column in table.columns], dtype=np.float64))
        self._upper = np.nan_to_num(np.array([column.upper for column in table.columns], dtype=np.float64))
        finite = np.where(np.isfinite(values), values, np.nan)
        counts = np.isfinite(finite).sum(axis=0)
        self._mean = _within(np.nansum(finite, axis=0) / np.maximum(counts, 1), finite)
        # A missing category is told from known ones where training had it, as a code below them all; so
        # is a missing number, also where training knows two numbers only, if the option says so.
        is_category = np.array([c.is_discrete and not c.two_numbers for c in table.columns], dtype=bool)
        some = missing.any(axis=0)
        missing_number = ~is_category & some & ~missing.all(axis=0)
        self._instead = np.where(is_category & some, -1.0, self._mean)
        self._missing_is_lowest = missing_number if way == "lowest" else np.zeros_like(missing_number)
        self._instead = np.where(self._missing_is_lowest, _below(self._lower, self._upper), self._instead)
        named = [c.n_levels if c.is_discrete and not c.two_numbers else np.nan for c in table.columns]
        self._n_levels = np.array(named, dtype=np.float64)
        self._absent = _levels_without_rows(table)
        encoded = self._fill(values)
        self.kept = np.flatnonzero((encoded != encoded[:1]).any(axis=0)) if len(encoded) else np.zeros(0, dtype=int)
        self._places = _crowded(encoded[:, self.kept], self._mean[self.kept])
        room = MOST_COLUMNS - len(self.kept) if way == "indicator" else 0
        self.flagged = _indicators(missing, np.flatnonzero(missing_number), room)

    @property
    def width(self) -> int:
        """Columns of what is encoded."""
        return len(self.kept) + len(self.flagged)

    def _fill(self, values: np.ndarray) -> np.ndarray:
        values = np.where(np.isposinf(values), self._upper, np.where(np.isneginf(values), self._lower, values))
        # Below training's smallest number all ranks are the same; below the level of missing cells they would not be.
        values = np.where(self._missing_is_lowest, np.maximum(values, self._lower), values)
        return np.where(np.isnan(values), self._instead, values)

    def transform(self, values: np.ndarray, unseen: np.ndarray | None = None) -> np.ndarray:
        """Encode rows; never alters ``values``.

        ``unseen`` masks cells of classes that no code stands for. A code beyond those of the column is one too.
        """
        filled, missing = self._fill(values), np.isnan(values)
        unknown = values >= self._n_levels
        for column, codes in self._absent.items():
            unknown[:, column] |= np.isin(values[:, column], codes)
        if unseen is not None:
            unknown |= unseen & missing
            missing &= ~unseen
        if unknown.any():
            filled = np.where(unknown, self._mean, filled)
        filled = filled[:, self.kept]
        numbers = _rounded(filled, self._mean[self.kept])
        for j, known in self._places.items():
            numbers[:, j] = np.interp(filled[:, j], known, np.arange(len(known)) - 0.5 * (len(known) - 1))
        if not len(self.flagged):
            return numbers
        return np.concatenate((numbers, missing[:, self.flagged].astype(np.float32)), axis=1)


def _within(mean: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The mean, which rounding may put a hair beside the only number that a column of ``known`` has."""
    if not len(known):
        return mean
    lowest, highest = np.fmin.reduce(known, axis=0), np.fmax.reduce(known, axis=0)
    return np.where(lowest == highest, lowest, mean)


def _rounded(numbers: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Numbers in float32, which merges neighbours of large ones (dates, ids): centred before."""
    with np.errstate(over="ignore"):
        return (numbers - mean).astype(np.float32)


def _crowded(encoded: np.ndarray, mean: np.ndarray) -> dict[int, np.ndarray]:
    """Training's distinct numbers, in order, of the columns ``(n, n_kept)`` that rounding would merge too many of."""
    if not encoded.size:
        return {}
    ordered = np.sort(encoded, axis=0)
    with np.errstate(invalid="ignore"):  # of two infinities
        there, left = ((np.diff(one, axis=0) > 0).sum(axis=0) + 1 for one in (ordered, _rounded(ordered, mean)))
    beyond = np.isfinite(ordered[[0, -1]]) & ~np.isfinite(_rounded(ordered[[0, -1]], mean))  # what float32 holds
    crowded = (there - left > MERGED_SHARE * there) | beyond.any(axis=0)
    return {int(j): np.unique(ordered[:, j]) for j in np.flatnonzero(crowded)}


def _levels_without_rows(table: TypedTable) -> dict[int, np.ndarray]:
    """Codes that no row has, by position of an unordered category's column."""
    absent = {}
    for j, column in enumerate(table.columns):
        if column.is_discrete and not column.two_numbers and not getattr(column.dtype, "ordered", False):
            codes = np.setdiff1d(np.arange(column.n_levels), table.values[:, j])
            if len(codes):
                absent[j] = codes
    return absent


def _below(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """A number below each column's smallest one, as far as its numbers reach, so that rounding keeps it apart."""
    with np.errstate(over="ignore"):
        span = upper - lower
    return lower - np.where(span > 0, span, np.maximum(1.0, np.abs(lower)))


def _indicators(missing: np.ndarray, candidates: np.ndarray, room: int) -> np.ndarray:
    """Columns that get an indicator, ``room`` at most: one per set of rows, the most even ones if not all fit."""
    if room <= 0 or not len(candidates):
        return np.zeros(0, dtype=int)
    _, first = np.unique(missing[:, candidates], axis=1, return_index=True)
    distinct = candidates[np.sort(first)]
    unevenness = np.abs(missing[:, distinct].mean(axis=0) - 0.5)
    return np.sort(distinct[np.argsort(unevenness, kind="stable")[:room]])


def widest(frame: pd.DataFrame, options: EncodingOptions) -> int:
    """Columns of what is encoded of ``frame`` at most, by a look at which columns have missing cells."""
    n = frame.shape[1]
    if options.missing_numbers != "indicator":
        return n
    return max(n, min(MOST_COLUMNS, n + int(frame.isna().any().sum())))


class TargetScale:
    """Scaling of a regression target to [0, 1] over the training rows, as Mitra does."""

    def __init__(self, y: np.ndarray) -> None:
        finite = y[np.isfinite(y)]
        if not len(finite):
            raise DataError("the target has no finite value; drop the rows without one")
        self.lower, self.span = float(finite.min()), float(finite.max() - finite.min()) or 1.0

    def forward(self, y: np.ndarray) -> np.ndarray:
        """Target to [0, 1]."""
        return ((y - self.lower) / self.span).astype(np.float32)

    def back(self, y: np.ndarray) -> np.ndarray:
        """Model output to the target's units."""
        return y.astype(np.float64) * self.span + self.lower
