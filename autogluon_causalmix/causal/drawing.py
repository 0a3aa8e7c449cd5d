"""A picture of edge probabilities: columns in layers from causes to effects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_edges"]

#: A picture with more edges than this cannot be read; the most probable ones are drawn.
MAX_EDGES = 45
TARGET_EDGES = 3
#: Colour of what the user stated.
KNOWN = "#c0392b"


def draw_edges(
    edges: pd.DataFrame,
    path: str | Path | None = None,
    *,
    threshold: float = 0.2,
    target: Any = None,
) -> Figure:
    """Draw edges of a frame with the columns from, to, probability and, if it has it, stated.

    Parameters
    ----------
    path
        Where to save the picture; the ending names the format.
    threshold
        Edges less probable than this are left out, columns without an edge too; the target stays.
    target
        Column to highlight.

    Returns
    -------
    matplotlib.figure.Figure
        Darker and thicker edges are more probable, those that the user stated dashed and red. Of
        the two directions of a pair the more probable one is drawn, with two arrow heads where they
        are within .1 of each other.
    """
    import networkx as nx
    from matplotlib import colormaps
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    edges = edges.assign(**{"from": edges["from"].astype(str), "to": edges["to"].astype(str)})
    stated = edges[edges["stated"].astype(bool)] if "stated" in edges else edges[:0]
    known = set(zip(stated["from"], stated["to"], strict=True))
    drawn = _drawn_edges(edges, threshold, None if target is None else str(target))
    graph = _layered(drawn)
    layers = max((data["layer"] for _, data in graph.nodes(data=True)), default=0) + 1
    tallest = max((sum(d["layer"] == k for _, d in graph.nodes(data=True)) for k in range(layers)), default=1)
    figure = Figure(figsize=(max(6.0, 2.4 * layers), max(3.5, 0.8 * tallest)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axis_off()
    if not len(graph):
        axes.text(0.5, 0.5, f"no edge with a probability above {threshold:g}", ha="center")
    else:
        position = nx.multipartite_layout(graph, subset_key="layer")
        position = _spread(graph, position)
        colours = colormaps["viridis_r"]
        norm = Normalize(0.0, 1.0)
        for a, b, data in graph.edges(data=True):
            skips = abs(graph.nodes[a]["layer"] - graph.nodes[b]["layer"]) != 1
            nx.draw_networkx_edges(
                graph,
                position,
                edgelist=[(a, b)],
                ax=axes,
                width=0.6 + 2.4 * data["probability"],
                edge_color=[KNOWN if (a, b) in known else colours(norm(data["probability"]))],
                style="dashed" if (a, b) in known else "solid",
                arrowstyle="<|-|>" if data["both_ways"] else "-|>",
                arrowsize=12,
                node_size=0,
                min_source_margin=_margin(a),
                min_target_margin=_margin(b),
                connectionstyle=f"arc3,rad={0.18 if skips else 0.0}",
            )
        for node, (x, y) in position.items():
            is_target = str(node) == str(target)
            box = {"boxstyle": "round,pad=0.35", "fc": "#ffe9b0" if is_target else "white", "ec": "#444444", "lw": 0.8}
            axes.text(
                x, y, _short(str(node)), ha="center", va="center", fontsize=9, bbox=box, zorder=5, parse_math=False
            )
        axes.margins(0.12, 0.1)
        from matplotlib.cm import ScalarMappable

        bar = figure.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.6, pad=0.01)
        bar.set_label("edge probability")
    hidden = int((edges["probability"] > 0).sum()) - len(drawn) if len(edges) else 0
    axes.set_title(
        f"{len(drawn)} edges with a probability above {threshold:g} ({max(hidden, 0)} not drawn)"
        + ("; dashed: stated by the user" if known else ""),
        fontsize=9,
    )
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=150)
    return figure


def _margin(name: str) -> float:
    """Points between a node's centre and an arrow: half of its box's width, near enough."""
    return 12.0 + 2.2 * len(_short(str(name)))


def _short(name: str, length: int = 18) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def _drawn_edges(
    edges: pd.DataFrame, threshold: float, target: str | None = None
) -> list[tuple[str, str, float, bool]]:
    """The stronger direction of every pair above the threshold, the `MAX_EDGES` strongest of them.

    A target that would be left out is drawn with its `TARGET_EDGES` strongest edges, however weak.
    """
    probability = {(a, b): p for a, b, p in zip(edges["from"], edges["to"], edges["probability"], strict=True)}
    drawn = []
    for (a, b), p in probability.items():
        back = probability.get((b, a), 0.0)
        if p > back or (p == back and str(a) < str(b)):
            drawn.append((a, b, p, p - back < 0.1))
    drawn.sort(key=lambda edge: -edge[2])
    strong = [edge for edge in drawn if edge[2] > threshold][:MAX_EDGES]
    if not any(target in edge[:2] for edge in strong):
        strong += [edge for edge in drawn if target in edge[:2]][:TARGET_EDGES]
    return strong


def _layered(drawn: list[tuple[str, str, float, bool]]) -> Any:
    """A directed graph whose nodes have a ``layer``: strongest edges point to later layers."""
    import networkx as nx

    graph, forward = nx.DiGraph(), nx.DiGraph()
    for a, b, p, both in drawn:
        graph.add_edge(a, b, probability=p, both_ways=both)
        forward.add_nodes_from((a, b))
        if not nx.has_path(forward, b, a):
            forward.add_edge(a, b)
    for layer, nodes in enumerate(nx.topological_generations(forward)):
        for node in nodes:
            graph.nodes[node]["layer"] = layer
    return graph


def _spread(graph: Any, position: dict) -> dict:
    """Order the nodes of each layer by their neighbours' height, and spread layers to full height."""
    layers: dict[int, list] = {}
    for node, data in graph.nodes(data=True):
        layers.setdefault(data["layer"], []).append(node)
    height: dict = {}
    for layer in sorted(layers):
        nodes = layers[layer]

        def centre(node: Any) -> float:
            near = [height[other] for other in graph.predecessors(node) if other in height]
            return sum(near) / len(near) if near else 0.0

        ordered = sorted(nodes, key=lambda node: (centre(node), str(node)))
        for k, node in enumerate(ordered):
            height[node] = (k + 0.5) / len(ordered) * 2 - 1
    return {node: (graph.nodes[node]["layer"], height[node]) for node in position}
