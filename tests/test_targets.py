"""Regression targets of the prior: scaled as the estimator scales them, learnable, without absurd values."""

import numpy as np
import pytest
import torch

from autogluon_causalmix.pretraining.families import REGRESSION_FAMILIES, REGRESSION_WEIGHTS
from autogluon_causalmix.pretraining.loop import regression_losses
from autogluon_causalmix.pretraining.prior import Difficulty, sample_batch
from autogluon_causalmix.pretraining.targets import OVERSHOOT, regression_targets


@pytest.mark.parametrize("progress", [0.0, 0.2, 1.0])
def test_the_support_spans_zero_to_one(progress):
    difficulty = Difficulty.at(progress)
    for seed in range(80):
        batch = sample_batch(np.random.default_rng(seed), difficulty, 2000, "regression")
        assert batch.y.dtype == np.float32 and np.isfinite(batch.x).all() and np.isfinite(batch.y).all()
        assert batch.x.shape[2] <= difficulty.max_features and batch.x.shape[1] <= difficulty.max_rows
        for y in batch.y:
            support, query = y[: batch.n_support], y[batch.n_support :]
            assert support.min() == 0 and support.max() in (0, 1)
            assert query.min() >= -OVERSHOOT and query.max() <= 1 + OVERSHOOT


def test_query_targets_are_expectations():
    """Over rows of one score, supports scatter with the noise, queries hardly."""
    rng = np.random.default_rng(0)
    scores = np.tile(np.repeat([0.0, 1.0], 100), (30, 1))
    scores = rng.permuted(scores, axis=1)
    scatter = []
    for seed in range(30):
        y = regression_targets(np.random.default_rng(seed), scores, 100, 0.8)
        within = [
            [
                np.mean([part[row == v].std() for v in (0.0, 1.0)])
                for row, part in zip(scores[:, s], y[:, s], strict=True)
            ]
            for s in (slice(None, 100), slice(100, None))
        ]
        scatter.append(np.mean(within, axis=1))
    support, query = np.mean(scatter, axis=0)
    assert query < 0.6 * support


def test_targets_of_some_tables_are_skewed_and_of_some_few_values():
    skews, values = [], []
    for seed in range(200):
        y = sample_batch(np.random.default_rng(seed), Difficulty.at(1.0), 2000, "regression").y[0]
        z = (y - y.mean()) / (y.std() + 1e-9)
        skews.append(abs((z**3).mean()))
        values.append(len(np.unique(y[:30])))
    assert np.mean(np.array(skews) > 1) > 0.1 and np.mean(np.array(skews) < 0.5) > 0.3
    assert np.mean(np.array(values) < 15) > 0.05


@pytest.mark.parametrize("family", REGRESSION_FAMILIES)
def test_a_forest_predicts_every_family(family):
    from sklearn.ensemble import RandomForestRegressor

    gains = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        groups = family in ("mixture", "prototypes")
        x, scores, levels = REGRESSION_FAMILIES[family](rng, 1, 400, 6, 4 if groups else 1, 0.0)
        y = (np.random.default_rng(seed).standard_normal(4)[levels] if scores is None else scores[..., 0])[0]
        if y.std() > 0:
            forest = RandomForestRegressor(50, random_state=0).fit(x[0, :300], y[:300])
            gains.append(1 - np.mean((forest.predict(x[0, 300:]) - y[300:]) ** 2) / y.var())
    assert len(gains) >= 6
    assert np.mean(gains) > 0.1


def test_family_weights_are_shares():
    assert len(REGRESSION_WEIGHTS) == len(REGRESSION_FAMILIES)
    assert sum(REGRESSION_WEIGHTS) == pytest.approx(1)


def test_the_loss_is_the_share_of_variance_left():
    y = torch.tensor([[0.0, 1.0, 0.2, 0.6], [0.0, 1.0, 0.2, 0.6], [0.5, 0.5, 0.5, 0.5]])
    scaled = torch.cat((y[:1], 0.01 * y[1:2], y[2:]))
    outputs = torch.tensor([[0.3, 0.6], [0.003, 0.006], [0.4, 0.4]])
    losses = regression_losses(outputs, scaled, 2)
    assert losses[0] == pytest.approx(0.005 / float(y[0].var(correction=0)))
    assert losses[1] == pytest.approx(float(losses[0]), rel=1e-4), "every table counts the same, whatever its spread"
    assert losses[2] == 0, "equal targets teach nothing"
