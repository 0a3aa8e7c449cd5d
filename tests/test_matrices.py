"""Codings without gaps are undone exactly, and anything decodes to what the table could hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from autogluon_causalmix import augment
from autogluon_causalmix.generators.matrices import Completed, OneHot, _nearest
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame


@pytest.mark.parametrize("coding", [Completed, OneHot])
def test_there_and_back(coding):
    frame = messy_frame(80)
    frame["many"] = pd.Categorical([f"level {k % 40}" for k in range(80)])
    table = TypedTable.from_frame(frame)
    coded = coding(table)
    matrix = coded.matrix(table.values)
    assert np.isfinite(matrix).all()
    pd.testing.assert_frame_equal(table.with_values(coded.values(matrix)).to_frame(), frame)


@pytest.mark.parametrize("coding", [Completed, OneHot])
def test_anything_decodes_into_the_table(coding):
    frame = messy_frame(80)
    table = TypedTable.from_frame(frame)
    coded = coding(table)
    wild = 100 * np.random.default_rng(0).standard_normal((50, coded.matrix(table.values).shape[1]))
    rows = table.with_values(coded.values(wild)).to_frame()
    assert rows["count"].between(frame["count"].min(), frame["count"].max()).all()
    assert set(rows["colour"]) <= set(frame["colour"]) and set(rows["day"]) <= set(frame["day"])
    assert rows["empty"].isna().all() and rows["flag"].dtype == bool


def test_infinite_values_become_the_nearest_bound():
    table = TypedTable.from_frame(pd.DataFrame({"a": [1.0, np.inf, 3.0, -np.inf]}))
    assert Completed(table).matrix(table.values)[:, 0].tolist() == [1.0, 3.0, 3.0, 1.0]


def test_numbers_of_few_values_stay_on_them():
    doses = np.array([0.5, 1.25, 40.0])
    table = TypedTable.from_frame(pd.DataFrame({"dose": np.resize(doses, 60), "weight": np.linspace(50, 90, 60)}))
    coded = Completed(table)
    rows = coded.values(coded.matrix(table.values) + 0.1)
    assert set(rows[:, 0]) == set(doses) and not set(rows[:-1, 1]) & set(table.values[:, 1])


@pytest.mark.parametrize("huge", [9999.0, 999999999.0, 1e300])
def test_a_few_huge_numbers_do_not_set_the_scale_of_the_others(huge):
    """Noise of a tenth of their standard deviation would be all that is left of an age."""
    rng = np.random.default_rng(0)
    age = np.where(np.arange(300) % 60 == 0, huge, rng.normal(50, 10, 300))
    zeros = np.where(rng.random(300) < 0.8, 0.0, rng.lognormal(1, 1, 300))
    table = TypedTable.from_frame(pd.DataFrame({"age": age, "zeros": zeros, "plain": rng.standard_normal(300)}))
    coding = Completed(table)
    whole = coding.matrix(table.values)
    np.testing.assert_array_equal(whole[:, 1:], table.values[:, 1:])
    np.testing.assert_allclose(coding.values(whole), table.values)
    disturbed = coding.values(whole + 0.1 * whole.std(axis=0) * rng.standard_normal(whole.shape))[:, 0]
    ordinary = age < 1000
    assert spearmanr(disturbed[ordinary], age[ordinary]).statistic > 0.9
    assert np.mean(disturbed == age.min()) < 0.05 and set(disturbed) <= set(age)


def test_the_nearest_of_many_levels_is_found_as_among_few():
    rng = np.random.default_rng(0)
    for known in (np.array([3.0]), np.array([-1.0, 0.0, 4.0]), np.unique(rng.integers(0, 10_000, 3000)).astype(float)):
        x = np.concatenate((rng.uniform(-5, 10_005, 500), known, (known[1:] + known[:-1]) / 2))
        np.testing.assert_array_equal(_nearest(known, x), known[np.abs(x[:, None] - known).argmin(axis=1)])


def test_places_beyond_the_last_turn_back():
    """Cut off they would pile up at the largest value, which of a heavy tail is huge."""
    heavy = np.exp(3 * np.random.default_rng(0).standard_normal(300))
    coding = Completed(TypedTable.from_frame(pd.DataFrame({"x": heavy})))
    places = coding.matrix(heavy[:, None])
    assert places.max() == 299, "coded by places"
    beyond = coding.values(np.linspace(-40, 339, 380)[:, None])[:, 0]
    assert (beyond == heavy.max()).sum() <= 2 and (beyond == heavy.min()).sum() <= 2
    assert beyond[-1] == np.sort(heavy)[-40] or beyond[-1] == np.sort(heavy)[-41]


def test_numbers_that_many_rows_share_are_told_from_others():
    rng = np.random.default_rng(0)
    cost = np.where(rng.random(200) < 0.6, 0.0, np.minimum(rng.lognormal(size=200), 3.0))
    frame = pd.DataFrame({"cost": cost, "steps": rng.integers(0, 5, 200).astype(float), "y": rng.standard_normal(200)})
    coding = Completed(TypedTable.from_frame(frame))
    shared = coding.shared(coding.matrix(frame.to_numpy()))
    np.testing.assert_array_equal(shared[:, 0], np.isin(cost, [0.0, 3.0]))
    assert not shared[:, 1:].any(), "few values are a grid"
    drawn = augment(frame, "y", 2000, "jitter", problem_type="regression")
    assert (drawn["cost"] == 0).mean() == pytest.approx((cost == 0).mean(), abs=0.05)


def test_mixtures_take_no_value_from_a_gap():
    rng = np.random.default_rng(0)
    x = np.where(rng.random(400) < 0.9, np.nan, 10 + 3 * rng.standard_normal(400))
    frame = pd.DataFrame({"x": x, "y": rng.integers(0, 2, 400)})
    drawn = augment(frame, "y", 4000, "mixup")["x"]
    assert drawn.std() > 0.85 * frame["x"].std() and drawn.isna().mean() == pytest.approx(np.isnan(x).mean(), abs=0.03)
