"""The causal graph that discovery found: edge probabilities, and DAGs drawn from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

__all__ = ["CausalGraph"]

#: More parents than this make a mechanism that few hundred rows cannot determine.
MAX_PARENTS = 8
#: Parents that a target without edges gets, strongest association first.
RESCUE_PARENTS = 3


@dataclass(frozen=True)
class CausalGraph:
    """Edge probabilities between named columns.

    Attributes
    ----------
    names
        Column labels, in the table's order.
    probabilities
        ``(p, p)``: probability of the direct edge from row to column.
    association
        ``(p, p)``: marginal association in [0, 1], symmetric.
    n_resamples
        Resamples that the probabilities come from; 0 if there was nothing to discover.
    copies
        ``{position: original}`` for columns that repeat another one.
    """

    names: tuple[Any, ...]
    probabilities: np.ndarray
    association: np.ndarray
    n_resamples: int
    copies: dict[int, int] = field(default_factory=dict)

    @property
    def edge_probabilities(self) -> pd.DataFrame:
        """Probabilities as a frame, causes in rows, effects in columns."""
        return pd.DataFrame(self.probabilities, index=list(self.names), columns=list(self.names))

    def edges(self, threshold: float = 0.0) -> list[tuple[Any, Any, float]]:
        """Edges ``(cause, effect, probability)`` above ``threshold``, most probable first."""
        at = np.argwhere(self.probabilities > threshold)
        found = [(self.names[i], self.names[j], float(self.probabilities[i, j])) for i, j in at]
        return sorted(found, key=lambda edge: -edge[2])

    def sample_dag(self, rng: np.random.Generator, target: Any = None) -> nx.DiGraph:
        """Draw one DAG: each pair is an edge one way, the other way, or none, by its probabilities.

        Probable edges are placed first; one that would close a cycle is turned round if it has
        any probability that way, else left out. A node gets at most `MAX_PARENTS` parents.
        ``target`` is never isolated: rows whose labels have no cause and no effect would be
        labelled by noise.
        """
        p = len(self.names)
        i, j = np.triu_indices(p, 1)
        forward, backward = self.probabilities[i, j], self.probabilities[j, i]
        total = forward + backward
        scale = np.maximum(total, 1.0)  # resamples may claim both ways; never more than certainty
        draw = rng.random(len(i)) * scale
        drawn = np.flatnonzero(draw < total)
        order = drawn[np.argsort(-total[drawn] + 1e-9 * rng.random(len(drawn)), kind="stable")]
        reach = np.eye(p, dtype=bool)
        n_parents = np.zeros(p, dtype=int)
        graph = nx.DiGraph()
        graph.add_nodes_from(range(p))

        def place(a: int, b: int) -> bool:
            if reach[b, a] or n_parents[b] >= MAX_PARENTS:
                return False
            graph.add_edge(a, b)
            n_parents[b] += 1
            reach[np.ix_(reach[:, a], reach[b])] = True
            return True

        for at in order:
            a, b = int(i[at]), int(j[at])
            if draw[at] >= forward[at]:
                a, b = b, a
            if not place(a, b) and self.probabilities[b, a] > 0:
                place(b, a)
        if target is not None:
            t = self.names.index(target)
            if graph.degree(t) == 0:
                for other in np.argsort(-self.association[t], kind="stable")[:RESCUE_PARENTS]:
                    if other != t and self.association[t, other] > 0:
                        place(int(other), t)
        return graph
