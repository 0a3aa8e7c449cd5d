"""Who trains and who picks the step: rows that are given, held out, or held out in turn."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split

from .conftest import blobs


def rotated(n=60, n_members=4, share=0.2, y=None, kind="multiclass"):
    X, given = blobs(n, n_classes=3)
    problem = Problem.read(X, given if y is None else pd.Series(y, name="y"), kind, 3)
    return problem, Split.rotated(problem, n_members, share, np.random.default_rng(0))


@pytest.mark.parametrize(("n_members", "share", "size"), [(4, 0.2, 12), (4, 0.25, 15), (6, 0.5, 10)])
def test_no_two_members_hold_out_the_same_row(n_members, share, size):
    problem, splits = rotated(n_members=n_members, share=share)
    held_out = [np.setdiff1d(np.arange(60), split.training) for split in splits]
    assert len(splits) == n_members and all(abs(len(rows) - size) <= 1 for rows in held_out)
    assert len(np.unique(np.concatenate(held_out))) == sum(map(len, held_out))
    for split, rows in zip(splits, held_out, strict=True):
        np.testing.assert_array_equal(split.x_val, problem.x[rows])
        np.testing.assert_array_equal(split.target_val, problem.target[rows])
        np.testing.assert_array_equal(split.unseen, problem.joint.values[rows])
        assert not np.isin(split.training_support(999), rows).any()
        counts = np.bincount(split.target_val, minlength=3) / np.bincount(problem.target)
        assert np.ptp(counts) < 0.15, "classes in proportion"
    assert all(np.array_equal(split.order, splits[0].order) for split in splits), "one support for all predictions"


def test_rare_classes_stay_in_training():
    y = np.zeros(40, dtype=int)
    y[3], y[5:7] = 1, 2
    problem, splits = rotated(40, y=y)
    for split in splits:
        assert set(problem.target[split.training]) == {0, 1, 2}
    assert not any((split.target_val == 1).any() for split in splits), "its only row"


def test_fewer_rows_than_parts():
    _, splits = rotated(5, n_members=8)
    assert 1 <= len(splits) <= 5 and all(split.n_validation for split in splits)
    _, splits = rotated(3, n_members=4, y=[0, 1, 2])
    assert len(splits) == 1 and splits[0].n_validation == 0 and len(splits[0].training) == 3


def test_numbers_are_held_out_in_turn_too():
    _, splits = rotated(kind="regression", y=np.arange(60.0))
    assert [split.n_validation for split in splits] == [12] * 4


def test_a_cut_of_the_validation_rows_keeps_the_classes_in_proportion():
    X, y = blobs(90, n_classes=3)
    problem = Problem.read(X, y, "multiclass", 3)
    in_order = np.argsort(y.to_numpy(), kind="stable")
    split = Split.choose(problem, (X.iloc[in_order], y.iloc[in_order]), 0.2, np.random.default_rng(0))
    some = split.validation_support(30, False, np.random.default_rng(0))
    assert len(np.unique(some)) == 30
    shares = np.bincount(split.target_val[some], minlength=3) / np.bincount(split.target_val)
    assert np.ptp(shares) < 0.1
    np.testing.assert_array_equal(split.validation_support(90, False, np.random.default_rng(0)), np.arange(90))
    assert len(split.validation_support(0, True, np.random.default_rng(0))) == 0
