"""The training data of one fit: how later rows are read, and what is kept of the training rows."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.finetune.problem import Problem

from .conftest import blobs


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "Int64"])
def test_numbers_that_training_lacked_keep_their_order_where_training_knows_two(dtype):
    """Read as a missing class they would all lie between the two."""
    X, y = blobs(30)
    X["dose"] = pd.Series(np.arange(30) % 2, dtype=dtype)
    problem = Problem(X, y, False, 2)
    later = X.iloc[:6].assign(dose=pd.Series([0, 1, 7, -4, 3, None], dtype="Int64" if dtype == "Int64" else float))
    code = problem.encode(later)[:, -1]
    assert list(np.argsort(code[:5])) == [3, 0, 1, 4, 2]
    assert code[0] < code[5] < code[1], "a missing number is the mean"
    np.testing.assert_array_equal(problem.encode(X)[:, -1], problem.x[:, -1])


def test_two_words_stay_classes():
    X, y = blobs(30)
    X["word"] = np.where(np.arange(30) % 2, "0", "1")
    code = Problem(X, y, False, 2).encode(X.iloc[:3].assign(word=["0", "1", "7"]))[:, -1]
    assert code[0] < code[2] < code[1], "a class that training lacked lies between those it had"


def test_infinite_cells_of_a_column_of_two_numbers_are_the_nearest_bound():
    X, y = blobs(30)
    X["dose"] = np.where(np.arange(30) % 2, 2.0, 5.0)
    code = Problem(X, y, False, 2).encode(X.iloc[:4].assign(dose=[2.0, 5.0, np.inf, -np.inf]))[:, -1]
    assert list(code[2:]) == [code[1], code[0]]


def test_forgotten_rows_leave_the_memory():
    X, y = blobs(40)
    slim = Problem(X, y, False, 2).forget_rows()
    kept = [slim.features.values, slim.joint.values, slim.x, slim.target]
    assert all(len(array) == 0 for array in kept)
    assert all(array.base is None or array.base.size == 0 for array in kept), "a view keeps every row alive"
    assert slim.encode(X).shape == (40, 5)
