"""Codings without gaps are undone exactly, and anything decodes to what the table could hold."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.matrices import Completed, OneHot
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
