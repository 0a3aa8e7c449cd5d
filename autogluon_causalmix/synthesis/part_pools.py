"""Pools of a generator's parts: what is taken at once comes from one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autogluon_causalmix.generators.base import RowGenerator, RowPool
from autogluon_causalmix.table import TypedTable

__all__ = ["PartPools"]


class PartPools:
    """Hands out rows as `RowPool` does, those of one call all from one part, which is drawn by chance.

    Parameters
    ----------
    parts
        Fitted generators.
    size
        Rows that all pools together draw at a time.
    seed
        Of the choice of parts, and of every part's rows.
    like, balance
        See `RowPool`.
    """

    def __init__(
        self, parts: Sequence[RowGenerator], size: int, seed: int, like: TypedTable, *, balance: bool = False
    ) -> None:
        each = max(1, size // len(parts))
        self._pools = [
            RowPool(part, each, np.random.default_rng((seed, k)), like, balance=balance) for k, part in enumerate(parts)
        ]
        self._rng = np.random.default_rng((seed, len(parts)))

    @property
    def drawn(self) -> int:
        """Rows sampled so far."""
        return sum(pool.drawn for pool in self._pools)

    def take(self, n: int) -> np.ndarray:
        """Return values ``(n, n_columns)`` of rows of one part, not handed out before."""
        return self._pools[self._rng.integers(len(self._pools))].take(n)
