"""A Gaussian copula: every column as it is distributed, joined by correlated noise, without a graph.

It is the structural causal model in which no column has a cause and the noise is dependent: what
"scm" must beat to show that the graph adds something.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.causal.discovery import discover_edges
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.causal.scm import fit_mechanisms, import_seconds, warm_up
from autogluon_causalmix.table import TypedTable

__all__ = ["Copula"]


@dataclass
class Copula:
    """Rows with the table's marginals and the correlation of their normal scores.

    Parameters
    ----------
    seed
        Seed of the rows that the model's own values are ranked by.
    seconds
        Time for `fit`.
    """

    seed: int = 0
    seconds: float | None = None
    warm_up = staticmethod(warm_up)
    import_seconds = staticmethod(import_seconds)

    def fit(self, table: TypedTable) -> Copula:
        """Learn marginals and correlations.

        Raises
        ------
        TimeoutError
            If ``seconds`` ended before.
        """
        rng = np.random.default_rng(self.seed)
        until = None if self.seconds is None else time.monotonic() + self.seconds
        # An empty graph is stated, so nothing is searched; it still knows which columns repeat others.
        graph = discover_edges(table, rng, knowledge=Knowledge.of(graph=[]))
        self._scm = fit_mechanisms(
            table, graph.sample_dag(rng), rng, noise="dependent", copies=graph.copies, deadline=until
        )
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows."""
        return self._scm.draw(n, rng)
