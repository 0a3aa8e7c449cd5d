"""Generators that are told the truth about a simulated table: its SCM, its graph, or its graph with damage.

Each takes ``table``, the name of a simulated table, in ``generator_options``; its seed decides on the damage, so
that a fold has one damage in all sizes of the training data. Mechanisms are fitted to the training rows as the
SCM generator fits them, in one SCM, since the graph is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.simulated import SimulatedSCM, model_of
from benchmarks.protocol.tables import TARGET

__all__ = ["DroppedEdges", "PermutedColumns", "ReversedEdges", "TrueGraph", "TrueSCM"]


@dataclass
class TrueSCM:
    """Fresh rows from the SCM that made the table: what no generator can better. It learns nothing from rows.

    Rows with a class that the training rows lack are not handed out: a fit knows no such class.
    """

    table: str
    like: TypedTable | None = field(default=None, init=False)

    def fit(self, table: TypedTable) -> TrueSCM:
        """Take note of the columns."""
        self.like = TypedTable(table.columns, table.values[:0])
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows."""
        model, parts, left = model_of(self.table), [], n
        while left:
            values = self._typed(model.sample(left, rng)).values
            parts.append(values[np.isfinite(values[:, -1])])
            left -= len(parts[-1])
        return self.like.with_values(np.concatenate(parts) if parts else self.like.values)

    def _typed(self, rows: pd.DataFrame) -> TypedTable:
        """Read rows in the table's columns; there the target has a name of its own, and codes for classes."""
        named = rows.drop(columns=TARGET)
        named[self.like.columns[-1].name] = rows[TARGET].cat.codes
        return TypedTable.from_frame(named, like=self.like)

    def describe(self) -> Description:
        """Return the true graph."""
        return Description(dags=[[[cause, effect] for cause, effect in model_of(self.table).graph.edges]])


@dataclass
class TrueGraph(SCMGenerator):
    """The true graph with fitted mechanisms."""

    table: str = ""

    def fit(self, table: TypedTable) -> TrueGraph:
        """State the graph, then fit as `SCMGenerator` does; the target is the table's last column."""
        graph = nx.relabel_nodes(self.truth.graph, {TARGET: table.columns[-1].name})
        self.knowledge = Knowledge.of(graph=list(graph.edges))
        return super().fit(table)

    @property
    def truth(self) -> SimulatedSCM:
        """The model that made the table."""
        return model_of(self.table)

    @property
    def _damage(self) -> np.random.Generator:
        return np.random.default_rng((self.seed, 7))


@dataclass
class DroppedEdges(TrueGraph):
    """The true graph without a ``share`` of its edges; those of a smaller share are among those of a larger one."""

    share: float = 1.0

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG without the edges that are dropped."""
        edges = sorted(dag.edges)
        gone = self._damage.permutation(len(edges))[: round(self.share * len(edges))]
        wrong = dag.copy()
        wrong.remove_edges_from(edges[k] for k in gone)
        return wrong


@dataclass
class ReversedEdges(TrueGraph):
    """The true graph with all of its edges the other way."""

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with all edges reversed; it is one again."""
        return dag.reverse(copy=True)


@dataclass
class PermutedColumns(TrueGraph):
    """The true graph with every feature in another feature's place; the target keeps its own."""

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG with the features' nodes exchanged in one cycle."""
        order = self._damage.permutation(len(dag) - 1)  # the target is the last node
        place: dict[int, Any] = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
        wrong = nx.DiGraph()
        wrong.add_nodes_from(dag.nodes)  # in their order: mechanisms are fitted by position
        wrong.add_edges_from((place.get(a, a), place.get(b, b)) for a, b in dag.edges)
        return wrong
