"""Real beside synthetic rows: the counts are right, name what differs, and give no row away."""

import json

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.metrics.comparison import BARS, CELLS, LEAST_ROWS, MAX_COLUMNS, MAX_ROWS, compare
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame


def compared(real: pd.DataFrame, synthetic: pd.DataFrame):
    table = TypedTable.from_frame(real)
    return compare(table, table.values, TypedTable.from_frame(synthetic, like=table).values)


def column(comparison, name):
    return next(one for one in comparison["columns"] if one["name"] == name)


def numbers(n, seed, **columns):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"a": rng.standard_normal(n), "b": rng.standard_normal(n)}).assign(**columns)


def test_the_target_comes_first_then_what_differs_most():
    real, synthetic = numbers(200, 0, y=0.0), numbers(200, 1, y=0.0)
    synthetic["b"] += 3
    one = compared(real, synthetic)
    assert [each["name"] for each in one["columns"]] == ["y", "b", "a"]
    assert column(one, "b")["distance"] > 0.8 > 0.3 > column(one, "a")["distance"] > column(one, "y")["distance"] == 0


def test_bars_count_every_row_between_round_edges():
    real, synthetic = numbers(300, 0), numbers(100, 1)
    synthetic.loc[:4, "a"] = 1e9  # beyond the outermost edge
    real.loc[:9, "a"] = np.nan
    one = column(compared(real, synthetic), "a")
    assert sum(one["real"]) == 290 and sum(one["synthetic"]) == 100 and len(one["real"]) <= BARS + 2
    assert one["step"] == 0.5 and one["low"] % one["step"] == 0 and one["synthetic"][-1] >= 5
    inside = real["a"].between(one["low"] + one["step"], one["low"] + 2 * one["step"], inclusive="left")
    assert one["real"][1] == inside.sum()
    assert one["missing_real"] == pytest.approx(1 / 30) and one["missing_synthetic"] == 0


def test_whole_numbers_have_a_bar_each_and_dates_round_days():
    rng = np.random.default_rng(0)
    real = pd.DataFrame({"n": rng.integers(0, 6, 100), "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(
        rng.integers(0, 900, 100), unit="D")}).assign(span=lambda f: f["day"] - pd.Timestamp("2020-01-01"))  # fmt: skip
    one = compared(real, real)
    n, day, span = (column(one, name) for name in ("n", "day", "span"))
    assert n["real"] == real["n"].value_counts().sort_index().tolist() and (n["low"], n["step"]) == (-0.5, 1.0)
    assert day["is_date"] and day["low"] % day["step"] == 0 and sum(day["real"]) == 100
    assert 0 <= (pd.Timestamp("2020-01-01") - pd.Timestamp(0)).days - day["low"] <= day["step"] * 2
    assert not span["is_date"] and span["low"] == 0


def test_no_value_of_a_row_and_no_rare_category_is_kept():
    rng = np.random.default_rng(0)
    name = np.array(["common"] * 90 + ["twice"] * LEAST_ROWS + [f"person {k}" for k in range(5)], dtype=object)
    real = pd.DataFrame({"income": np.exp(rng.standard_normal(100) * 3), "name": name, "x": rng.standard_normal(100)})
    one = compared(real, real.sample(100, replace=True, random_state=0))
    text = json.dumps(one, allow_nan=False)
    assert "person" not in text and column(one, "name")["rare"] == 5
    assert column(one, "name")["levels"] == ["common", "twice"] and column(one, "name")["real"] == [90, LEAST_ROWS, 5]
    for each in one["columns"]:
        if "low" in each:
            edges = each["low"] + each["step"] * np.arange(len(each["real"]) + 1)
            assert not np.isin(np.round(real[each["name"]], 9), np.round(edges, 9)).any()


def test_the_pair_whose_dependence_was_lost_is_named():
    rng = np.random.default_rng(5)
    real = numbers(400, 0).assign(c=lambda f: np.where(f["a"] > 0, "u", "v"), d=rng.standard_normal(400))
    real["e"] = real["d"].where(real["b"] > 0)
    synthetic = real.assign(c=rng.permutation(real["c"]), e=rng.permutation(real["e"]))
    pairs = compared(real, synthetic)["associations"]
    assert len({frozenset((pair["a"]["column"], pair["b"]["column"])) for pair in pairs}) == len(pairs)
    sides = {tuple(one[side].values()) for one in pairs[:2] for side in ("a", "b")}
    assert {("a", None, False), ("b", None, False), ("e", None, True)} < sides
    assert all(abs(pair["real"]) > 0.8 > 0.3 > abs(pair["synthetic"]) for pair in pairs[:2])


def test_the_map_counts_every_row_and_shows_where_the_others_are():
    real, synthetic = numbers(300, 0, c=0.0), numbers(200, 1, c=0.0)
    apart = compared(real, synthetic + 2)["map"]
    alike = compared(real, synthetic)["map"]
    for one in (apart, alike):
        assert sum(one["real"]) == 300 and sum(one["synthetic"]) == 200 and len(one["real"]) == CELLS**2
        assert 0 < one["explained"][1] <= one["explained"][0] < 1

    def overlap(one):
        coarse = [np.array(one[side]).reshape(4, 5, 4, 5).sum(axis=(1, 3)) for side in ("real", "synthetic")]
        return np.minimum(coarse[0] / coarse[0].sum(), coarse[1] / coarse[1].sum()).sum()

    assert overlap(apart) < 0.5 < 0.7 < overlap(alike)


def test_a_table_without_a_plane_has_no_map():
    frame = pd.DataFrame({"a": [1.0] * 20, "y": [2.0] * 20})
    assert compared(frame, frame)["map"] is None


def test_any_table_compares():
    real, synthetic = messy_frame(120), messy_frame(80, seed=1)
    real.loc[3, "number"] = np.inf
    one = compared(real, synthetic)
    json.dumps(one, allow_nan=False)
    assert {each["name"] for each in one["columns"]} == set(real.columns) and one["columns"][0]["name"] == "label"
    assert (one["rows_real"], one["rows_synthetic"]) == (120, 80)
    assert column(one, "empty")["missing_real"] == 1 and column(one, "constant")["distance"] == 0
    compared(real.iloc[:2], synthetic.iloc[:1])


def test_a_wide_table_stays_small():
    rng = np.random.default_rng(0)
    real, synthetic = (pd.DataFrame(rng.standard_normal((MAX_ROWS + 100, 80))).rename(columns=str) for _ in range(2))
    one = compared(real, synthetic)
    assert len(one["columns"]) == MAX_COLUMNS and one["columns_left_out"] == 80 - MAX_COLUMNS
    assert one["rows_real"] == MAX_ROWS and len(json.dumps(one)) < 30_000
    assert compared(real, synthetic) == one


def test_a_few_huge_numbers_leave_bars_to_the_others():
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 400)
    real = numbers(400, 0, age=np.where(np.arange(400) % 33 == 0, 999_999_999, age))
    one = column(compared(real, real.assign(age=np.where(real["age"] < 100, 18, real["age"]))), "age")
    assert one["distance"] > 0.8 and one["step"] < 50 and sum(one["real"]) == 400
