"""A picture of edge probabilities: columns in layers from causes to effects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from autogluon_causalmix.pictures.canvas import axis, save
from autogluon_causalmix.pictures.layers import drawn_edges, layers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MAX_EDGES", "draw_edges", "short_names"]

#: A picture with more edges than this cannot be read; the most probable ones are drawn.
MAX_EDGES = 45
#: Letters of a node's name.
LETTERS = 18
#: Colour of what the user stated.
KNOWN = "#c0392b"


def draw_edges(
    edges: pd.DataFrame,
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    threshold: float = 0.2,
    target: Any = None,
    searched: bool = True,
) -> Axes:
    """Draw edges of a frame with the columns from, to, probability and, if it has it, stated.

    Parameters
    ----------
    path
        Where to save the picture; the ending names the format.
    ax
        Where to draw; an axis of a new figure by default.
    threshold
        Edges less probable than this are left out, columns without an edge too; the target stays.
    target
        Column to highlight.
    searched
        Whether anybody looked for edges, where there are none.

    Returns
    -------
    matplotlib.axes.Axes
        Darker and thicker edges are more probable, those that the user stated dashed and red. Of
        the two directions of a pair the more probable one is drawn, with two arrow heads where they
        are within .1 of each other.
    """
    drawn = drawn_edges(edges, threshold, MAX_EDGES, None if target is None else str(target))
    placed = layers(drawn)
    tallest = max(map(len, placed), default=1)
    ax = axis(ax, path, max(6.0, 2.4 * len(placed)), max(3.5, 0.8 * tallest))
    ax.set_axis_off()
    if drawn:
        _draw(ax, drawn, placed, str(target))
    else:
        nothing = f"no edge with a probability above {threshold:g}" if searched else "no graph was searched"
        ax.text(0.5, 0.5, nothing, ha="center", transform=ax.transAxes)
    ax.set_title(_title(edges, drawn, threshold), fontsize=9)
    return save(ax, path)


def _title(edges: pd.DataFrame, drawn: list, threshold: float) -> str:
    """What is drawn, a pair of columns being one edge whatever its direction, and what is not."""
    likely = edges[edges["probability"] > 0]
    pairs = {frozenset(pair) for pair in zip(likely["from"].astype(str), likely["to"].astype(str), strict=True)}
    weak = sum(edge.probability <= threshold for edge in drawn)
    title = f"{len(drawn) - weak} edges with a probability above {threshold:g}"
    if weak:
        title += f" and {weak} weaker of the target's"
    title += f" ({len(pairs - {frozenset(edge[:2]) for edge in drawn})} not drawn)"
    return title + ("; dashed: stated by the user" if any(edge.stated for edge in drawn) else "")


def _draw(ax: Axes, drawn: list, placed: list[list[str]], target: str) -> None:
    import networkx as nx
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    colours, norm = colormaps["viridis_r"], Normalize(0.0, 1.0)
    at = {
        name: (k, (row + 0.5) / len(layer) * 2 - 1) for k, layer in enumerate(placed) for row, name in enumerate(layer)
    }
    graph, labels = nx.DiGraph([edge[:2] for edge in drawn]), short_names(at)
    for edge in drawn:
        # One call for each: networkx takes no list of margins, connection styles or dashes.
        nx.draw_networkx_edges(
            graph,
            at,
            edgelist=[edge[:2]],
            ax=ax,
            width=0.6 + 2.4 * edge.probability,
            edge_color=[KNOWN if edge.stated else colours(norm(edge.probability))],
            style="dashed" if edge.stated else "solid",
            arrowstyle="<|-|>" if edge.both_ways else "-|>",
            arrowsize=12,
            node_size=0,
            min_source_margin=_margin(edge.cause),
            min_target_margin=_margin(edge.effect),
            connectionstyle=f"arc3,rad={0.0 if abs(at[edge.cause][0] - at[edge.effect][0]) == 1 else 0.18}",
        )
    for name, (x, y) in at.items():
        # Not nx.draw_networkx_labels: it reads a dollar sign in a column's name as mathematics.
        box = {"boxstyle": "round,pad=0.35", "fc": "#ffe9b0" if name == target else "white", "ec": "#444444", "lw": 0.8}
        ax.text(x, y, labels[name], ha="center", va="center", fontsize=9, bbox=box, zorder=5, parse_math=False)
    ax.margins(0.12, 0.1)
    ax.figure.colorbar(ScalarMappable(norm, colours), ax=ax, shrink=0.6, pad=0.01).set_label("edge probability")


def _margin(name: str) -> float:
    """Points between a node's centre and an arrow: half of its box's width, near enough."""
    return 12.0 + 2.2 * min(len(name), LETTERS)


def short_names(names: Iterable[str], length: int = LETTERS) -> dict[str, str]:
    """Return names that fit a node: cut at the end, or in the middle or in front where two would be the same."""
    names, front = list(names), (length - 1) // 2
    cuts = (
        lambda name: name[: length - 1] + "…",
        lambda name: name[:front] + "…" + name[1 - length + front :],
        lambda name: "…" + name[1 - length :],
    )
    found = {name: name for name in names if len(name) <= length}
    for cut in cuts:
        left = {name: cut(name) for name in names if name not in found}
        count = Counter([*found.values(), *left.values()])
        found |= {name: label for name, label in left.items() if count[label] == 1}
    return {name: found.get(name, cuts[0](name)) for name in names}
