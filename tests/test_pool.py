"""The pool: each row once, whole tasks, balanced classes; and what anybody's `sample` may return."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.base import RowPool, _balanced, draw
from autogluon_causalmix.table import TypedTable

TABLE = TypedTable.from_frame(
    pd.DataFrame({"x": np.arange(100.0), "y": pd.Categorical(list("aaab") * 25)}), categorical=["y"]
)


class Counter:
    """Rows 0, 1, 2, ...; every fourth is of class b."""

    def __init__(self):
        self.at, self.calls = 0, []

    def fit(self, table):
        return self

    def sample(self, n, rng):
        self.calls.append(n)
        self.at += n
        x = np.arange(self.at - n, self.at, dtype=float)
        return TABLE.with_values(np.column_stack((x, x % 4 == 3)))


def test_each_row_is_handed_out_once():
    pool = RowPool(Counter(), 10, np.random.default_rng(0), TABLE)
    taken = np.concatenate([pool.take(k) for k in (3, 4, 5, 25, 1)])[:, 0]
    assert taken.tolist() == list(range(38))
    assert pool.drawn >= 38


def test_a_generator_of_whole_tasks_is_asked_for_what_a_step_needs():
    class Tasks(Counter):
        one_task_per_draw = True

    generator = Tasks()
    pool = RowPool(generator, 1000, np.random.default_rng(0), TABLE)
    assert [len(pool.take(k)) for k in (3, 7)] == generator.calls == [3, 7]


def test_balanced_classes():
    pool = RowPool(Counter(), 40, np.random.default_rng(0), TABLE, balance=True)
    assert np.bincount(pool.take(40)[:, 1].astype(int)).tolist() == [20, 20]


def test_a_frame_will_do_and_anything_else_is_named():
    class Frames(Counter):
        def sample(self, n, rng):
            return pd.DataFrame({"y": ["b"] * n, "x": range(n)})

    class Short(Counter):
        def sample(self, n, rng):
            return TABLE.rows(np.arange(n - 1))

    np.testing.assert_array_equal(draw(Frames(), 2, np.random.default_rng(0), TABLE), [[0, 1], [1, 1]])
    with pytest.raises(DataError, match=r"Short.sample\(5\) returned \(4, 2\) instead of 5 rows of 2 columns"):
        draw(Short(), 5, np.random.default_rng(0), TABLE)


def test_rows_of_a_class_repeat_as_little_as_they_can():
    rows = np.column_stack((np.arange(100.0), np.arange(100) < 30))
    chosen = _balanced(rows, 100, np.random.default_rng(0))
    labels, counts = np.unique(chosen[:, 1], return_counts=True)
    assert labels.tolist() == [0, 1] and counts.tolist() == [50, 50]
    rare, times = np.unique(chosen[chosen[:, 1] == 1, 0], return_counts=True)
    assert len(rare) == 30 and times.max() == 2
