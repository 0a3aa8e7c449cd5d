"""The causal graph that discovery estimates: edge probabilities, and DAGs drawn from them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from autogluon_causalmix.causal.draws import draw_dag
from autogluon_causalmix.causal.knowledge import EdgeRules
from autogluon_causalmix.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CausalGraph"]


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
            "before": None if rules is None or rules.before is None else rules.before.tolist(),
        }
        Path(path).write_text(json.dumps(content))

    @classmethod
    def load(cls, path: str | Path) -> CausalGraph:
        """Read what `save` wrote."""
        content = json.loads(Path(path).read_text())
        rules = None
        if content["required"] is not None:
            before = content.get("before")  # which files written before it was kept do not have
            rules = EdgeRules(
                np.array(content["required"]),
                np.array(content["allowed"]),
                content["complete"],
                before=None if before is None else np.array(before),
            )
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
        """Draw one DAG: each pair is an edge one way, the other way, or none; see `draws.draw_dag`.

        Nodes are column positions.
        """
        target = None if self.target is None else self.names.index(self.target)
        return draw_dag(self.probabilities, rng, rules=self.rules, target=target, association=self.association)
