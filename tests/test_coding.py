"""Rows as points: ranks, categories that are 1 apart, and marks of missing values."""

import numpy as np
import pandas as pd

from autogluon_causalmix.metrics.coding import RowCoding
from autogluon_causalmix.table import TypedTable

FRAME = pd.DataFrame({"x": [1.5, 10.0, np.nan, 7.0], "c": pd.Categorical(["u", "v", "w", None])})


def test_coordinates_are_named_by_column_and_level():
    assert RowCoding(TypedTable.from_frame(FRAME)).parts == [(0, None), (0, -1), (1, 0), (1, 1), (1, 2), (1, -1)]


def test_numbers_are_ranks_and_categories_are_one_apart():
    table = TypedTable.from_frame(FRAME)
    coded = RowCoding(table)(table.values)
    assert np.allclose(coded[:, 0], [0, 2 / 3, 0.5, 1 / 3]) and coded[:, 1].tolist() == [0, 0, 1, 0]
    assert np.isclose(np.linalg.norm(coded[0, 2:] - coded[1, 2:]), 1)
    assert coded[3, 2:].tolist() == [0, 0, 0, 1]


def test_only_chosen_levels_get_a_coordinate():
    table = TypedTable.from_frame(FRAME)
    assert RowCoding(table, {0: None, 1: np.array([2])}).parts == [(0, None), (0, -1), (1, 2), (1, -1)]
