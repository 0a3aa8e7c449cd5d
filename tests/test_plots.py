"""Pictures of graphs: what is drawn, and that hard cases draw."""

import itertools

import numpy as np
import pandas as pd
import pytest
from autogluon_causalmix.causal.drawing import MAX_EDGES, _drawn_edges, _layered

from autogluon_causalmix.plots import plot_graph
from autogluon_causalmix.predictor_report import PredictorReport


def edges(*rows):
    return pd.DataFrame(rows, columns=["from", "to", "probability"])


def test_the_stronger_direction_above_the_threshold_is_drawn():
    drawn = _drawn_edges(
        edges(("a", "b", 0.7), ("b", "a", 0.2), ("b", "c", 0.1), ("c", "d", 0.4), ("d", "c", 0.35)), 0.2
    )
    assert [(a, b, both) for a, b, _, both in drawn] == [("a", "b", False), ("c", "d", True)]


def test_layers_follow_the_strongest_edges_and_cycles_do_not_matter():
    graph = _layered(_drawn_edges(edges(("a", "b", 0.9), ("b", "c", 0.8), ("c", "a", 0.3)), 0.2))
    assert [graph.nodes[n]["layer"] for n in "abc"] == [0, 1, 2]


@pytest.mark.parametrize("n_columns", [0, 1, 10, 60])
def test_any_size_draws(tmp_path, n_columns):
    rng = np.random.default_rng(0)
    rows = [(f"column {a}", f"column {b}", rng.random()) for a, b in itertools.permutations(range(n_columns), 2)]
    frame = edges(*rows) if rows else edges()
    plot_graph(frame, tmp_path / "graph.png", target="column 3")
    assert (tmp_path / "graph.png").stat().st_size > 500
    assert len(_drawn_edges(frame, 0.2)) <= MAX_EDGES


def test_folds_are_averaged():
    def fold(probability):
        edges = [{"from": "a", "to": "b", "probability": probability, "stated": True}] if probability else []
        return {"edges": edges, "graph_resamples": 20}

    report = PredictorReport({"m": {"S1F1": fold(0.6), "S1F2": fold(None), "S1F3": fold(0.9)}})
    expected = {"from": "a", "to": "b", "probability": pytest.approx(0.5), "stated": True}
    assert report.edges().to_dict("records") == [expected]
    assert "dashed: stated by the user" in plot_graph(report).axes[0].get_title()
    with pytest.raises(ValueError, match="no CausalMix model 'x'"):
        report.edges("x")


def test_column_names_with_dollar_signs_draw(tmp_path):
    plot_graph(edges(("price_$ vs cost_$", "income_$_2020_$", 0.9)), tmp_path / "graph.png")
