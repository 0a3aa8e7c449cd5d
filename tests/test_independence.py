"""Independence tests of numbers and categories: how often they are wrong, and what their strengths rank."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.independence import embed, p_values
from autogluon_causalmix.table import TypedTable


@pytest.mark.slow
@pytest.mark.parametrize("kinds", ["nn", "nc", "cc"])
@pytest.mark.parametrize("given", ["nothing", "number", "class"])
def test_type_one_error_is_near_its_level(kinds, given):
    rng = np.random.default_rng(0)
    rejected, trials, n = 0, 1000, 200
    for _ in range(trials):
        z = rng.standard_normal(n) if given == "number" else rng.integers(0, 3, n)
        effect = 0.0 if given == "nothing" else (z if given == "number" else (z == 1) * 1.5)
        columns = {}
        for name, kind in zip("xy", kinds, strict=True):
            if kind == "n":
                columns[name] = effect + rng.standard_normal(n)
            elif given == "nothing":
                columns[name] = pd.Categorical(rng.choice(["p", "q", "r"], n, p=[0.5, 0.3, 0.2]))
            else:
                columns[name] = pd.Categorical(np.where(rng.random(n) < 1 / (1 + np.exp(-effect)), "p", "q"))
        columns["z"] = z if given == "number" else pd.Categorical(z.astype(str))
        blocks = embed(TypedTable.from_frame(pd.DataFrame(columns)))
        depth = 0 if given == "nothing" else 1
        p, _ = p_values(blocks, blocks.correlation(), n, np.array([0]), np.array([1]), np.full((1, depth), 2))
        rejected += p[0] < 0.05
    assert 0.02 <= rejected / trials <= 0.08


@pytest.mark.parametrize("effect", [1.0, 1.7])
def test_type_one_error_given_a_column_is_not_far_above_its_level_where_a_third_is_missing(effect):
    """Correlations of pairs come of different rows: with the rows of a pair counted it was .19 and .23 for .1."""
    rng = np.random.default_rng(0)
    rejected, trials, n = 0, 1500, 500
    for _ in range(trials):
        z = rng.standard_normal(n)
        x = np.stack((effect * z + rng.standard_normal(n), effect * z + rng.standard_normal(n), z), axis=1)
        x[rng.random(x.shape) < 0.3] = np.nan
        blocks = embed(TypedTable.from_frame(pd.DataFrame(x, columns=list("xyz"))))
        correlation, known = blocks.correlation(), blocks.n_known()
        p, _ = p_values(blocks, correlation, known, np.array([0]), np.array([1]), np.array([[2]]))
        rejected += p[0] < 0.1
    assert 0.04 <= rejected / trials <= 0.18


def test_a_strength_is_as_improbable_whatever_the_number_of_coordinates():
    """Of nothing, a category of many levels shows more than a number does: it must not rank before it."""
    first = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        many = pd.Categorical(rng.integers(0, 8, 100).astype(str))
        frame = pd.DataFrame({"y": rng.integers(0, 2, 100).astype(bool), "x": rng.standard_normal(100), "c": many})
        blocks = embed(TypedTable.from_frame(frame))
        none = np.empty((2, 0), int)
        _, strength = p_values(blocks, blocks.correlation(), 100, np.array([0, 0]), np.array([1, 2]), none)
        assert ((strength > 0) & (strength < 1)).all()
        first += strength[1] > strength[0]
    assert 0.4 < first / 300 < 0.6


def test_strengths_of_what_is_all_but_certain_still_differ():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(5000)
    frame = pd.DataFrame({"x": x, "a": x + 0.5 * rng.standard_normal(5000), "b": x + 0.3 * rng.standard_normal(5000)})
    blocks = embed(TypedTable.from_frame(frame))
    p, strength = p_values(
        blocks, blocks.correlation(), 5000, np.array([0, 0]), np.array([1, 2]), np.empty((2, 0), int)
    )
    assert (p == 0).all() and 0.7 < strength[0] < strength[1] < 1


def test_power_and_the_blind_spot():
    rng, n, seen, blind = np.random.default_rng(0), 200, 0, 0
    for _ in range(100):
        x = rng.standard_normal(n)
        frame = pd.DataFrame({"x": x, "y": 0.25 * x + rng.standard_normal(n) * 0.968, "even": x**2})
        blocks = embed(TypedTable.from_frame(frame))
        p, _ = p_values(blocks, blocks.correlation(), n, np.array([0, 0]), np.array([1, 2]), np.empty((2, 0), int))
        seen, blind = seen + (p[0] < 0.05), blind + (p[1] > 0.05)
    assert seen > 85
    assert blind > 70, "documented: even dependence is not seen"
