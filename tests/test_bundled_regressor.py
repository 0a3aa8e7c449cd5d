"""The bundled regressor is a real learner: it predicts untuned, and tuning on mixed rows goes on from there."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from .conftest import estimator


def table(n, seed, scale=1.0, shift=0.0):
    """A number that follows two columns and a class, among others that say nothing."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.standard_normal((n, 4)), columns=list("abcd"))
    X["k"] = pd.Categorical(rng.choice(["u", "v", "w"], n))
    X.loc[rng.random(n) < 0.1, "d"] = np.nan
    y = X["a"] + 0.7 * np.abs(X["b"]) + X["k"].cat.codes + 0.3 * rng.standard_normal(n)
    return X, pd.Series(shift + scale * y, name="y")


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (-1e-6, 5.0), (1e7, -3e9)])
def test_it_predicts_without_tuning_in_any_units(scale, shift):
    X, y = table(300, 0, scale, shift)
    X_test, y_test = table(300, 1, scale, shift)
    untuned = estimator("mini", "regression", 0, fine_tune=False).fit(X, y)
    assert r2_score(y_test, untuned.predict(X_test)) > 0.75


def test_an_outlier_among_the_targets_does_not_take_the_rest_along():
    X, y = table(300, 0)
    X_test, y_test = table(300, 1)
    y[7] = 40.0
    untuned = estimator("mini", "regression", 0, fine_tune=False).fit(X, y)
    assert r2_score(y_test, untuned.predict(X_test)) > 0.4


@pytest.mark.parametrize("mix_ratio", [0.0, 0.5])
def test_tuning_starts_from_it_and_is_never_worse_on_validation(mix_ratio):
    X, y = table(120, 0)
    X_val, y_val = table(60, 2)
    tuned = estimator("mini", "regression", 0, mix_ratio=mix_ratio, fine_tune_steps=10).fit(X, y, X_val, y_val)
    scores = tuned.report.validation_scores[0]
    assert len(scores) == 11 and min(scores) <= scores[0]
    untuned = estimator("mini", "regression", 0, fine_tune=False).fit(X, y, X_val, y_val)
    assert r2_score(y_val, tuned.predict(X_val)) >= r2_score(y_val, untuned.predict(X_val)) - 1e-6
    assert r2_score(y_val, tuned.predict(X_val)) > 0.6


def test_a_few_rows_at_a_time_have_the_bits_that_they_have_among_many():
    """In float32, with the real weights: products of 4 rows are summed in another order than those of a tile."""
    X, y = table(150, 0)
    X_test, _ = table(300, 1)
    untuned = estimator("mini", "regression", 0, fine_tune=False, n_views=1, precision="float32").fit(X, y)
    whole = untuned.predict(X_test)
    for size in (1, 2, 3, 4, 5, 17):
        parts = [untuned.predict(X_test[k : k + size]) for k in range(0, 60, size)]
        found = np.concatenate(parts)
        assert np.array_equal(found, whole[: len(found)]), size
