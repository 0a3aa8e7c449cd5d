"""Bars and maps show the counts, of the fold that is told apart most easily."""

import re

import pytest

from autogluon_causalmix.page.comparison import FIRST, HEIGHT, WIDTH, compared

from ..findings.reports import folds


def number(name="x", **other):
    shares = {"distance": 0.5, "missing_real": 0.1, "missing_synthetic": 0.0}
    bars = {"low": 0.0, "step": 5.0, "is_date": False, "real": [3, 1], "synthetic": [1, 1]}
    return {"name": name, "kind": "numeric"} | shares | bars | other


def comparison(*columns, **other):
    rest = {"rows_real": 4, "rows_synthetic": 2, "columns_left_out": 0, "associations": [], "map": None}
    return rest | {"columns": list(columns)} | other


def points(path):
    """Corners of a path of M, H and V."""
    x = y = None
    for letter, numbers in re.findall(r"([MHV])([\d.,]+)", path):
        if letter == "M":
            x, y = map(float, numbers.split(","))
        elif letter == "H":
            x = float(numbers)
        else:
            y = float(numbers)
        yield x, y


def test_bars_are_as_high_as_their_share_of_the_rows():
    one = compared(folds(comparison=comparison(number())))
    (card,) = one["cards"]
    top, half = 0.0, HEIGHT * (1 - 0.5 / 0.75)
    third = HEIGHT * (1 - 0.25 / 0.75)
    real = [(0, HEIGHT), (0, top), (WIDTH / 2, top), (WIDTH / 2, third), (WIDTH, third), (WIDTH, HEIGHT)]
    assert list(points(card["real"])) == [pytest.approx(corner, abs=0.1) for corner in real]
    assert {y for _, y in points(card["synthetic"])} == {round(half, 1)}
    assert card["ends"] == ["0", "10"]


def test_whole_numbers_name_the_first_and_the_last():
    years = number(low=2019.5, step=1.0, real=[1, 2, 3], synthetic=[1, 1, 1])
    (card,) = compared(folds(comparison=comparison(years)))["cards"]
    assert card["ends"] == ["2020", "2022"]
    (card,) = compared(folds(comparison=comparison(number(low=0.0, step=8000.0))))["cards"]
    assert card["ends"] == ["0", "16,000"]


def test_ends_are_told_apart_and_as_exact_as_the_bars():
    near = number(low=-122.42, step=0.0025, real=[1] * 16, synthetic=[1] * 16)
    large = number(low=123_456.5, step=0.25, real=[1] * 4, synthetic=[1] * 4)
    months = number(low=202_300.5, step=1.0, real=[1] * 12, synthetic=[1] * 12)
    cards = compared(folds(comparison=comparison(near, large, months)))["cards"]
    assert [card["ends"] for card in cards] == [
        ["-122.42", "-122.38"],
        ["123456.5", "123457.5"],
        ["202,301", "202,312"],
    ]


def test_dates_are_written_as_dates_and_rare_levels_together():
    date = number(low=18262.0, step=31.0, is_date=True)
    level = {k: v for k, v in number().items() if k not in ("low", "step", "is_date")}
    level |= {"levels": ["u"], "rare": 7, "real": [3, 1], "synthetic": [1, 1]}
    cards = compared(folds(comparison=comparison(date, level)))["cards"]
    assert cards[0]["ends"] == ["2020-01-01", "2020-03-03"]
    far = number(low=106_751.0, step=365.0, is_date=True)
    assert compared(folds(comparison=comparison(far)))["cards"][0]["ends"][1] > "2262-04-11", "where pandas ends"
    assert cards[1]["levels"] == [
        {"name": "u", "real": 0.75, "synthetic": 0.5},
        {"name": "7 rarer", "real": 0.25, "synthetic": 0.5},
    ]


def test_the_fold_told_apart_most_easily_is_shown():
    each = tuple(comparison(number(name)) for name in ("a", "b"))
    reports = folds(comparison=(*each, None), fidelity=({"two_sample_auc": 0.6}, {"two_sample_auc": 0.8}, None))
    one = compared(reports)
    assert (one["fold"], one["n_folds"], one["cards"][0]["name"]) == ("S1F2", 2, "b")


def test_columns_that_differ_less_are_folded_away():
    one = compared(folds(comparison=comparison(*(number(f"x{k}") for k in range(FIRST + 3)))))
    assert (len(one["cards"]), len(one["more_cards"])) == (FIRST, 3)


def test_pairs_are_named():
    sides = [("a", None, False), ("b", "u", False), ("c", None, True)]
    a, b, c = ({"column": name, "level": level, "is_missing": gone} for name, level, gone in sides)
    pairs = [{"a": a, "b": b, "real": 0.5, "synthetic": 0.1}, {"a": a, "b": c, "real": 0.2, "synthetic": 0.1}]
    shown = compared(folds(comparison=comparison(number(), associations=pairs)))["associations"]
    assert [(pair["a"], pair["b"]) for pair in shown] == [("a", "b = u"), ("a", "c missing")]


def test_the_map_has_a_square_for_every_cell_with_rows():
    one = {"cells": 2, "real": [0, 4, 0, 0], "synthetic": [1, 0, 0, 1], "explained": [0.6, 0.3]}
    shown = compared(folds(comparison=comparison(number(), map=one)))["map"]
    assert shown["real"] == [{"opacity": 1.0, "path": "M1,1h1v1h-1z"}]
    assert [part["path"] for part in shown["synthetic"]] == ["M0,1h1v1h-1zM1,0h1v1h-1z"]
    assert shown["synthetic"][0]["opacity"] < 1


def test_without_a_comparison_there_is_nothing_to_show():
    assert compared(folds()) is None
    assert compared({"": {"fidelity": None}}) is None, "a report of an earlier version"
