"""The picture of a predictor's causal graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from autogluon_causalmix.causal.drawing import draw_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.predictor_report import PredictorReport, report

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor
    from matplotlib.figure import Figure

__all__ = ["plot_graph"]


def plot_graph(
    source: TabularPredictor | PredictorReport | CausalGraph | pd.DataFrame,
    path: str | Path | None = None,
    *,
    model: str | None = None,
    threshold: float = 0.2,
    target: Any = None,
) -> Figure:
    """Draw the edge probabilities of a CausalMix model.

    Parameters
    ----------
    source
        A fitted predictor, its report, what `discover` returns, or a frame with columns from, to,
        probability.
    path
        Where to save the picture; the ending names the format.
    model
        Which CausalMix model; the first with a graph by default. Folds are averaged.
    threshold
        Edges less probable than this are left out, columns without an edge too; the target stays.
    target
        Column to highlight; a predictor's label or a graph's target by default.

    Returns
    -------
    matplotlib.figure.Figure
        See `causal.drawing.draw_edges`.

    Raises
    ------
    OptionError
        For a source of another kind, or a frame without these columns.

    Examples
    --------
    >>> edges = pd.DataFrame({"from": ["dose"], "to": ["effect"], "probability": [0.9]})
    >>> type(plot_graph(edges, target="effect")).__name__
    'Figure'
    """
    if isinstance(source, CausalGraph):
        target = source.target if target is None else target
        source = source.edge_frame()
    elif not isinstance(source, (PredictorReport, pd.DataFrame)):
        if not hasattr(source, "model_info"):
            raise OptionError(
                f"source={source!r} has no graph to draw: pass a fitted predictor, its report, what discover(frame) "
                "returns, or a frame with the columns from, to, probability"
            )
        target = source.label if target is None else target
        source = report(source)
    edges = source.edges(model) if isinstance(source, PredictorReport) else source
    absent = [column for column in ("from", "to", "probability") if column not in edges.columns]
    if absent:
        raise OptionError(f"the frame of edges lacks the columns {absent}; it has {list(edges.columns)[:20]}")
    return draw_edges(edges, path, threshold=threshold, target=target)
