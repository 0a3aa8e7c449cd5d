"""Twins of the SCM's interventions that know no causes: what moving columns at random does by itself."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.causal.nodes import Node
from autogluon_causalmix.causal.worlds import World, random_world
from autogluon_causalmix.generators.controls import Bootstrap
from autogluon_causalmix.table import TypedTable

__all__ = ["ShiftedBootstrap"]


class ShiftedBootstrap(Bootstrap):
    """Real rows, drawn again; in a world, columns are moved one by one, and nothing follows from it.

    Worlds are drawn as the SCM generator draws them, as if no column had a cause: a number's normal score is moved
    and stretched, and mapped back to observed values; a category is drawn anew in as many rows as its tilt takes to
    have the tilted shares. The target stays what it was.
    """

    def fit(self, table: TypedTable) -> ShiftedBootstrap:
        """Keep the rows, and learn each column's values."""
        super().fit(table)
        rng = np.random.default_rng(0)  # which of equal values comes first
        self._nodes = [Node(table, j, rng) for j in range(len(table.columns))]
        return self

    def draw_world(self, strength: float, rng: np.random.Generator) -> World:
        """Draw changes of any columns but the target, which is the last one."""
        return random_world([node.n_levels for node in self._nodes], strength, rng, [len(self._nodes) - 1])

    def sample_in(self, world: World, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows with replacement and change their columns."""
        at = rng.integers(len(self._table), size=n)
        values = self._table.values[at].copy()
        for j, change in world.items():
            node = self._nodes[j]
            if node.is_discrete:
                simulated = _moved(node.encoded[at].astype(int), node.shares, change.tilt, rng)
                values[:, j] = node.to_observed(simulated.astype(np.float64), rng)[0]
            else:
                known = ~np.isnan(values[:, j])
                simulated = change.of_noise(node.own[at], node.own.std())
                values[known, j] = node.to_observed(simulated, rng)[0][known]
        return self._table.with_values(values)


def _moved(codes: np.ndarray, shares: np.ndarray, tilt: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Redraw as few codes as give the tilted shares on average: those of levels that become rarer."""
    wanted = shares * np.exp(tilt - tilt.max())
    wanted /= wanted.sum()
    keep = np.minimum(1.0, wanted / np.maximum(shares, 1e-12))
    gone, gains = rng.random(len(codes)) >= keep[codes], np.maximum(wanted - shares, 0.0)
    if gone.any():
        codes = np.where(gone, rng.choice(len(shares), len(codes), p=gains / gains.sum()), codes)
    return codes
