"""TableAugment, our reading: bootstrap rows with some of the features, a new task at every draw.

The paper names the method without defining it. From public re-implementations under that name:
rows are drawn with replacement, a random 50 to 100 % of the features is kept, the target stays (or
a random column takes its place); every iteration is a fresh task. A feature that is not kept holds
one observed value in all rows of the draw, which an in-context model reads as no feature at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.checks import check_flag, check_number
from autogluon_causalmix.table import TypedTable

__all__ = ["TableAugment"]


@dataclass
class TableAugment:
    """Bootstrap rows, feature subsets.

    Parameters
    ----------
    least_kept
        Smallest share of the features that a draw keeps.
    random_target
        Whether a random feature's order, cut into the target's distribution, replaces the target.
    """

    least_kept: float = 0.5
    random_target: bool = False
    one_task_per_draw = True

    def __post_init__(self) -> None:
        check_number("least_kept", self.least_kept, 0, 1)
        check_flag("random_target", self.random_target)

    def fit(self, table: TypedTable) -> TableAugment:
        """Keep the rows."""
        self._table = table
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows of one task."""
        real = self._table.values
        rows = real[rng.integers(len(real), size=n)]
        n_features = real.shape[1] - 1
        kept = rng.random(n_features) < rng.uniform(self.least_kept, 1.0)
        least = int(np.ceil(self.least_kept * n_features))
        kept[rng.permutation(np.flatnonzero(~kept))[: max(0, least - kept.sum())]] = True
        if self.random_target and n_features > 1:
            source = int(rng.integers(n_features))
            order = np.lexsort((rng.random(n), np.nan_to_num(rows[:, source], nan=-np.inf)))
            rows[order, -1] = np.sort(real[rng.integers(len(real), size=n), -1])
            kept[source] = False
        dropped = np.flatnonzero(~kept)
        rows[:, dropped] = real[rng.integers(len(real), size=len(dropped)), dropped]
        return self._table.with_values(rows)
