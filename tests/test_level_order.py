"""A category's levels in the order in which other columns go along with them."""

import numpy as np
import pandas as pd

from autogluon_causalmix import augment
from autogluon_causalmix.causal.level_order import order_levels
from autogluon_causalmix.causal.nodes import Node
from autogluon_causalmix.table import TypedTable


def scale(n=400, seed=0):
    """A number seen through five levels, the middle ones most frequent; another one and a class that go along."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n)
    grade = pd.cut(z, [-9, -1.3, -0.5, 0.5, 1.3, 9], labels=["poor", "fair", "good", "fine", "best"]).astype(str)
    y = np.where(z + 0.5 * rng.standard_normal(n) > 0, "yes", "no")
    return pd.DataFrame({"grade": grade, "x": z + 0.5 * rng.standard_normal(n), "y": y})


def test_levels_lie_as_the_scale_does_and_rows_keep_their_codes():
    table = TypedTable.from_frame(scale())
    nodes = [Node(table, j, np.random.default_rng(0)) for j in range(3)]
    before = dict(zip(scale()["grade"], nodes[0].kept[nodes[0].encoded.astype(int)], strict=True))
    order_levels(nodes)
    after = dict(zip(scale()["grade"], nodes[0].kept[nodes[0].encoded.astype(int)], strict=True))
    assert before == after, "a row has the level that it had"
    names = [next(name for name, level in after.items() if level == kept) for kept in nodes[0].kept]
    assert names in (["poor", "fair", "good", "fine", "best"], ["best", "fine", "good", "fair", "poor"])
    assert (nodes[0].encode(table.values[:, 0]) == nodes[0].encoded).all()


def test_a_copy_of_a_category_tells_nothing_of_its_order():
    frame = scale()
    table = TypedTable.from_frame(frame.assign(again=frame["grade"]))
    with_copy, without = ([Node(part, j, np.random.default_rng(0)) for j in range(3)] for part in (table, table))
    with_copy.append(Node(table, 3, np.random.default_rng(0)))
    order_levels(with_copy, {3: 0})
    order_levels(without)
    assert (with_copy[0].kept == without[0].kept).all()


def test_rare_levels_that_share_a_code_stay_last_and_columns_that_stand_alone_are_fine():
    rng = np.random.default_rng(0)
    many = pd.DataFrame({"c": rng.integers(0, 60, 300).astype(str), "x": rng.standard_normal(300)})
    for frame in (many, many[["c"]], many.assign(x="one")):
        table = TypedTable.from_frame(frame)
        nodes = [Node(table, j, np.random.default_rng(0)) for j in range(frame.shape[1])]
        rest = np.isin(table.values[:, 0], nodes[0].others)
        order_levels(nodes)
        assert rest.any() and (nodes[0].encoded[rest] == len(nodes[0].kept)).all()
        assert (nodes[0].encoded[~rest] < len(nodes[0].kept)).all()


def test_a_copulas_rows_follow_a_scale_of_more_than_two_levels():
    """By frequency, what goes along with it was lost: correlations of .03 for .84."""
    place = {"poor": 0, "fair": 1, "good": 2, "fine": 3, "best": 4}
    for seed in range(3):
        real, drawn = scale(seed=seed), augment(scale(seed=seed), "y", 4000, "copula", seed=seed)
        along = [frame["grade"].map(place).corr(frame["x"], method="spearman") for frame in (real, drawn)]
        assert along[1] > 0.85 * along[0] > 0.6
        ends = [frame.groupby("grade")["y"].apply(lambda y: (y == "yes").mean()) for frame in (real, drawn)]
        assert abs(ends[1]["poor"] - ends[0]["poor"]) < 0.15 and abs(ends[1]["best"] - ends[0]["best"]) < 0.15
