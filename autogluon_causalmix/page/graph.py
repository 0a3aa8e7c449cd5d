"""The causal graph as shapes of an SVG: boxes in layers from causes to effects, and curves between them.

Drawn here and not by matplotlib, because every box and curve is one element that can be pointed at,
searched for and filtered by probability.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from autogluon_causalmix.pictures.graph import short_names
from autogluon_causalmix.pictures.layers import DrawnEdge, drawn_edges, layers

__all__ = ["LEAST", "graph_shapes"]

#: Edges that are less probable are in no picture, and beyond so many the page would be long.
LEAST, MOST = 0.05, 400
#: The picture opens with edges above this, or with the `OPEN_EDGES` most probable ones if there are more.
OPEN, OPEN_EDGES = 0.2, 60
#: Where more edges than that are certain, above this.
MOST_OPEN = 0.95
#: Units between layers and rows, and a box's size; letters that fit into it.
ACROSS, DOWN, WIDE, HIGH, LETTERS = 196, 36, 140, 26, 17
#: Boxes in a row for columns whose edges are all weak.
WEAK_ROW = 5
MARGIN = 12


def graph_shapes(edges: pd.DataFrame, target: str | None) -> dict[str, Any] | None:
    """Place columns and edges.

    Parameters
    ----------
    edges
        Columns from, to, probability and stated; mean over the folds.
    target
        Column to highlight.

    Returns
    -------
    dict or None
        ``nodes`` (name, short, x, y: the box's middle, is_target), ``edges`` (those of `DrawnEdge`, path, shown
        at the opening), ``width``, ``height``, and the threshold ``open``; None without any edge.
    """
    drawn = drawn_edges(edges, LEAST, MOST, target)
    if not drawn:
        return None
    opening = OPEN
    if len(drawn) > OPEN_EDGES and drawn[OPEN_EDGES].probability > OPEN:
        opening = math.ceil(100 * drawn[OPEN_EDGES].probability) / 100
        if opening >= drawn[0].probability:  # all are certain: better too many than none
            opening = MOST_OPEN
    strong = [edge for edge in drawn if edge.probability > opening or edge.stated]
    placed = layers(strong)
    tallest = max(map(len, placed), default=0)
    at = {
        name: (MARGIN + WIDE / 2 + k * ACROSS, MARGIN + DOWN * (row + (tallest - len(layer)) / 2) + HIGH / 2)
        for k, layer in enumerate(placed)
        for row, name in enumerate(layer)
    }
    weak = sorted({name for edge in drawn for name in edge[:2]} - set(at))
    in_row = max(len(placed), min(WEAK_ROW, len(weak)))
    top = MARGIN + DOWN * tallest + (DOWN / 2 if placed else 0)
    for k, name in enumerate(weak):
        at[name] = (MARGIN + WIDE / 2 + k % in_row * ACROSS, top + DOWN * (k // in_row) + HIGH / 2)
    labels = short_names(at, LETTERS)
    return {
        "nodes": [
            {"name": name, "short": labels[name], "x": round(x), "y": round(y), "is_target": name == target}
            for name, (x, y) in at.items()
        ],
        "edges": [
            edge._asdict() | {"path": _path(at[edge.cause], at[edge.effect]), "shown": _shown(edge, opening)}
            for edge in reversed(drawn)  # the most probable ones on top
        ],
        "width": round(max(x for x, _ in at.values()) + WIDE / 2 + MARGIN),
        "height": round(max(y for _, y in at.values()) + HIGH / 2 + MARGIN),
        "open": opening,
        "box": {"width": WIDE, "height": HIGH},
    }


def _shown(edge: DrawnEdge, threshold: float) -> bool:
    return edge.stated or edge.probability > threshold


def _path(cause: tuple[float, float], effect: tuple[float, float]) -> str:
    """A curve from the side of one box to that of the other which faces it."""
    (x1, y1), (x2, y2) = cause, effect
    out = 1 if x2 >= x1 else -1
    into = -out if x1 != x2 else 1  # in one layer the curve leaves and arrives on the right
    x1, x2 = x1 + out * WIDE / 2, x2 + into * WIDE / 2
    bend = max(28.0, abs(x2 - x1) / 2)
    return f"M{x1:.0f},{y1:.0f}C{x1 + out * bend:.0f},{y1:.0f} {x2 + into * bend:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
