"""Scores, calibration and what is kept of every step."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from autogluon_causalmix.finetune.watching import Moment
from benchmarks.protocol.scores import reliability, row_losses, scores
from benchmarks.protocol.trajectory import STEP_TEST_ROWS, Trajectory


def frame(codes, n_classes=2):
    return pd.DataFrame(
        {"x": np.arange(len(codes)), "class": pd.Categorical.from_codes(codes, list("abc")[:n_classes])}
    )


def test_scores_are_over_the_classes_that_rows_have():
    p = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.2, 0.2], [0.3, 0.5, 0.2]])
    values = scores(frame([0, 1, 0, 1], 3), p)
    assert values["auc"] == 1.0
    assert values["log_loss"] == pytest.approx(log_loss([0, 1, 0, 1], p, labels=[0, 1, 2]))
    assert np.isnan(scores(frame([1, 1]), p[:2, :2])["auc"])


def test_row_losses_are_clipped_and_sum_up_to_the_log_loss():
    p = np.array([[1.0, 0.0], [0.25, 0.75]])
    losses = row_losses(frame([1, 1]), p)
    assert losses == pytest.approx([-np.log(1e-6 / (1 + 1e-6)), -np.log(0.75)])
    assert scores(frame([1, 1]), p)["log_loss"] == pytest.approx(losses.mean())


def test_a_calibrated_model_has_no_error_and_a_boastful_one_its_boast():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 4000)
    right = rng.random(4000) < 0.75
    predicted = np.where(right, codes, 1 - codes)
    for confidence, error in ((0.75, 0.0), (0.95, 0.2)):
        p = np.full((4000, 2), 1 - confidence)
        p[np.arange(4000), predicted] = confidence
        result = reliability(frame(codes), p)
        at = int(confidence * 10)
        assert result["error"] == pytest.approx(error, abs=0.02)
        assert result["n"][at] == 4000 and sum(result["n"]) == 4000
        assert result["confidence"][at] == confidence and abs(result["correct"][at] - 0.75) < 0.02


def test_every_step_is_scored_and_the_losses_are_those_of_the_step_kept():
    validation, test = frame([0, 1, 0]), frame([0, 1] * 200)
    watched = Trajectory(validation, test)

    def saying(chance):
        def predict(X):
            assert list(X.columns) == ["x"] and len(X) == 3 + STEP_TEST_ROWS
            return np.tile([chance, 1 - chance], (len(X), 1))

        return predict

    for step, chance in enumerate((0.5, 0.9, 0.6)):
        watched(Moment(0, step, 0.0, saying(chance)))
    recorded = watched.record(kept=2)
    assert recorded["steps"]["test_auc"] == [0.5] * 3 and len(recorded["steps"]["validation_log_loss"]) == 3
    assert recorded["row_losses_untuned"] == pytest.approx([-np.log(0.5)] * 3, rel=1e-5)
    assert recorded["row_losses_kept"] == pytest.approx([-np.log(0.6), -np.log(0.4), -np.log(0.6)], rel=1e-5)
    assert watched.seconds > 0
    watched(Moment(0, 0, 0.0, saying(0.5)))
    assert len(watched.record(kept=0)["steps"]["test_auc"]) == 1, "another attempt begins anew"


def test_a_fit_without_steps_leaves_nothing():
    assert set(Trajectory(frame([0, 1]), frame([0, 1])).record(0).values()) == {None}
