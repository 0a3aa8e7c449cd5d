"""Extrapolation: labels in turn, their own seconds, what is left."""

import pandas as pd
import pytest

from benchmarks.grid.estimate import extrapolated, forecast, spread

from ..tiny import Fold, cell


def grid(labels=("cheap", "dear", "other"), folds=10):
    return [cell(k, label=label, split=Fold(fold)) for fold in range(folds) for k, label in enumerate(labels)]


def test_every_label_is_measured_in_turn_and_no_cell_twice():
    chosen = spread(grid(), 7)
    assert sorted(pd.Series([one.label for one in chosen]).value_counts()) == [2, 2, 3]
    assert len({one.key for one in chosen}) == 7 and spread(grid(), 7) == chosen
    assert len({one.split.fold for one in spread(grid(), 12)}) > 1, "not the first folds alone"
    assert len(spread(grid(), 99)) == 30


def test_hours_are_each_labels_mean_times_its_cells():
    rows = pd.DataFrame({"label": ["cheap", "cheap", "dear"], "cell_seconds": [1.0, 3.0, 36.0]})
    left = [one for one in grid() if one.label != "other"] * 9  # 90 of each
    table = extrapolated(rows, left)
    assert table.loc["cheap", "hours left"] == pytest.approx(2 * 90 / 3600)
    assert table.loc["dear", "hours left"] == pytest.approx(0.9)
    assert table.loc["cheap", "± hours"] == pytest.approx(1.0 * 90 / 3600) and pd.isna(table.loc["dear", "± hours"])
    assert "180 cells left: 1.0 hours of one worker" in forecast(rows, left, 2)[0]
    assert "0.5 hours on 2, by 3 measured cells" in forecast(rows, left, 2)[0]


def test_a_label_that_was_not_measured_takes_the_mean_of_the_others():
    rows = pd.DataFrame({"label": ["cheap", "dear"], "cell_seconds": [10.0, 30.0]})
    assert extrapolated(rows, [cell(1, label="other")]).loc["other", "mean seconds"] == 20


def test_nothing_measured_is_said():
    assert forecast(pd.DataFrame({"label": [], "cell_seconds": []}), grid(), 1) == [
        "No cell was measured: nothing to extrapolate from."
    ]
