"""The causal graph that discovery estimates: edge probabilities, and DAGs drawn from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from autogluon_causalmix.causal.knowledge import EdgeRules
from autogluon_causalmix.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    target
        Label of the column that is never isolated in a DAG: rows whose labels have no cause and
        no effect would be labelled by noise. None for none.
    rules
        What the user knows, None for nothing; ``probabilities`` agree with it.
    """

    names: tuple[Any, ...]
    probabilities: np.ndarray
    association: np.ndarray
    n_resamples: int
    copies: dict[int, int] = field(default_factory=dict)
    target: Any = None
    rules: EdgeRules | None = None

    @property
    def edge_probabilities(self) -> pd.DataFrame:
        """Probabilities as a frame, causes in rows, effects in columns."""
        return pd.DataFrame(self.probabilities, index=list(self.names), columns=list(self.names))

    def edges(self, threshold: float = 0.0) -> list[tuple[Any, Any, float]]:
        """Edges ``(cause, effect, probability)`` above ``threshold``, most probable first."""
        at = np.argwhere(self.probabilities > threshold)
        edges = [(self.names[i], self.names[j], float(self.probabilities[i, j])) for i, j in at]
        return sorted(edges, key=lambda edge: -edge[2])

    def edge_frame(self, threshold: float = 0.0) -> pd.DataFrame:
        """`edges` as a frame: from, to, probability, and whether the user ``stated`` the edge."""
        frame = pd.DataFrame(self.edges(threshold), columns=["from", "to", "probability"])
        required = () if self.rules is None else np.argwhere(self.rules.required)
        stated = {(self.names[a], self.names[b]) for a, b in required}
        frame["stated"] = [(a, b) in stated for a, b in zip(frame["from"], frame["to"], strict=True)]
        return frame

    def to_networkx(self, threshold: float = 0.5) -> nx.DiGraph:
        """Edges above ``threshold`` between all columns, with the attribute ``probability``.

        It need not be acyclic: both directions of a pair may be above a low threshold.
        """
        graph = nx.DiGraph()
        graph.add_nodes_from(self.names)
        graph.add_edges_from((a, b, {"probability": p}) for a, b, p in self.edges(threshold))
        return graph

    def plot(self, path: str | Path | None = None, *, ax: Axes | None = None, threshold: float = 0.2) -> Axes:
        """Draw the edges above ``threshold``; see `pictures.graph.draw_edges`."""
        from autogluon_causalmix.pictures.graph import draw_edges

        return draw_edges(self.edge_frame(), path, ax=ax, threshold=threshold, target=self.target)

    def save(self, path: str | Path) -> None:
        """Write a JSON file that `load` reads; labels must be text or numbers."""
        for name in self.names:
            if not isinstance(name, (str, int, float)):
                raise DataError(f"column {name!r} cannot be saved: its label is a {type(name).__name__}, not text")
        rules = self.rules
        content = {
            "names": list(self.names),
            "probabilities": self.probabilities.tolist(),
            "association": self.association.tolist(),
            "n_resamples": self.n_resamples,
            "copies": sorted(self.copies.items()),
            "target": self.target,
            "required": None if rules is None else rules.required.tolist(),
            "allowed": None if rules is None else rules.allowed.tolist(),
            "complete": rules is not None and rules.complete,
        }
        Path(path).write_text(json.dumps(content))

    @classmethod
    def load(cls, path: str | Path) -> CausalGraph:
        """Read what `save` wrote."""
        content = json.loads(Path(path).read_text())
        rules = None
        if content["required"] is not None:
            rules = EdgeRules(np.array(content["required"]), np.array(content["allowed"]), content["complete"])
        return cls(
            tuple(content["names"]),
            np.array(content["probabilities"]),
            np.array(content["association"]),
            content["n_resamples"],
            {int(copy): int(original) for copy, original in content["copies"]},
            content["target"],
            rules,
        )

    def sample_dag(self, rng: np.random.Generator) -> nx.DiGraph:
        """Draw one DAG: each pair is an edge one way, the other way, or none, by its probabilities.

        Required edges are placed first, then probable ones; one that would close a cycle is turned
        round if it has any probability that way, else left out. Discovered edges give a node at
        most `MAX_PARENTS` parents. Nodes are column positions.
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

        def place(a: int, b: int, most_parents: float = MAX_PARENTS) -> bool:
            if reach[b, a] or n_parents[b] >= most_parents or graph.has_edge(a, b):
                return False
            graph.add_edge(a, b)
            n_parents[b] += 1
            reach[np.ix_(reach[:, a], reach[b])] = True
            return True

        if self.rules is not None:
            for a, b in np.argwhere(self.rules.required):
                place(int(a), int(b), np.inf)
        for at in order:
            a, b = int(i[at]), int(j[at])
            if draw[at] >= forward[at]:
                a, b = b, a
            if not place(a, b) and self.probabilities[b, a] > 0 and not graph.has_edge(a, b):
                place(b, a)
        if self.target is not None and not (self.rules is not None and self.rules.complete):
            self._join_target(graph, place)
        return graph

    def _join_target(self, graph: nx.DiGraph, place: Any) -> None:
        """Give a target without edges its closest columns as causes, or as effects if it may have none."""
        t = self.names.index(self.target)
        if graph.degree(t):
            return
        for other in np.argsort(-self.association[t], kind="stable"):
            if graph.degree(t) >= RESCUE_PARENTS or not self.association[t, other] > 0:
                return
            if other == t:
                continue
            if self.rules is None or self.rules.allowed[other, t]:
                place(int(other), t)
            elif self.rules.allowed[t, other]:
                place(t, int(other))
