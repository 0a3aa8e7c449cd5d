"""Which edges are drawn, and that columns stand where their edges can be followed."""

import numpy as np
import pandas as pd

from autogluon_causalmix.pictures.layers import DrawnEdge, drawn_edges, layers


def edges(*rows, **columns):
    return pd.DataFrame(rows, columns=["from", "to", "probability"]).assign(**columns)


def crossings(drawn, placed):
    """Pairs of edges between the same two layers that cross."""
    at = {name: (k, row) for k, layer in enumerate(placed) for row, name in enumerate(layer)}
    lines = [(*at[edge.cause], *at[edge.effect]) for edge in drawn]
    return sum(
        (a[0], a[2]) == (b[0], b[2]) and (a[1] - b[1]) * (a[3] - b[3]) < 0
        for k, a in enumerate(lines)
        for b in lines[:k]
    )


def test_the_stronger_direction_above_the_threshold_is_drawn():
    frame = edges(("a", "b", 0.7), ("b", "a", 0.2), ("b", "c", 0.1), ("c", "d", 0.4), ("d", "c", 0.35))
    drawn = drawn_edges(frame, 0.2, 10)
    assert [(one.cause, one.effect, one.both_ways) for one in drawn] == [("a", "b", False), ("c", "d", True)]


def test_a_weak_edge_that_nothing_speaks_for_the_other_way_has_one_head():
    frame = edges(("age", "affair", 0.08), ("a", "b", 0.09), ("b", "a", 0.03), ("c", "d", 0.09), ("d", "c", 0.06))
    assert [(one.cause, one.both_ways) for one in drawn_edges(frame, 0.05, 9)] == [
        ("a", False),
        ("c", True),
        ("age", False),
    ]


def test_the_strongest_are_drawn_and_a_weak_target_all_the_same():
    frame = edges(*((f"x{k}", f"x{k + 1}", 0.9 - k / 10) for k in range(5)), ("y", "x0", 0.01))
    assert [one.probability for one in drawn_edges(frame, 0.2, 2)] == [0.9, 0.8]
    assert drawn_edges(frame, 0.2, 2, "y")[-1][:3] == ("y", "x0", 0.01)


def test_what_was_stated_is_known():
    drawn = drawn_edges(edges(("a", "b", 1.0), ("b", "c", 0.9), stated=[True, False]), 0.2, 10)
    assert [one.stated for one in drawn] == [True, False]
    assert not any(one.stated for one in drawn_edges(edges(("a", "b", 1.0)), 0.2, 10))


def test_layers_follow_the_strongest_edges_and_cycles_do_not_matter():
    frame = edges(("a", "b", 0.9), ("b", "c", 0.8), ("c", "a", 0.3))
    assert layers(drawn_edges(frame, 0.2, 10)) == [["a"], ["b"], ["c"]]
    assert layers([]) == []


def test_columns_are_ordered_so_that_fewer_edges_cross():
    rng = np.random.default_rng(0)
    names = [f"{k:02d}" for k in rng.permutation(20)]
    drawn = [DrawnEdge(f"cause {a}", f"effect {b}", 0.9, False, False) for a, b in zip(names, names[::-1], strict=True)]
    placed = layers(drawn)
    assert crossings(drawn, placed) == 0 < crossings(drawn, [sorted(layer) for layer in placed])
