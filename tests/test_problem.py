"""The training data of one fit: how later rows are read, and what is kept of the training rows."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.finetune.problem import Problem

from .conftest import blobs


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "Int64"])
def test_numbers_that_training_lacked_keep_their_order_where_training_knows_two(dtype):
    """Read as a missing class they would all lie between the two."""
    X, y = blobs(30)
    X["dose"] = pd.Series(np.arange(30) % 2, dtype=dtype)
    problem = Problem.read(X, y, "binary", 2)
    later = X.iloc[:6].assign(dose=pd.Series([0, 1, 7, -4, 3, None], dtype="Int64" if dtype == "Int64" else float))
    code = problem.reader.encode(later)[:, -1]
    assert list(np.argsort(code[:5])) == [3, 0, 1, 4, 2]
    assert code[0] < code[5] < code[1], "a missing number is the mean"
    np.testing.assert_array_equal(problem.reader.encode(X)[:, -1], problem.x[:, -1])


def test_two_words_stay_classes():
    X, y = blobs(30)
    X["word"] = np.where(np.arange(30) % 2, "0", "1")
    code = Problem.read(X, y, "binary", 2).reader.encode(X.iloc[:3].assign(word=["0", "1", "7"]))[:, -1]
    assert code[0] < code[2] < code[1], "a class that training lacked lies between those it had"


def test_infinite_cells_of_a_column_of_two_numbers_are_the_nearest_bound():
    X, y = blobs(30)
    X["dose"] = np.where(np.arange(30) % 2, 2.0, 5.0)
    code = Problem.read(X, y, "binary", 2).reader.encode(X.iloc[:4].assign(dose=[2.0, 5.0, np.inf, -np.inf]))[:, -1]
    assert list(code[2:]) == [code[1], code[0]]


def test_the_reader_of_later_rows_keeps_no_training_row_alive():
    X, y = blobs(40)
    reader = Problem.read(X, y, "binary", 2).reader
    filled = [part for part in arrays_of(reader) if part.size]
    assert filled and all(len(part) <= X.shape[1] for part in filled)
    assert all(base_of(part).size <= X.shape[1] for part in arrays_of(reader)), "a view keeps every row alive"
    assert reader.encode(X).shape == (40, 5)


def arrays_of(thing, seen=None):
    """Every NumPy array that an object holds, at any depth."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return [thing]
    parts = list(thing) if isinstance(thing, (list, tuple)) else list(getattr(thing, "__dict__", {}).values())
    return [array for part in parts for array in arrays_of(part, seen)]


def base_of(array):
    """The array whose memory a view shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def test_an_infinite_target_is_named():
    X, _ = blobs(20)
    with pytest.raises(DataError, match="the target has 2 infinite values: drop these rows"):
        Problem.read(X, pd.Series([np.inf, -np.inf, *np.arange(18.0)]), "regression")
