"""The gate: whose direction a step on synthetic rows takes."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autogluon_causalmix.finetune.gate import Gate

from .conftest import blobs, estimator


class TwoGradients:
    """Stands for a learner of three weights in two tensors, one of which no loss reaches."""

    def __init__(self, gradients):
        self.model = SimpleNamespace(parameters=lambda: self.weights)
        self.weights = [torch.zeros(2), torch.zeros(1), torch.zeros(4)]
        self._gradients = gradients

    def compute_gradients(self, episode):
        a, b, c = self._gradients[episode]
        for weight, gradient in zip(self.weights, ([a, b], [c]), strict=False):
            weight.grad = torch.tensor(gradient)

    @property
    def gradient(self):
        assert self.weights[2].grad is None
        return torch.cat([weight.grad for weight in self.weights[:2]]).tolist()


def gated(how, synthetic, real):
    learner, gate = TwoGradients({"synthetic": synthetic, "real": real}), Gate(how)
    learner.compute_gradients("synthetic")
    gate(learner, lambda: "real")
    return learner.gradient, gate.refused


@pytest.mark.parametrize("how", ["drop", "project"])
def test_a_gradient_that_real_rows_agree_with_is_taken_as_it_is(how):
    assert gated(how, [1.0, 2.0, -1.0], [3.0, 0.0, 2.0]) == ([1.0, 2.0, -1.0], 0)
    assert gated(how, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]) == ([1.0, 0.0, 0.0], 0), "at a right angle too"


def test_a_gradient_that_points_against_them_is_replaced():
    assert gated("drop", [1.0, 2.0, -1.0], [-3.0, 0.0, 2.0]) == ([-3.0, 0.0, 2.0], 1)


def test_or_loses_the_part_that_does():
    gradient, refused = gated("project", [1.0, 2.0, -1.0], [-2.0, 0.0, 0.0])
    assert (gradient, refused) == ([0.0, 2.0, -1.0], 1)
    gradient, _ = gated("project", [1.0, 5.0, -1.0], [-3.0, 0.5, 2.0])
    assert np.dot(gradient, [-3.0, 0.5, 2.0]) == pytest.approx(0.0, abs=1e-5)


class Mislabelled:
    """Fresh rows of the process that made the training rows, with the other class's label."""

    def fit(self, table):
        self.table = table
        return self

    def sample(self, n, rng):
        X, y = blobs(n + 2, seed=int(rng.integers(2**31)))
        return X.assign(y=1 - y)[2:].set_axis(self.table.names, axis=1)


@pytest.mark.slow
def test_wrong_labels_do_less_harm_through_a_gate():
    """Queries with the other class's label, beside a support that is right: real rows teach the opposite."""
    X, y = blobs(400)
    losses = {}
    for gate in ("none", "drop", "project"):
        options = {"mix_into": "query", "synthetic_gate": gate, "fine_tune_steps": 30, "holdout_share": 0, "lr": 1e-3}
        fitted = estimator("mini", mix_ratio=1.0, generator=Mislabelled(), **options).fit(X[:200], y[:200])
        p = fitted.predict_proba(X[200:])
        losses[gate] = float(-np.log(p[np.arange(200), y[200:]]).mean())
        (refused,) = fitted.report.synthetic_steps_refused
        assert (refused > 5) == (gate != "none") and not fitted.report.fallbacks
    assert losses["drop"] < losses["none"] - 0.2 and losses["project"] < losses["none"] - 0.2


def test_the_average_of_real_gradients_forgets_and_takes_no_number_that_is_none():
    learner, gate = TwoGradients({"a": [1.0, 0.0, 0.0], "b": [-1.0, 0.0, 0.0], "nan": [np.nan, 0.0, 0.0]}), Gate("drop")
    for episode in ["nan", "a", "a", "nan"]:
        learner.compute_gradients(episode)
        gate.note(learner)
    learner.compute_gradients("b")
    gate(learner, lambda: "a")
    assert gate.refused == 1 and learner.gradient == [1.0, 0.0, 0.0]
    for _ in range(7):  # .9 ** 7 is less than a half
        learner.compute_gradients("b")
        gate.note(learner)
    learner.compute_gradients("b")
    gate(learner, lambda: "b")
    assert gate.refused == 1


def test_a_gate_leaves_real_steps_alone(tiny_classifier):
    X, y = blobs(60)
    for options in ({"mix_ratio": 0.0}, {"generator": "bootstrap", "mix_ratio": 0.4}):
        plain, gated = (
            estimator(tiny_classifier, holdout_share=0, lr=1e-2, synthetic_gate=gate, **options).fit(X, y)
            for gate in ("none", "drop")
        )
        same = np.array_equal(plain.predict_proba(X), gated.predict_proba(X))
        assert same == (gated.report.synthetic_steps_refused == [0])
