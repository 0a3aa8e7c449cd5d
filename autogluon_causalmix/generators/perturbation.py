"""Standard augmentation: real rows with noise (jitter), and mixtures of two real rows (mixup)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.generators.matrices import Completed
from autogluon_causalmix.table import TypedTable

__all__ = ["Jitter", "Mixup"]


@dataclass
class Jitter:
    """Real rows with Gaussian noise on numbers and swapped categories; the target stays.

    Parameters
    ----------
    noise
        Standard deviation of the noise, in standard deviations of the column.
    swap
        Probability that a categorical cell takes the category of another row.
    """

    noise: float = 0.1
    swap: float = 0.1

    def __post_init__(self) -> None:
        check_number("noise", self.noise, 0)
        check_number("swap", self.swap, 0, 1)

    def fit(self, table: TypedTable) -> Jitter:
        """Keep the rows."""
        self._table, self._coding = table, Completed(table)
        self._real = self._coding.matrix(table.values)
        self._stays = self._coding.shared(self._real)
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows with replacement and disturb them."""
        real = self._real
        chosen = rng.integers(len(real), size=n)
        rows, stays = real[chosen], self._stays[chosen]
        is_category, target = self._coding.is_category, len(self._table.columns) - 1
        moved = rows + ~stays * self.noise * real.std(axis=0) * rng.standard_normal(rows.shape)
        others = np.take_along_axis(real, rng.integers(len(real), size=rows.shape), axis=0)
        swapped = np.where(rng.random(rows.shape) < self.swap, others, rows)
        out = np.where(is_category, swapped, moved)
        out[:, target] = rows[:, target]
        out[:, len(self._table.columns) :] = rows[:, len(self._table.columns) :]  # gaps stay with their rows
        return self._table.with_values(self._coding.values(out))


@dataclass
class Mixup:
    """Convex combinations of two real rows (Zhang et al. 2018), the target among the columns.

    Numbers are mixed, a numeric target too; categories come from the row with the larger weight,
    because a support row has one label.

    Parameters
    ----------
    alpha
        Both parameters of the Beta distribution of the weight; small values stay near real rows.
    """

    alpha: float = 0.4

    def __post_init__(self) -> None:
        check_number("alpha", self.alpha, 1e-3)

    def fit(self, table: TypedTable) -> Mixup:
        """Keep the rows."""
        self._table, self._coding = table, Completed(table)
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` mixtures."""
        real = self._coding.matrix(self._table.values)
        first, second = (real[rng.integers(len(real), size=n)] for _ in range(2))
        weight = rng.beta(self.alpha, self.alpha, size=(n, 1))
        weight = np.maximum(weight, 1 - weight)  # the first row is the heavier one
        second = np.where(self._coding.absent(second), first, second)  # a gap has nothing to mix in
        rows = np.where(self._coding.is_category, first, weight * first + (1 - weight) * second)
        return self._table.with_values(self._coding.values(rows))
