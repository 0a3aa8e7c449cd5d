"""Controls for the causal part: structural causal models whose graph is wrong on purpose.

Discovery, mechanisms, noise and the number of DAGs are the SCM generator's own; only the DAGs differ from what
discovery found. If rows of these generators help a fit as much as the SCM's, the causes did not matter.
"""

from __future__ import annotations

import networkx as nx
import numpy as np

from autogluon_causalmix.generators.causal_rows import SCMGenerator

__all__ = ["PermutedGraph", "ReversedGraph"]


class ReversedGraph(SCMGenerator):
    """Every edge points the other way: effects cause their causes."""

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with all edges reversed; it is one again."""
        return dag.reverse(copy=True)


class PermutedGraph(SCMGenerator):
    """Every feature takes another feature's place in the graph: as many edges, between the wrong columns.

    The target keeps its place, so that it has as many causes and effects as before. Columns that are constant
    or copies of others have no place to give and keep theirs. One permutation serves all DAGs of a fit.
    """

    @property
    def place(self) -> dict[int, int]:
        """One cycle through all features that take part, by the seed."""
        taking_part = self.graph.association.any(axis=0)
        features = [j for j, name in enumerate(self.graph.names) if taking_part[j] and name != self.graph.target]
        order = np.random.default_rng((self.seed, 1)).permutation(features)
        return dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with its features' nodes exchanged."""
        wrong, place = nx.DiGraph(), self.place
        wrong.add_nodes_from(dag.nodes)  # in their order: mechanisms are fitted by position
        wrong.add_edges_from((place.get(a, a), place.get(b, b)) for a, b in dag.edges)
        return wrong
