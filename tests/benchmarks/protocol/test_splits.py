"""The low-data split: its parts are disjoint, stratified where there are classes, capped and repeatable."""

import numpy as np
import pandas as pd

from benchmarks.protocol import regression_tables
from benchmarks.protocol.splits import LowData, LowDataRare, LowDataRegression
from benchmarks.protocol.tables import TARGET


def table(n=300):
    labels = pd.Categorical(np.where(np.arange(n) % 3 == 0, "rare", "common"))
    return pd.DataFrame({"x": np.arange(n), TARGET: labels})


def test_parts_are_disjoint_and_as_large_as_defined():
    train, validation, test = LowData(rows=100, fold=1, test_rows=150).draw(table())
    assert [len(part) for part in (train, validation, test)] == [80, 20, 150]
    assert pd.concat([train, validation, test])["x"].is_unique
    assert abs((pd.concat([train, validation])[TARGET] == "rare").mean() - 1 / 3) < 0.02


def test_a_fold_is_the_same_rows_each_time_and_other_rows_than_the_next():
    first, again, other = (LowData(rows=100, fold=fold).draw(table())[0] for fold in (0, 0, 1))
    assert first.equals(again) and not first.equals(other)


def test_half_of_a_small_table_is_kept_for_testing_and_validation_may_be_empty():
    train, validation, test = LowData(rows=200, validation=0.0).draw(table(60))
    assert [len(part) for part in (train, validation, test)] == [30, 0, 30]


def test_a_target_that_is_a_number_is_split_alike_though_none_of_its_values_repeats():
    numbers = pd.DataFrame({"x": np.arange(300), regression_tables.TARGET: np.arange(300) / 7})
    parts = LowDataRegression(rows=100, fold=1, test_rows=150).draw(numbers)
    assert [len(part) for part in parts] == [80, 20, 150] and pd.concat(parts)["x"].is_unique
    other = LowDataRegression(rows=100, fold=2, test_rows=150).draw(numbers)
    assert not parts[0].equals(other[0])


def test_the_smallest_class_is_made_rare_everywhere_and_others_are_left_alone():
    frame = table(1200)
    parts = LowDataRare(rows=200, validation=0.0, rare=0.1).draw(frame)
    assert [len(part) for part in parts] == [200, 0, 689] and pd.concat(parts)["x"].is_unique
    for part in (parts[0], parts[2]):
        assert abs((part[TARGET] == "rare").mean() - 0.1) < 0.01
    assert (pd.concat(parts)[TARGET] == "common").sum() == 800
    rare = [
        {*LowDataRare(rows=200, rare=0.1, fold=fold).draw(frame)[2].query(f"`{TARGET}` == 'rare'")["x"]}
        for fold in (0, 0, 1)
    ]
    assert rare[0] == rare[1] != rare[2]
    assert len(LowDataRare(rows=200, rare=0.5).draw(frame)[2]) == 1000, "a class that is rarer already stays so"
