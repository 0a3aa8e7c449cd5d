"""Codings without gaps are undone exactly, and anything decodes to what the table could hold."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

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
