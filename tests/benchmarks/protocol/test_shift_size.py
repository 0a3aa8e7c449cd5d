"""Sizes of shifts: which of P(x) and P(y|x) changed is told apart, and none is not."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol import shift_size as module
from benchmarks.protocol.shift_size import ShiftSize, shift_size
from benchmarks.protocol.shifts import ShiftedRows
from benchmarks.protocol.tables import TARGET


def rows(seed, n=200, moved=0.0, changed=0.0):
    """Rows whose first feature lies ``moved`` further on, and whose target follows the third by ``changed``."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 3))
    x[:, 0] += moved
    p = 1 / (1 + np.exp(-(2 * x[:, 1] + np.tanh(x[:, 0]) + changed * x[:, 2])))
    target = pd.Categorical(np.where(rng.random(n) < p, "yes", "no"), ["no", "yes"])
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], TARGET: target})


def parts(test, shifted):
    return ShiftedRows(test, test, test, shifted, pd.Series(["there"] * len(shifted)), "there")


def size(seed=0, draws=19, **shift):
    return shift_size(parts(rows(2 * seed), rows(2 * seed + 1, **shift)), np.random.default_rng(seed), draws)


@pytest.mark.parametrize(
    ("shift", "features", "target"),
    [
        ({}, False, False),
        ({"moved": 1.5}, True, False),
        ({"changed": 4.0}, False, True),
        ({"moved": 1.0, "changed": 4.0}, True, True),
        ({"moved": 20.0}, True, None),
    ],
    ids=["none", "features", "target", "both", "no overlap"],
)
def test_what_changed_is_told_apart_from_what_did_not(shift, features, target):
    measured = size(**shift)
    assert (measured.features_differ, measured.target_differs) == (features, target)
    assert measured.is_control == (not shift)
    assert measured.rows == (200, 200)
    if features:
        assert measured.domain_auc > 0.65
    if target:
        assert measured.target_gain > 0.01
    if target is None:
        assert measured.domain_auc > 0.95 and measured.overlap < 0.1 and measured.target_gain is None


def test_a_category_and_a_gap_tell_sides_apart_too():
    test, shifted = rows(0), rows(1)
    for part, level, gaps in ((test, "u", 0.1), (shifted, "v", 0.7)):
        rng = np.random.default_rng(len(level))
        part["d"] = pd.Categorical(np.where(rng.random(200) < 0.8, level, "w"), ["u", "v", "w"])
        part["a"] = part["a"].mask(rng.random(200) < gaps)
    for left in ("a", "d"):
        one = parts(*(part[[left, TARGET]] for part in (test, shifted)))
        assert shift_size(one, np.random.default_rng(0), 19).features_differ


def test_a_column_with_no_value_or_with_one_says_nothing_and_stops_nothing():
    test, shifted = (rows(seed)[["b", TARGET]].assign(empty=np.nan) for seed in (0, 1))
    test["once"] = [1.0] + [np.nan] * 199
    shifted["once"] = np.nan
    assert not shift_size(parts(test, shifted), np.random.default_rng(0), 19, rows=200).features_differ


def test_the_same_generator_gives_the_same_size_and_large_sides_are_thinned_out():
    first, again = (shift_size(parts(rows(0), rows(1)), np.random.default_rng(5), 19, rows=60) for _ in range(2))
    assert first == again and first.rows == (60, 60)


def test_the_size_is_plain_values_with_its_decisions():
    measured = ShiftSize((10, 12), 0.6, 0.05, None, None, 0.0)
    written = json.loads(json.dumps(measured.to_dict()))
    assert written["features_differ"] is True and written["target_differs"] is None and written["is_control"] is False
    assert written["rows"] == [10, 12] and written["domain_auc"] == 0.6


def test_too_few_draws_for_a_decision_are_refused():
    with pytest.raises(ValueError, match=r"draws=18 gives no p-value of 0\.05 or less: at least 19 are needed"):
        size(draws=18)


def test_a_p_value_counts_the_actual_value_among_the_null():
    assert module._p_value(3.0, [1.0, 2.0, 2.5]) == 0.25
    assert module._p_value(2.0, [1.0, 2.0, 2.5]) == 0.75


@pytest.mark.slow
def test_under_no_shift_and_under_one_of_the_features_alone_few_are_called_different():
    alike = [size(seed) for seed in range(10, 20)]
    moved = [size(seed, moved=1.5) for seed in range(10, 20)]
    # Of ten tests at the level of 5 %, more than three are wrong by chance about once in a thousand times.
    assert sum(one.features_differ for one in alike) <= 3
    assert sum(bool(one.target_differs) for one in alike) <= 3
    assert sum(bool(one.target_differs) for one in moved) <= 3
    assert all(one.features_differ for one in moved)
