"""SMOTE (Chawla et al. 2002) through imbalanced-learn: new rows between neighbours of one class."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.matrices import Completed
from autogluon_causalmix.table import TypedTable

__all__ = ["Smote"]


@dataclass
class Smote:
    """Rows between a row and one of its neighbours of the same class, class shares kept.

    Categorical columns take the neighbours' most frequent category (SMOTE-NC; SMOTE-N where there are no
    numbers). A class of one row, which has no neighbour, is drawn again as it is.

    Parameters
    ----------
    n_neighbors
        Neighbours to choose from; fewer in a class that is smaller.
    """

    n_neighbors: int = 5
    needs_classes = True

    def __post_init__(self) -> None:
        check_number("n_neighbors", self.n_neighbors, 1, whole=True)

    def fit(self, table: TypedTable) -> Smote:
        """Keep the rows.

        Raises
        ------
        DataError
            If the target is not a class.
        """
        if not table.columns[-1].is_discrete:
            raise DataError(f"SMOTE needs classes, the target {table.names[-1]!r} is numeric: use generator='mixup'")
        self._table, self._coding = table, Completed(table)
        spread = self._coding.matrix(table.values).std(axis=0)
        self._unit = np.where(spread > 0, spread, 1.0)
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` new rows."""
        real, target = self._table.values, len(self._table.columns) - 1
        wanted = real[rng.integers(len(real), size=n), target]
        values = np.empty((n, real.shape[1]))
        for label in np.unique(wanted):
            at = np.flatnonzero(wanted == label)
            values[at] = self._new_rows(np.flatnonzero(real[:, target] == label), len(at), rng)
        return self._table.with_values(values)

    def _new_rows(self, class_rows: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
        from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

        real, target = self._table.values, len(self._table.columns) - 1
        if len(class_rows) < 2:
            return real[rng.choice(class_rows, k)]
        whole = self._coding.matrix(real[class_rows])
        features = np.delete(np.arange(whole.shape[1]), target)
        # Whether a number is missing goes with the nearer of two rows: neighbours' votes would lose what is rare.
        is_category = self._coding.is_category[features] & (features < len(self._table.columns))
        unit = np.where(is_category, 1.0, self._unit[features])  # neighbours whatever a column is measured in
        x = whole[:, features] / unit
        seed, k_neighbors = int(rng.integers(2**31)), min(self.n_neighbors, len(class_rows) - 1)
        # Any other rows make the library draw exactly k of this class, whose neighbours are its own.
        other, labels = np.repeat(x[:1], len(class_rows) + k, axis=0), np.zeros(len(class_rows) + k)
        rest = np.delete(np.arange(len(real)), class_rows)
        options = {"sampling_strategy": {1: len(class_rows) + k}, "random_state": seed, "k_neighbors": k_neighbors}
        if is_category.all():
            if len(rest):  # SMOTE-N calls levels near that have the same classes: it must see the true ones
                other, labels = self._coding.matrix(real[rest])[:, features], 2 + real[rest, target]
            sampler = SMOTEN(**options)
        elif is_category.any():
            sampler = SMOTENC(np.flatnonzero(is_category).tolist(), **options)
        else:
            sampler = SMOTE(**options)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="After over-sampling")  # larger than the largest class
            drawn, _ = sampler.fit_resample(np.concatenate((x, other)), np.append(np.ones(len(x)), labels))
        rows = np.repeat(whole[:1], k, axis=0)
        rows[:, features] = drawn[-k:] * unit
        return self._coding.values(rows)
