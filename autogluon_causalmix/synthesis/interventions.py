"""Rows from intervened worlds: one world for every episode, or other worlds for its support than for its query.

A generator that draws worlds becomes one that draws its rows in a new world at every call. Rows are then drawn as
episodes need them, not in stock: a stock would hold one world only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.generators.base import RowGenerator, RowPool
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["Intervening", "WorldPool", "pool_of"]

#: Rows drawn in a world for every row that an episode takes from it, so that rare classes are among them.
EXCESS = 2


@dataclass(frozen=True)
class Intervening:
    """A fitted generator whose every draw comes from a world of its own."""

    generator: RowGenerator
    strength: float
    one_task_per_draw = True

    def fit(self, table: TypedTable) -> Intervening:
        """Nothing is left to learn."""
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw a world, and ``n`` rows in it."""
        return self.generator.sample_in(self.generator.draw_world(self.strength, rng), n, rng)


class WorldPool(RowPool):
    """Hands out whole episodes whose support rows come from some worlds and whose query rows from another one.

    Parameters
    ----------
    n_worlds
        Worlds of an episode; all but one are the support's, in equal shares.
    generator, size, rng, like, balance
        As those of `RowPool`; the generator is an `Intervening`, and classes are those of ``like``.
    """

    def __init__(
        self,
        n_worlds: int,
        generator: Intervening,
        size: int,
        rng: np.random.Generator,
        like: TypedTable,
        *,
        balance: bool = False,
    ) -> None:
        super().__init__(generator, size, rng, like, balance=balance)
        self._n_support_worlds = n_worlds - 1

    def take_apart(self, n_support: int, n_query: int) -> np.ndarray:
        """Return values ``(n_support + n_query, n_columns)`` of an episode, its support first.

        The support holds every class that its worlds show, if there is room. Query rows of other classes, which
        nothing can be learned of, are taken only where there are too few without them.
        """
        k = self._n_support_worlds
        shares = [n_support // k + (j < n_support % k) for j in range(k)]
        worlds = [self._draw(EXCESS * share) for share in shares if share]
        first = np.concatenate([rows[: len(rows) // EXCESS] for rows in worlds])
        others = np.concatenate([rows[len(rows) // EXCESS :] for rows in worlds])
        query = self._draw(EXCESS * n_query)
        if self._classes is not None:
            first = _with_classes(first, others, self._classes)
            unknown = ~np.isin(query[:, -1], first[:, -1])
            query = query[np.argsort(unknown, kind="stable")]
        return np.concatenate((first[self.rng.permutation(n_support)], query[:n_query]))


def pool_of(
    generator: RowGenerator, options: SynthesisOptions, size: int, rng: np.random.Generator, table: TypedTable
) -> RowPool:
    """Return the pool that the options ask for, of a generator fitted to ``table``; ``size`` rows at a time."""
    balance = options.balance_classes
    if not options.intervenes:
        return RowPool(generator, size, rng, table, balance=balance)
    intervening = Intervening(generator, options.intervention_strength)
    if not options.n_worlds:
        return RowPool(intervening, size, rng, table, balance=balance)
    return WorldPool(options.n_worlds, intervening, size, rng, table, balance=balance)


def _with_classes(rows: np.ndarray, others: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Put a row of each class that ``rows`` lack and ``others`` have in the place of one of the largest class."""
    rows = rows.copy()
    for label in classes[~np.isin(classes, rows[:, -1])]:
        found = np.flatnonzero(others[:, -1] == label)
        held, counts = np.unique(rows[:, -1], return_counts=True)
        if len(found) and counts.max() > 1:
            rows[np.flatnonzero(rows[:, -1] == held[counts.argmax()])[0]] = others[found[0]]
    return rows
