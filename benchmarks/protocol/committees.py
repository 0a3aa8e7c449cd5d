"""Twins without a graph for what the SCM generator does with its several DAGs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.generators.copula import Copula
from autogluon_causalmix.table import TypedTable

__all__ = ["CopulaCommittee"]


@dataclass
class CopulaCommittee:
    """Several copulas, each fitted to a half of the rows, as each resample of the causal discovery is.

    Parameters
    ----------
    n_parts
        Copulas: as many as the SCM generator has DAGs.
    seed
        Seed of the halves and of the copulas.
    """

    n_parts: int = 8
    seed: int = 0
    _parts: list[Copula] = field(default_factory=list, init=False, repr=False)
    warm_up = Copula.warm_up
    import_seconds = Copula.import_seconds

    def __post_init__(self) -> None:
        check_number("n_parts", self.n_parts, 1, whole=True)

    def fit(self, table: TypedTable) -> CopulaCommittee:
        """Fit each copula to its half; columns keep the whole table's types."""
        rng = np.random.default_rng(self.seed)
        self._parts = []
        for k in range(self.n_parts):
            half = np.sort(rng.permutation(len(table))[: (len(table) + 1) // 2])
            self._parts.append(Copula(seed=self.seed + k).fit(table.rows(half)))
        return self

    def parts(self) -> list[Copula]:
        """Return the copulas."""
        return self._parts

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows, each copula giving an equal share, in random order."""
        shares = np.bincount(np.arange(n) % len(self._parts), minlength=len(self._parts))
        drawn = [part.sample(int(k), rng) for part, k in zip(self._parts, shares, strict=True) if k]
        if not drawn:
            return self._parts[0].sample(0, rng)
        values = np.concatenate([rows.values for rows in drawn])
        return drawn[0].with_values(values[rng.permutation(n)])
