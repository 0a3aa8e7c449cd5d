"""Pictures of a predictor's fits, on an axis of yours or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.checks import check_column, check_number
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.pictures.curves import draw_curves
from autogluon_causalmix.pictures.fidelity import draw_fidelity
from autogluon_causalmix.pictures.graph import draw_edges
from autogluon_causalmix.predictor_report import PredictorReport, report

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor
    from matplotlib.axes import Axes

__all__ = ["plot_curves", "plot_fidelity", "plot_graph"]


def plot_graph(
    source: TabularPredictor | PredictorReport | CausalGraph | pd.DataFrame,
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    model: str | None = None,
    threshold: float = 0.2,
    target: Any = None,
) -> Axes:
    """Draw the edge probabilities of a CausalMix model.

    Parameters
    ----------
    source
        A fitted predictor, its report, what `discover` returns, or a frame with columns from, to,
        probability.
    path
        Where to save the picture; the ending names the format.
    ax
        Where to draw; an axis of a new figure by default.
    model
        Which CausalMix model; the first with a graph by default. Folds are averaged.
    threshold
        Edges less probable than this are left out, columns without an edge too; the target stays.
    target
        Column to highlight; a predictor's, report's or graph's own by default.

    Returns
    -------
    matplotlib.axes.Axes
        See `pictures.graph.draw_edges`.

    Raises
    ------
    OptionError
        For a source of another kind, a frame without these columns, a threshold that is no number from 0 to 1, and a
        target that the graph does not know.

    Examples
    --------
    >>> edges = pd.DataFrame({"from": ["dose"], "to": ["effect"], "probability": [0.9]})
    >>> plot_graph(edges, target="effect").get_title()
    '1 edges with a probability above 0.2 (0 not drawn)'
    """
    check_number("threshold", threshold, 0, 1)
    known: set[Any] = set()  # the frame of edges lacks columns without any
    own = None
    if isinstance(source, CausalGraph):
        own, known = source.target, set(source.names)
        source = source.edge_frame()
    elif not isinstance(source, (PredictorReport, pd.DataFrame)):
        if not hasattr(source, "model_info"):
            raise OptionError(
                f"source={source!r} has no graph to draw: pass a fitted predictor, its report, what discover(frame) "
                "returns, or a frame with the columns from, to, probability"
            )
        source = report(source)
    searched = True
    if isinstance(source, PredictorReport):
        own = source.target
        edges = source.edges(model)
        fits = [one for name, folds in source.to_dict().items() if model in (None, name) for one in folds.values()]
        source, searched = edges, any(one["graph_resamples"] or one["edges"] for one in fits)
    absent = [column for column in ("from", "to", "probability") if column not in source.columns]
    if absent:
        raise OptionError(f"the frame of edges lacks the columns {absent}; it has {list(source.columns)[:20]}")
    if target is not None:
        names = {str(name) for name in known | {*source["from"], *source["to"]} | {own} - {None}}
        check_column("target", str(target), sorted(names), "the graph")
    target = own if target is None else target
    return draw_edges(source, path, ax=ax, threshold=threshold, target=target, searched=searched)


def plot_curves(
    source: TabularPredictor | PredictorReport,
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    model: str | None = None,
) -> Axes:
    """Draw what every step of fine-tuning changed on the validation rows, in every fold and member.

    Parameters
    ----------
    source
        A fitted predictor, or its report.
    path
        Where to save the picture; the ending names the format.
    ax
        Where to draw; an axis of a new figure by default.
    model
        Which CausalMix model; the first by default.

    Returns
    -------
    matplotlib.axes.Axes
        See `pictures.curves.draw_curves`.

    Raises
    ------
    OptionError
        For a source of another kind.
    DataError
        For a model that is not there.
    """
    return draw_curves(_folds(source, model), path, ax=ax)


def plot_fidelity(
    source: TabularPredictor | PredictorReport,
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    model: str | None = None,
) -> Axes:
    """Draw how easily a classifier tells synthetic rows from real ones, in every fold, with 95 % intervals.

    Parameters, returns and errors as for `plot_curves`; see `pictures.fidelity.draw_fidelity`.
    """
    return draw_fidelity(_folds(source, model), path, ax=ax)


def _folds(source: Any, model: str | None) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(source, PredictorReport):
        if not hasattr(source, "model_info"):
            raise OptionError(f"source={source!r} has no fit report: pass a fitted predictor, or its report")
        source = report(source)
    return source.of_model(model)
