"""Which edges a picture of a graph shows, and where its columns stand: in layers from causes to effects.

networkx finds the layers. It has no layout that orders the columns within them so that few edges cross
(graphviz has one, a program that pip cannot install): that is done here, by their neighbours' places.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

__all__ = ["DrawnEdge", "drawn_edges", "layers"]

#: Edges that a target has in any picture.
TARGET_EDGES = 3
#: The other direction of an edge is as good as it if its probability is nearer than this, and more than half of it.
EQUAL = 0.1
#: Passes through the layers that order their columns, there and back.
SWEEPS = 4


class DrawnEdge(NamedTuple):
    """The stronger direction of a pair of columns."""

    cause: str
    effect: str
    probability: float
    both_ways: bool
    stated: bool


def drawn_edges(edges: pd.DataFrame, threshold: float, most: int, target: str | None = None) -> list[DrawnEdge]:
    """The stronger direction of every pair above the threshold, the ``most`` strongest of them.

    A target that would be left out is drawn with its `TARGET_EDGES` strongest edges, however weak.

    Parameters
    ----------
    edges
        Columns from, to, probability and, maybe, stated.
    """
    stated = edges["stated"].astype(bool) if "stated" in edges else [False] * len(edges)
    causes, effects = edges["from"].astype(str), edges["to"].astype(str)
    known = {(a, b) for a, b, one in zip(causes, effects, stated, strict=True) if one}
    probability = dict(zip(zip(causes, effects, strict=True), edges["probability"], strict=True))
    drawn = []
    for (a, b), p in probability.items():
        back = probability.get((b, a), 0.0)
        if p > back or (p == back and a < b):
            both_ways = p - back < EQUAL and 2 * back > p
            drawn.append(DrawnEdge(a, b, float(p), both_ways, (a, b) in known))
    drawn.sort(key=lambda edge: -edge.probability)
    strong = [edge for edge in drawn if edge.probability > threshold][:most]
    if not any(target in edge[:2] for edge in strong):
        strong += [edge for edge in drawn if target in edge[:2]][:TARGET_EDGES]
    return strong


def layers(drawn: list[DrawnEdge]) -> list[list[str]]:
    """Columns by layer: the strongest edges point to later layers, and neighbours stand at similar heights."""
    import networkx as nx

    graph, forward = nx.Graph(), nx.DiGraph()
    for edge in drawn:
        graph.add_edge(edge.cause, edge.effect)
        forward.add_nodes_from(edge[:2])
        if not nx.has_path(forward, edge.effect, edge.cause):
            forward.add_edge(edge.cause, edge.effect)
    ordered = [sorted(layer) for layer in nx.topological_generations(forward)]
    for sweep in range(SWEEPS):
        for layer in ordered if sweep % 2 == 0 else reversed(ordered):
            height = {name: (k + 0.5) / len(one) for one in ordered for k, name in enumerate(one)}
            layer.sort(key=lambda name, at=height: _mean([at[other] for other in graph[name]], at[name]))
    return ordered


def _mean(values: list[float], otherwise: float) -> Any:
    return sum(values) / len(values) if values else otherwise
