"""Real rows first and unchanged, synthetic ones after them, and what each kind weighs."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.augmentation.mixing import ModelData
from autogluon_causalmix.augmentation.rows import Drawn


def data(n=6, **more):
    X = pd.DataFrame({"a": np.arange(n), "c": pd.Categorical(["u", "v"] * (n // 2))}, index=range(10, 10 + n))
    return ModelData(X, pd.Series(np.arange(n) % 2, index=X.index, name="y"), **more)


def drawn(n=3):
    X = pd.DataFrame({"a": np.full(n, 7), "c": pd.Categorical(["v"] * n, categories=["u", "v"])})
    return Drawn(X, pd.Series(np.ones(n, dtype=np.int64), name="y"))


def test_real_rows_come_first_and_dtypes_stay():
    real = data()
    mixed = real.mixed(drawn(), None)
    assert mixed.X.dtypes.equals(real.X.dtypes) and mixed.y.dtype == real.y.dtype
    pd.testing.assert_frame_equal(mixed.X[:6], real.X.reset_index(drop=True))
    pd.testing.assert_frame_equal(mixed.X[6:].reset_index(drop=True), drawn().X)
    assert mixed.y.tolist() == [0, 1, 0, 1, 0, 1, 1, 1, 1]
    assert mixed.weight is None and mixed.weight_val is None


def test_without_a_word_a_synthetic_row_weighs_what_a_real_one_does_on_average():
    weight = np.array([1.0, 2, 3, 4, 5, 9])
    mixed = data(weight=weight).mixed(drawn(), None)
    assert mixed.weight[:6].tolist() == weight.tolist() and mixed.weight[6:].tolist() == [4.0] * 3


def test_weights_that_balance_classes_still_do():
    X = pd.DataFrame({"a": np.arange(10.0)})
    y = pd.Series([0] * 8 + [1] * 2)
    rows = Drawn(X.iloc[:5], pd.Series([0, 0, 0, 0, 1]))
    weight = np.where(y == 0, 1 / 8, 1 / 2)
    by_class = ModelData(X, y, weight).mixed(rows, None, by_class=True).weight[10:]
    assert by_class.sum() == pytest.approx(5 * weight.mean()) and by_class[4] == pytest.approx(4 * by_class[0])
    assert ModelData(X, y, weight).mixed(rows, 0.5, by_class=True).weight[10:].sum() == pytest.approx(
        0.5 * weight.sum()
    )
    unknown = Drawn(X.iloc[:1], pd.Series([2]))
    assert ModelData(X, y, weight).mixed(unknown, None, by_class=True).weight[10] == pytest.approx(weight.mean())
    assert ModelData(X, y, weight * 0).mixed(rows, None, by_class=True).weight[10:].tolist() == [0.0] * 5


@pytest.mark.parametrize("weight", [None, np.array([1.0, 2, 3, 4, 5, 9])])
def test_the_total_of_synthetic_rows_is_a_multiple_of_the_real_one(weight):
    mixed = data(weight=weight).mixed(drawn(), 0.25)
    real = np.ones(6) if weight is None else weight
    np.testing.assert_array_equal(mixed.weight[:6], real)
    assert mixed.weight[6:].sum() == pytest.approx(0.25 * real.sum())


def test_validation_rows_weigh_one_where_training_rows_got_weights_here():
    validation = data()
    more = {"X_val": validation.X, "y_val": validation.y}
    assert data(**more).mixed(drawn(), 0.5).weight_val.tolist() == [1.0] * 6
    assert data(**more).mixed(drawn(), None).weight_val is None
    given = data(weight=np.ones(6), weight_val=np.full(6, 2.0), **more).mixed(drawn(), 0.5)
    assert given.weight_val.tolist() == [2.0] * 6


def test_rows_held_out_leave_training_with_their_weights():
    real = data(20, weight=np.arange(20.0))
    split = real.held_out(0.2, False, np.random.default_rng(0))
    assert len(split.X) == 16 and len(split.X_val) == 4 and not set(split.X.index) & set(split.X_val.index)
    assert split.y_val.value_counts().tolist() == [2, 2]
    assert split.weight.tolist() == split.X["a"].tolist() and split.weight_val.tolist() == split.X_val["a"].tolist()
