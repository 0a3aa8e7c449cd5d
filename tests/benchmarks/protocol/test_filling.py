"""Gaps are filled by what rows like this one hold there, and nothing else changes."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.filling import Filler

from ...conftest import messy_frame


def effect_with_gaps(n=400, seed=0):
    """Two numbers that go together and differ between groups; half of one is missing."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], n)
    x = rng.standard_normal(n)
    y = 2 * x + np.where(group == "a", 3.0, -3.0) + 0.2 * rng.standard_normal(n)
    frame = pd.DataFrame({"group": pd.Categorical(group), "x": x, "y": y, "other": rng.standard_normal(n)})
    return frame.assign(y=frame["y"].mask(rng.random(n) < 0.5)), pd.Series(y)


@pytest.mark.parametrize(("generator", "left"), [("scm", 0.35), ("copula", 0.6), ("bootstrap", 0.35)])
def test_a_number_becomes_what_is_expected_given_the_known_cells(generator, left):
    gappy, truth = effect_with_gaps()
    filled = Filler(generator, gappy[:300], seed=0)(gappy[300:])
    gone = gappy["y"][300:].isna()
    pd.testing.assert_frame_equal(filled[~gone], gappy[300:][~gone])
    pd.testing.assert_frame_equal(filled.drop(columns="y"), gappy[300:].drop(columns="y"))
    assert not filled["y"].isna().any()
    by_mean = np.square(truth[300:][gone] - gappy["y"][:300].mean()).mean()
    assert np.square(truth[300:][gone] - filled["y"][gone]).mean() < left * by_mean


def test_marginals_that_know_no_dependence_fill_no_better_than_the_mean():
    gappy, truth = effect_with_gaps()
    filled = Filler("marginals", gappy[:300], seed=0)(gappy[300:])
    gone = gappy["y"][300:].isna()
    by_mean = np.square(truth[300:][gone] - gappy["y"][:300].mean()).mean()
    assert np.square(truth[300:][gone] - filled["y"][gone]).mean() > 0.8 * by_mean


def test_categories_dates_and_columns_without_a_number_stay_as_they_are():
    frame = messy_frame(120).drop(columns="label")
    filled = Filler("copula", frame, seed=0)(frame)
    changed = [name for name in frame if not frame[name].equals(filled[name])]
    assert changed == ["gaps"] and not filled["gaps"].isna().any() and filled["empty"].isna().all()
    assert filled["gaps"].between(frame["gaps"].min(), frame["gaps"].max()).all()


def test_a_row_without_a_known_cell_and_rows_of_new_categories_are_filled_too():
    gappy, _ = effect_with_gaps()
    rows = pd.DataFrame({"group": [None, "new"], "x": [np.nan, 0.0], "y": [np.nan, np.nan], "other": [np.nan, 0.0]})
    filled = Filler("bootstrap", gappy, seed=0)(rows)
    assert np.isfinite(filled[["x", "y", "other"]].to_numpy()).all() and filled["group"].tolist() == [None, "new"]
    assert Filler("bootstrap", gappy, seed=0)(gappy[:0]).empty
