"""Controls for the causal part: structural causal models whose graph is wrong on purpose.

Discovery, mechanisms, noise and the number of DAGs are the SCM generator's own; only the DAGs differ from what
discovery found. If rows of these generators help a fit as much as the SCM's, the causes did not matter.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.scm import fit_mechanisms
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable

__all__ = ["PermutedGraph", "ReversedGraph"]


@dataclass
class _WrongGraph:
    """An SCM generator over altered DAGs.

    Parameters
    ----------
    target, discovery, seed, n_dags
        As for the generator "scm"; the seed is the alteration's too.
    """

    target: Any = None
    discovery: DiscoveryOptions = field(default_factory=DiscoveryOptions)
    seed: int = 0
    n_dags: int = 8

    def fit(self, table: TypedTable) -> SCMGenerator:
        """Discover the graph, draw DAGs, alter them, and fit an SCM to each."""
        generator = SCMGenerator(self.target, self.discovery, n_dags=self.n_dags, seed=self.seed)
        rng, began = np.random.default_rng(self.seed), time.monotonic()
        generator.graph = discover_edges(table, rng, self.discovery, target=self.target)
        self.prepare(generator.graph, rng)
        generator.timings["discovery"] = time.monotonic() - began
        began = time.monotonic()
        for _ in range(generator._n_dags(len(table.columns))):
            dag = self.altered(generator.graph.sample_dag(rng))
            generator.scms.append(
                fit_mechanisms(
                    table,
                    dag,
                    rng,
                    mechanism=generator.mechanism,
                    noise=generator.noise,
                    copies=generator.graph.copies,
                )
            )
        generator.timings["mechanisms"] = time.monotonic() - began
        return generator

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        """Never called: what `fit` returns draws the rows."""
        raise RuntimeError("draw from what fit() returned")

    def prepare(self, graph: CausalGraph, rng: np.random.Generator) -> None:
        """Draw what all DAGs of a fit share."""

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the wrong DAG, over the same nodes."""
        raise NotImplementedError


class ReversedGraph(_WrongGraph):
    """Every edge points the other way: effects cause their causes."""

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with all edges reversed; it is one again."""
        return dag.reverse(copy=True)


class PermutedGraph(_WrongGraph):
    """Every feature takes another feature's place in the graph: as many edges, between the wrong columns.

    The target keeps its place, so that it has as many causes and effects as before. Columns that are constant
    or copies of others have no place to give and keep theirs. One permutation serves all DAGs of a fit.
    """

    def prepare(self, graph: CausalGraph, rng: np.random.Generator) -> None:
        """Draw one cycle through all features that take part."""
        taking_part = graph.association.any(axis=0)
        features = [j for j, name in enumerate(graph.names) if taking_part[j] and name != graph.target]
        order = rng.permutation(features)
        self.place = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with its features' nodes exchanged."""
        wrong = nx.DiGraph()
        wrong.add_nodes_from(dag.nodes)  # in their order: mechanisms are fitted by position
        wrong.add_edges_from((self.place.get(a, a), self.place.get(b, b)) for a, b in dag.edges)
        return wrong
