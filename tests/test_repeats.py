"""Columns that repeat another one: whom the others follow, and what becomes of it on other rows."""

import logging

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import augment, discover, fit_scm
from autogluon_causalmix.causal.repeats import active_columns, is_copy
from autogluon_causalmix.table import TypedTable


def repeated(n=400):
    rng = np.random.default_rng(0)
    a = rng.standard_normal(n)
    return pd.DataFrame({"a": a, "y": a + 0.5 * rng.standard_normal(n), "b": 2 * a + 1})


def test_constant_columns_and_copies_are_set_aside():
    table = TypedTable.from_frame(repeated().assign(one=1.0))
    active, copies = active_columns(table)
    assert active.tolist() == [0, 1] and copies == {2: 0}
    assert is_copy(table, 2, 0) and not is_copy(table, 1, 0)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("again", ["born", "minus", "female", "code"])
def test_a_column_that_says_the_same_in_another_way_hides_no_edge(again, missing):
    """Both left in, either tells nothing given the other: the strongest cause would be in no graph."""
    rng = np.random.default_rng(0)
    age, male, land = rng.integers(18, 80, 300).astype(float), rng.random(300) < 0.5, rng.integers(0, 3, 300)
    if missing:
        age[:20] = np.nan
    names, codes = (np.array(one)[land] for one in (["Germany", "France", "Italy"], ["DE", "IT", "FR"]))
    one = {"born": age, "minus": age + rng.random(300), "female": male, "code": names}
    two = {"born": 2024 - age, "minus": -one["minus"], "female": ~male, "code": codes}
    effect = {"born": 0.05 * np.nan_to_num(age, nan=49), "minus": 0.05 * np.nan_to_num(age, nan=49)}
    y = effect.get(again, 2.0 * male if again == "female" else 1.5 * (land == 1)) + rng.standard_normal(300)
    frame = pd.DataFrame({"first": one[again], again: two[again], "y": y})
    graph = discover(frame, "y", n_resamples=5)
    assert graph.copies == {1: 0}
    strength = graph.edge_probabilities
    assert strength.loc["first", "y"] + strength.loc["y", "first"] > 0.9
    rows = fit_scm(frame, graph).sample(400, np.random.default_rng(1))
    pairs = set(zip(frame["first"].fillna(-1), frame[again].fillna(-1), strict=True))
    assert set(zip(rows["first"].fillna(-1), rows[again].fillna(-1), strict=True)) <= pairs


def test_columns_whose_values_all_differ_repeat_each_other_only_in_their_order():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"one": rng.permutation(200), "two": rng.permutation(200), "three": rng.permutation(200)})
    assert active_columns(TypedTable.from_frame(frame))[1] == {}


@pytest.mark.parametrize(
    "known", [{"roots": ["b"]}, {"forbidden_edges": [("y", "b")]}, {"required_edges": [("b", "y")]}]
)
def test_the_column_that_is_spoken_of_is_the_one_that_others_follow(known):
    frame = repeated()
    graph = discover(frame, n_resamples=5, **known)
    assert graph.copies == {0: 2}
    scm = fit_scm(frame, graph)
    rows = scm.sample(500, np.random.default_rng(1))
    assert np.allclose(rows["b"], 2 * rows["a"] + 1) and rows["a"].corr(rows["y"]) > 0.7
    moved = scm.intervene({"b": 3.0}, 20, np.random.default_rng(1))
    assert (moved["b"] == 3.0).all() and moved["a"].nunique() == 1


def test_without_knowledge_the_first_one_is_modelled_and_two_that_edges_join_both_are():
    assert discover(repeated(), n_resamples=3).copies == {2: 0}
    both = discover(repeated(), n_resamples=3, required_edges=[("a", "y"), ("b", "y")])
    assert both.copies == {}
    assert discover(repeated(), n_resamples=3, roots=["a", "b"]).copies == {2: 0}


def test_a_copy_that_is_none_in_other_rows_is_drawn_by_itself(caplog):
    rng = np.random.default_rng(0)
    a = (rng.random(400) < 0.1).astype(int)
    b = a.copy()
    b[300:] = rng.integers(0, 2, 100)
    x = rng.standard_normal(400)
    frame = pd.DataFrame({"a": a, "b": b, "x": x, "y": x + b + rng.standard_normal(400)})
    graph = discover(frame[:250], target="y", n_resamples=5)
    assert graph.copies == {1: 0}
    with caplog.at_level(logging.WARNING, logger="autogluon.causalmix"):
        rows = fit_scm(frame[250:], graph).sample(4000, rng)
    assert rows["b"].mean() == pytest.approx(frame["b"][250:].mean(), abs=0.03)
    assert "'b' repeated 'a'" in caplog.text


def test_a_level_that_the_subsample_of_a_long_table_lacks_leaves_no_number_that_is_none(recwarn):
    rng = np.random.default_rng(0)
    flag = pd.Categorical([1] + [0] * 7999)
    frame = pd.DataFrame({"x": rng.standard_normal(8000), "flag": flag, "y": rng.choice(["a", "b"], 8000)})
    for seed in range(3):
        graph = discover(frame, target="y", n_resamples=1, seed=seed)
        assert np.isfinite(graph.association).all() and np.isfinite(graph.probabilities).all()
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]


@pytest.mark.parametrize("generator", ["scm", "copula"])
@pytest.mark.parametrize("order", [["text", "number"], ["number", "text"]])
@pytest.mark.parametrize("unsaid", [None, "none"])
def test_columns_that_repeat_each_other_have_their_gaps_together(generator, order, unsaid):
    rng = np.random.default_rng(0)
    code, gone = rng.integers(0, 5, 300), rng.random(300) < 0.25
    text = pd.Series(np.array(list("abcde"))[code]).where(~gone, unsaid)
    frame = pd.DataFrame({"text": text, "number": np.where(gone, np.nan, code + 1.0)})[order]
    frame["x"] = code + rng.standard_normal(300)
    frame["y"] = np.where(frame["x"] > 2, "p", "q")
    rows = augment(frame, "y", 3000, generator)
    missing = rows["text"].isna() if unsaid is None else rows["text"] == unsaid
    assert (missing == rows["number"].isna()).all() and abs(missing.mean() - gone.mean()) < 0.05
    known = rows[~missing]
    assert (known["text"].map({letter: k + 1.0 for k, letter in enumerate("abcde")}) == known["number"]).all()


@pytest.mark.parametrize("apart", [0.01, 0.1])
def test_near_copies_do_not_hide_each_others_edges(apart):
    """Given one of them the other tells next to nothing, which does not say that it has no effect."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal(200)
    frame = pd.DataFrame({"x": z + apart * rng.standard_normal(200), "again": z + apart * rng.standard_normal(200)})
    frame["y"] = np.where(1.5 * z + rng.logistic(size=200) > 0, "a", "b")
    edges = discover(frame, target="y", n_resamples=10).edge_frame()
    ends = edges[["from", "to"]]
    for name in ("x", "again"):
        assert edges[ends.isin([name, "y"]).all(axis=1)]["probability"].sum() > 0.9
    rows = augment(frame, "y", 3000, "scm")
    strength = [abs(np.corrcoef(one["x"], one["y"] == "a")[0, 1]) for one in (frame, rows)]
    assert strength[1] > 0.6 * strength[0]


def test_a_number_follows_between_and_beyond_the_values_that_were_seen():
    rng = np.random.default_rng(0)
    cm = rng.normal(170, 10, 200).round(1)
    frame = pd.DataFrame({"cm": cm, "inch": cm / 2.54, "y": cm + rng.standard_normal(200), "mm": (cm * 10).astype(int)})
    scm = fit_scm(frame, discover(frame, n_resamples=5))
    for value in (150.05, 126.7, 210.0):
        rows = scm.intervene({"cm": value}, 5, rng)
        assert rows["inch"].to_numpy() == pytest.approx(value / 2.54)
        assert rows["mm"].to_numpy() == pytest.approx(value * 10, abs=1)
    rows = scm.sample(50, rng)
    assert rows["inch"].isin(frame["inch"]).all(), "what was seen follows as it was"
