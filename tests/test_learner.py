"""A model at work: one loss, its gradients, precisions, work."""

import numpy as np
import pytest
import torch

from autogluon_causalmix.incontext import learner as learning
from autogluon_causalmix.incontext.learner import InContextModel, numpy_outputs
from autogluon_causalmix.incontext.mitra import new_tab2d

from .training_runs import data, run, step_outputs, validation_loss


def test_one_loss_for_training_selection_and_prediction():
    """AutoGluon's MITRA trains over 10 outputs and predicts over the classes present: 2.60 against 1.29."""
    learner, *_ = run(steps=1)
    x, y, x_val, y_val = data()
    from autogluon_causalmix.incontext.episode import Episode

    trained = learner.compute_gradients(Episode(x, y, x_val, y_val, 0))
    p = numpy_outputs(step_outputs(learner, x, y, x_val), 2)
    predicted = float(-np.log(p[np.arange(len(y_val)), y_val]).mean())
    assert trained == pytest.approx(predicted, rel=1e-5) == pytest.approx(validation_loss(learner), rel=1e-5)


def test_probabilities_survive_logits_that_overflow_float32():
    """In AutoGluon's MITRA the softmax gives NaN on logits like [100, 90]."""
    p = numpy_outputs(torch.tensor([[1000.0, 990.0]]), 2)
    assert p[0] == pytest.approx([0.9999546, 4.54e-5], abs=1e-6)


def test_gradients_are_freed():
    learner, _, _ = run(steps=2)
    assert all(parameter.grad is None for parameter in learner.model.parameters())


def test_recomputing_activations_changes_nothing(monkeypatch):
    plain, *_ = run(steps=3)
    monkeypatch.setattr(learning, "RECOMPUTE_ABOVE_BYTES", 0)
    recomputed, *_ = run(steps=3)
    for a, b in zip(plain.model.parameters(), recomputed.model.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)


def test_bfloat16_steps_follow_float32_steps():
    """Masters stay float32: small steps are not rounded away, and both runs learn the same."""
    exact, *_ = run(steps=8, lr=3e-3, precision="float32")
    for precision in ("auto", "bfloat16"):
        rounded, result, untuned = run(steps=8, lr=3e-3, precision=precision)
        assert result.steps_taken == 8
        moved, error = 0.0, 0.0
        for name, value in rounded.model.state_dict().items():
            assert value.dtype == torch.float32
            moved += float((exact.model.state_dict()[name] - untuned[name]).square().sum())
            error += float((exact.model.state_dict()[name] - value).square().sum())
        assert error < 0.5 * moved


def test_work_counts_as_the_layers_do():
    from torch.utils.flop_counter import FlopCounterMode

    # In bfloat16 a small table's attention is plain products, which the counter knows.
    learner = InContextModel(new_tab2d(8, 6, 2, seed=0), 2, "cpu", "bfloat16")

    x, y, x_val, _ = data(400, 100)
    with FlopCounterMode(display=False) as counter:
        step_outputs(learner, x, y, x_val)
    assert counter.get_total_flops() == pytest.approx(learner.pass_work(400, 100, 3), rel=0.35)
