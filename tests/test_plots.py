"""Pictures of a predictor's fits, from whatever has them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.plots import plot_curves, plot_fidelity, plot_graph
from autogluon_causalmix.predictor_report import PredictorReport
from autogluon_causalmix.predictor_report import report as make_report

from .findings.reports import edge, folds


def test_folds_are_averaged():
    def fold(probability):
        edges = [{"from": "a", "to": "b", "probability": probability, "stated": True}] if probability else []
        return {"edges": edges, "graph_resamples": 20}

    report = PredictorReport({"m": {"S1F1": fold(0.6), "S1F2": fold(None), "S1F3": fold(0.9)}})
    expected = {"from": "a", "to": "b", "probability": pytest.approx(0.5), "stated": True}
    assert report.edges().to_dict("records") == [expected]
    assert "dashed: stated by the user" in plot_graph(report, ax=Figure().add_subplot()).get_title()
    with pytest.raises(DataError, match="no CausalMix model 'x'"):
        report.edges("x")


def test_a_stated_graph_is_shown_though_nothing_was_discovered():
    stated = edge("a", "b", 1.0) | {"stated": True}
    report = PredictorReport({"m": folds(target="b", edges=([stated], [stated]), graph_resamples=0)})
    assert report.edges().to_dict("records") == [stated]
    assert plot_graph(report, ax=Figure().add_subplot()).get_title().startswith("1 edges with a probability above 0.2")


def test_a_fit_without_a_graph_is_not_said_to_have_no_edge():
    def text(**parts):
        (only,) = plot_graph(PredictorReport({"m": folds(**parts)}), ax=Figure().add_subplot()).texts
        return only.get_text()

    assert text(edges=[], graph_resamples=0) == "no graph was searched"
    assert text(edges=[], graph_resamples=5) == "no edge with a probability above 0.2"


def test_the_graph_of_augmented_models_alone_has_its_target_and_its_search():
    augmented = {"GBM": folds(edges=[edge("a", "b", 0.9)], graph_resamples=5)}
    ax = plot_graph(PredictorReport({}, augmented, label="b"), ax=Figure().add_subplot())
    colours = {text.get_text(): text.get_bbox_patch().get_facecolor() for text in ax.texts}
    assert colours["b"] != (1, 1, 1, 1) == colours["a"]
    found_nothing = PredictorReport({}, {"GBM": folds(edges=[], graph_resamples=5)}, label="b")
    (only,) = plot_graph(found_nothing, ax=Figure().add_subplot()).texts
    assert only.get_text() == "no edge with a probability above 0.2"


def test_a_threshold_and_a_target_are_checked():
    edges = pd.DataFrame([edge("a", "b", 0.9)])
    report = PredictorReport({"m": folds(target="y", edges=[edge("a", "b", 0.9)], graph_resamples=5)})
    graph = CausalGraph(("a", "b", "alone"), np.zeros((3, 3)), np.zeros((3, 3)), 5)
    for threshold in (2, -1, "a", True, float("nan")):
        with pytest.raises(OptionError, match="must be a number from 0 to 1"):
            plot_graph(edges, threshold=threshold)
    for source, target in ((edges, "c"), (report, "z"), (graph, "c")):
        with pytest.raises(OptionError, match=f"target: no column '{target}' in the graph"):
            plot_graph(source, target=target)
    for source, target in ((edges, "a"), (report, "y"), (report, "a"), (graph, "alone")):
        plot_graph(source, ax=Figure().add_subplot(), target=target, threshold=0)


def test_the_reports_target_stands_out_unless_another_is_named():
    report = PredictorReport({"m": folds(target="b", edges=[edge("a", "b", 0.9)], graph_resamples=5)})
    for target, expected in ((None, "b"), ("a", "a")):
        ax = plot_graph(report, ax=Figure().add_subplot(), target=target)
        colours = {text.get_text(): text.get_bbox_patch().get_facecolor() for text in ax.texts}
        other = {"a": "b", "b": "a"}[expected]
        assert colours[expected] != (1, 1, 1, 1) == colours[other]


def test_every_picture_takes_an_axis_or_a_path_and_a_model(tmp_path):
    one = folds(validation_scores=[[1.0, 0.5]], step_kept=[1], steps_taken=[1])
    two = folds(validation_scores=[[1.0, 0.5], [1.0, 0.7]], step_kept=[1, 1], steps_taken=[1, 1])
    report = PredictorReport({"one": one, "two": two})
    for plot in (plot_curves, plot_fidelity):
        ax = Figure().add_subplot()
        assert plot(report, ax=ax) is ax
        plot(report, tmp_path / f"{plot.__name__}.png", model="two")
        assert (tmp_path / f"{plot.__name__}.png").stat().st_size > 1000
        with pytest.raises(DataError, match="no CausalMix model 'three'"):
            plot(report, model="three")
        with pytest.raises(OptionError, match="source=3 has no fit report"):
            plot(3)
        with pytest.raises(OptionError, match="predictor='x' has no fit report"):
            make_report("x")
    assert "mean of 2" in plot_curves(report, model="two", ax=Figure().add_subplot()).get_title()
