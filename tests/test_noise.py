"""Dependent noise: correlations are those of what is behind coarse columns, and of the rows that know both."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import augment
from autogluon_causalmix.causal.noise import NoiseScores, _mean_polynomials, copula_factor


def coarse(n, seed):
    """Five normal variables with correlations of .7, of which four are seen through steps; and a class of 16 %."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, 5)) @ np.linalg.cholesky(np.full((5, 5), 0.7) + 0.3 * np.eye(5)).T
    return pd.DataFrame(
        {
            "number": z[:, 0],
            "binary": np.where(z[:, 1] > 0, "high", "low"),
            "zeros": np.where(z[:, 2] > 0.5, np.exp(z[:, 2]), 0.0),
            "steps": np.digitize(z[:, 3], [-1, 0, 1]).astype(float),
            "y": np.where(z[:, 4] > 1.0, "yes", "no"),
        }
    )


def correlations(frame):
    codes = frame.assign(binary=frame["binary"] == "high", y=frame["y"] == "yes", zeros=frame["zeros"].rank())
    return codes.astype(float).corr().to_numpy()[np.triu_indices(5, 1)]


def test_what_depends_on_a_category_does_so_in_a_copulas_rows():
    real = np.mean([correlations(coarse(500, seed)) for seed in range(3)], axis=0)
    drawn = [correlations(augment(coarse(500, seed), "y", 4000, "copula", seed=seed)) for seed in range(3)]
    np.testing.assert_allclose(np.mean(drawn, axis=0), real, atol=0.06)
    assert real.min() > 0.35


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_gaps_do_not_weaken_a_copulas_correlations(share):
    rng = np.random.default_rng(0)
    u = rng.standard_normal(500)
    v = 0.8 * u + 0.6 * rng.standard_normal(500)
    frame = pd.DataFrame({"u": np.where(rng.random(500) < share, np.nan, u), "v": v, "y": rng.integers(0, 2, 500)})
    drawn = augment(frame, "y", 4000, "copula")
    assert drawn[["u", "v"]].corr().iloc[0, 1] == pytest.approx(frame[["u", "v"]].corr().iloc[0, 1], abs=0.06)


def test_a_rank_that_is_known_exactly_is_its_own_score():
    polynomials = _mean_polynomials(np.array([0.5, 0.8]) - 1e-7, np.array([0.5, 0.8]) + 1e-7)
    np.testing.assert_allclose(polynomials[:, 0], [0.0, 0.8416], atol=1e-3)
    np.testing.assert_allclose(polynomials[:, 1], [-np.sqrt(0.5), (0.8416**2 - 1) / np.sqrt(2)], atol=1e-3)
    anything = _mean_polynomials(np.zeros(1), np.ones(1))
    np.testing.assert_allclose(anything, 0.0, atol=1e-12, err_msg="what can be anything says nothing")


def test_a_factor_is_that_of_a_correlation_matrix_whatever_is_known():
    rng = np.random.default_rng(0)
    low = rng.random((30, 60)) * 0.9
    polynomials = np.stack([_mean_polynomials(one, one + 0.1) for one in low.T], axis=1)
    known = rng.random((30, 60)) < 0.5
    known[:, 7] = False
    factor = copula_factor(NoiseScores(polynomials * known[:, :, None], known))
    np.testing.assert_allclose(np.diag(factor @ factor.T), 1.0)
    assert np.isfinite(factor).all() and np.abs((factor @ factor.T)[7, :7]).max() < 1e-9
