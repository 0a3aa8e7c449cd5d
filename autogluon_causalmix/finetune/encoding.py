"""From typed tables to the float matrices that Mitra reads, the same way for every kind of row.

Real, synthetic and test rows go through one fitted encoder. Missing numbers and classes that
training never had become the column's training mean, which Mitra's rank coding puts in the
middle; infinite values become the nearest bound; columns without variation are left out.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.table import TypedTable

__all__ = ["FeatureEncoder", "TargetScale"]


class FeatureEncoder:
    """Fitted map from a table's feature values ``(n, n_features)`` to float32 ``(n, n_kept)``."""

    def __init__(self, table: TypedTable) -> None:
        values = table.values
        self._lower = np.array([column.lower for column in table.columns])
        self._upper = np.array([column.upper for column in table.columns])
        # A missing class is told from known ones where training had it; as a code below them all. A
        # missing number is the mean, also where training knows two numbers only.
        is_category = np.array([c.is_discrete and not c.two_numbers for c in table.columns], dtype=bool)
        self._missing_is_level = is_category & table.missing.any(axis=0)
        finite = np.where(np.isfinite(values), values, np.nan)
        counts = np.isfinite(finite).sum(axis=0)
        self._mean = np.nansum(finite, axis=0) / np.maximum(counts, 1)
        encoded = self._fill(values)
        self.kept = np.flatnonzero((encoded != encoded[:1]).any(axis=0)) if len(encoded) else np.zeros(0, dtype=int)

    def _fill(self, values: np.ndarray) -> np.ndarray:
        lower, upper = np.nan_to_num(self._lower), np.nan_to_num(self._upper)
        values = np.where(np.isposinf(values), upper, np.where(np.isneginf(values), lower, values))
        return np.where(np.isnan(values), np.where(self._missing_is_level, -1.0, self._mean), values)

    def transform(self, values: np.ndarray, unseen: np.ndarray | None = None) -> np.ndarray:
        """Encode rows; never alters ``values``. ``unseen`` masks classes that training never had."""
        filled = self._fill(values)
        if unseen is not None:
            filled = np.where(unseen & np.isnan(values), self._mean, filled)
        filled = filled[:, self.kept]
        # float32 merges neighbours of large numbers (dates, ids): centre before rounding.
        return (filled - self._mean[self.kept]).astype(np.float32)


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
