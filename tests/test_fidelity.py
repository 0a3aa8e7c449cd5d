"""The two-sample score: .5 for equals, 1 for strangers."""

import numpy as np

from autogluon_causalmix.metrics.fidelity import two_sample_auc


def test_two_draws_of_one_distribution_cannot_be_told_apart():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 400, 3))
    assert abs(two_sample_auc(a, b, rng) - 0.5) < 0.08


def test_broken_dependence_is_noticed():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((400, 1)) * [1, 1] + 0.1 * rng.standard_normal((400, 2))
    b = np.stack([rng.permutation(a[:, 0]), rng.permutation(a[:, 1])], axis=1)
    assert two_sample_auc(a, b, rng) > 0.9


def test_gaps_and_infinities_are_values_like_others():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200, 2))
    a[:, 0], b[:, 1] = np.where(rng.random(200) < 0.5, np.nan, a[:, 0]), np.inf
    assert two_sample_auc(a, b, rng) > 0.9
    assert two_sample_auc(np.full((50, 2), np.nan), np.full((50, 2), np.nan), rng) is not None


def test_a_handful_of_rows_is_not_measured():
    assert two_sample_auc(np.zeros((9, 2)), np.zeros((50, 2)), np.random.default_rng(0)) is None
