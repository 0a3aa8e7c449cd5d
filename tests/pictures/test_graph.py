"""Pictures of graphs: hard cases draw, and a picture says what it leaves out."""

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from autogluon_causalmix.pictures.graph import KNOWN, MAX_EDGES, draw_edges, short_names


def edges(*rows, **columns):
    return pd.DataFrame(rows, columns=["from", "to", "probability"]).assign(**columns)


@pytest.mark.parametrize("n_columns", [0, 1, 10, 60])
def test_any_size_draws(tmp_path, n_columns):
    rng = np.random.default_rng(0)
    rows = [(f"column {a}", f"column {b}", rng.random()) for a, b in itertools.permutations(range(n_columns), 2)]
    ax = draw_edges(edges(*rows), tmp_path / "graph.png", target="column 3")
    assert (tmp_path / "graph.png").stat().st_size > 500
    arrows = len(ax.patches)
    assert arrows == min(MAX_EDGES, n_columns * (n_columns - 1) // 2)
    assert ax.get_title().startswith(f"{arrows} edges")


def test_an_axis_of_the_callers_gets_the_graph_and_the_target_stands_out():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert draw_edges(edges(("a", "b", 0.9)), ax=right, target="b") is right
    assert not left.texts and not left.patches
    colours = {text.get_text(): text.get_bbox_patch().get_facecolor() for text in right.texts}
    assert set(colours) == {"a", "b"} and colours["a"] != colours["b"]


def test_stated_edges_are_dashed():
    from matplotlib.colors import to_hex

    ax = draw_edges(edges(("a", "b", 1.0), ("b", "c", 0.9), stated=[True, False]), ax=Figure().add_subplot())
    assert [to_hex(arrow.get_edgecolor()) == KNOWN for arrow in ax.patches] == [True, False]
    assert [arrow.get_linestyle() for arrow in ax.patches] == ["dashed", "solid"]
    assert "dashed: stated by the user" in ax.get_title()


def test_the_title_counts_pairs_and_tells_the_targets_weak_edges_apart():
    rows = (("a", "b", 0.97), ("b", "a", 0.3), ("b", "y", 0.5), ("a", "y", 0.4), ("a", "c", 0.6), ("c", "a", 0.2))
    title = draw_edges(edges(*rows), ax=Figure().add_subplot(), threshold=0.95, target="y").get_title()
    assert title == "1 edges with a probability above 0.95 and 2 weaker of the target's (1 not drawn)"


def test_column_names_with_dollar_signs_draw(tmp_path):
    draw_edges(edges(("price_$ vs cost_$", "income_$_2020_$", 0.9)), tmp_path / "graph.png")


def test_names_that_are_cut_stay_different():
    names = ["blood_pressure_systolic_morning", "blood_pressure_systolic_evening", "age", "a_rather_long_name_of_one"]
    cut = short_names(names)
    assert cut["age"] == "age" and cut["a_rather_long_name_of_one"] == "a_rather_long_nam…"
    assert len({*cut.values()}) == 4 and all(len(label) <= 18 for label in cut.values())
    alike = [f"{k}_the_same_long_middle_of_a_name_{end}" for k in "ab" for end in ("x", "y")]
    assert len({*short_names(alike, 12).values()}) == 4
    same = [f"beginning_{k}_and_the_very_same_ending" for k in range(2)]
    assert set(short_names(same, 12).values()) == {"beginning_0…", "beginning_1…"}
