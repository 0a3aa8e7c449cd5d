"""The graph's shapes: every column once, in reach, and the likely edges shown first."""

import itertools
import re

import numpy as np
import pandas as pd

from autogluon_causalmix.page.graph import HIGH, LEAST, MOST, MOST_OPEN, OPEN, OPEN_EDGES, WIDE, graph_shapes


def edges(*rows, stated=False):
    return pd.DataFrame(rows, columns=["from", "to", "probability"]).assign(stated=stated)


def dense(n_columns, seed=0):
    rng = np.random.default_rng(seed)
    return edges(*((f"x{a}", f"x{b}", rng.random()) for a, b in itertools.permutations(range(n_columns), 2)))


def test_a_graph_of_sixty_columns_has_every_column_once_and_boxes_do_not_meet():
    shapes = graph_shapes(dense(60), "x7")
    names = [node["name"] for node in shapes["nodes"]]
    assert sorted(names) == sorted(f"x{k}" for k in range(60))
    assert [node["name"] for node in shapes["nodes"] if node["is_target"]] == ["x7"]
    for a, b in itertools.combinations(shapes["nodes"], 2):
        assert abs(a["x"] - b["x"]) >= WIDE or abs(a["y"] - b["y"]) >= HIGH
    for node in shapes["nodes"]:
        assert WIDE / 2 <= node["x"] <= shapes["width"] - WIDE / 2
        assert HIGH / 2 <= node["y"] <= shapes["height"] - HIGH / 2


def test_at_first_the_likely_edges_are_shown():
    few = graph_shapes(edges(("a", "b", 0.9), ("b", "c", 0.15), ("d", "e", LEAST / 2)), None)
    assert few["open"] == OPEN and {e["cause"]: e["shown"] for e in few["edges"]} == {"a": True, "b": False}
    many = graph_shapes(dense(60), None)
    shown = [edge["probability"] for edge in many["edges"] if edge["shown"]]
    assert len(many["edges"]) == MOST and 0 < len(shown) <= OPEN_EDGES
    assert min(shown) > many["open"] > OPEN


def test_edges_that_are_all_certain_are_not_all_hidden():
    sure = graph_shapes(dense(12).assign(probability=1.0), None)
    assert sure["open"] == MOST_OPEN and all(edge["shown"] for edge in sure["edges"])


def test_what_was_stated_is_shown_however_weak():
    shapes = graph_shapes(edges(("a", "b", 0.1), stated=True), None)
    assert shapes["edges"][0]["shown"] and shapes["edges"][0]["stated"]


def test_curves_go_from_box_to_box():
    shapes = graph_shapes(edges(("a", "b", 0.9), ("b", "c", 0.8), ("c", "a", 0.7), ("d", "e", 0.1)), None)
    at = {node["name"]: (node["x"], node["y"]) for node in shapes["nodes"]}
    for edge in shapes["edges"]:
        x1, y1, *_, x2, y2 = map(float, re.findall(r"-?\d+", edge["path"]))
        for name, x, y in ((edge["cause"], x1, y1), (edge["effect"], x2, y2)):
            assert abs(x - at[name][0]) == WIDE / 2 and abs(y - at[name][1]) <= 1


def test_long_names_are_cut_and_kept():
    name = "a very long name of a column indeed"
    (node,) = (one for one in graph_shapes(edges((name, "b", 0.9)), None)["nodes"] if one["name"] == name)
    assert node["short"].endswith("…") and len(node["short"]) < 20


def test_without_edges_there_is_no_graph():
    assert graph_shapes(edges(), "y") is None
