"""The loop: best weights, step 0, patience, budget, one loss."""

import copy
import time

import numpy as np
import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.finetune.trainer import Schedule, fine_tune
from autogluon_causalmix.incontext import learner as learning
from autogluon_causalmix.incontext.learner import InContextModel, numpy_outputs
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.threads import AdaptiveThreads


def data(n=60, m=40, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n + m)
    x = (rng.standard_normal((n + m, 3)) + y[:, None]).astype(np.float32)
    return x[:n], y[:n], x[n:], y[n:]


def run(
    steps=10, lr=1e-2, patience=100, deadline=None, score=None, validate=True, seed=0, slow=0.0, precision="float32",
    on_step=None,
):  # fmt: skip
    learner = InContextModel(new_tab2d(8, 2, 2, seed=0), 2, "cpu", precision)
    x, y, x_val, y_val = data()
    size = EpisodeSize(query_share=0.2, max_support=999, max_query=999)
    sampler = EpisodeSampler(x, y, size, Mixing(), np.random.default_rng(seed), stratify=True)
    if slow:
        plain = sampler.next
        sampler.next = lambda progress: (time.sleep(slow), plain(progress))[1]
    untuned = copy.deepcopy(learner.model.state_dict())
    watch = validation.ValidationPass(learner, x, y, x_val, y_val, score) if validate else None
    schedule = Schedule(steps, lr, warmup_steps=2, weight_decay=0.1, patience=patience)
    result = fine_tune(learner, sampler, watch, schedule, Budget(deadline), AdaptiveThreads(1), on_step)
    return learner, result, untuned


def validation_loss(learner):
    x, y, x_val, y_val = data()
    outputs = learner.outputs_of_codes(*swap(learner.coded(x, x_val), y))
    return float(learner.loss(outputs, torch.from_numpy(y_val)))


def swap(codes, y):
    return codes[0], y, codes[1]


def test_the_best_weights_are_the_ones_kept():
    """Stock keeps a live reference: on the CPU it returns the last weights (test_upstream_contract)."""
    learner, result, _ = run(steps=30, lr=3e-2)
    assert 0 < result.step_kept < result.steps_taken, "the run must pass its best step for this to show anything"
    assert result.scores[result.step_kept] == min(result.scores)
    assert validation_loss(learner) == pytest.approx(min(result.scores), abs=1e-6)


def test_step_zero_takes_part():
    worse = iter(range(100))
    learner, result, untuned = run(score=lambda y, p: float(next(worse)))
    assert result.step_kept == 0
    assert result.steps_taken == 10
    for name, value in learner.model.state_dict().items():
        assert torch.equal(value, untuned[name])


def test_a_score_that_is_not_a_number_never_wins():
    values = iter([1.0, float("nan"), float("-inf"), float("nan")] + [2.0] * 20)
    _, result, _ = run(score=lambda y, p: next(values))
    assert result.step_kept == 0


def test_patience_counts_relative_improvement():
    """Stock's delta is an absolute 1e-4: with scores of 1e-6 it would stop while they halve."""
    values = iter([1e-6 * 0.5**k for k in range(100)])
    _, result, _ = run(steps=12, patience=3, score=lambda y, p: next(values))
    assert result.steps_taken == result.step_kept == 12
    values = iter([1e6 - 1e-3 * k for k in range(100)])
    _, result, _ = run(steps=12, patience=3, score=lambda y, p: next(values))
    assert (result.steps_taken, result.stopped_by) == (3, "patience")
    assert result.step_kept == 3, "a small gain is kept, it only does not buy more steps"


def test_without_validation_rows_the_last_step_is_kept():
    learner, result, untuned = run(validate=False)
    assert result.step_kept == result.steps_taken == 10
    assert not torch.equal(learner.model.final_layer.weight, untuned["final_layer.weight"])


@pytest.mark.slow
def test_the_budget_is_kept_by_looking_ahead():
    """Stock asks after a step: a 1 s limit took 4.8 s."""
    run(steps=1)  # what a first step imports is not what is measured
    began = time.monotonic()
    _, result, _ = run(steps=1000, deadline=began + 1.0, slow=0.2)
    took = time.monotonic() - began
    assert result.stopped_by == "time"
    assert result.steps_taken >= 2
    assert took - 1.0 < 0.5 * took / result.steps_taken, "half of a step at most"


def test_no_time_at_all_still_gives_a_model():
    learner, result, _ = run(deadline=time.monotonic() - 1)
    assert (result.steps_taken, result.step_kept, result.stopped_by) == (0, 0, "time")
    assert np.isfinite(validation_loss(learner))


def test_the_learning_rate_leaves_its_warm_up(monkeypatch):
    """Stock's warm-up of 1,000 steps over 50 steps means a rate of 5 % of what was asked for."""
    rates = []
    original = torch.optim.AdamW.step

    def spy(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    run(steps=5, lr=1e-3)
    assert rates == pytest.approx([5e-4, 1e-3, 1e-3, 1e-3, 1e-3])


def test_one_loss_for_training_selection_and_prediction():
    """Stock trains over 10 outputs and predicts over the classes present: 2.60 against 1.29."""
    learner, *_ = run(steps=1)
    x, y, x_val, y_val = data()
    from autogluon_causalmix.incontext.episode import Episode

    trained = learner.compute_gradients(Episode(x, y, x_val, y_val, 0))
    p = numpy_outputs(learner.outputs_of_codes(*swap(learner.coded(x, x_val), y)), 2)
    predicted = float(-np.log(p[np.arange(len(y_val)), y_val]).mean())
    assert trained == pytest.approx(predicted, rel=1e-5) == pytest.approx(validation_loss(learner), rel=1e-5)


def test_probabilities_survive_logits_that_overflow_float32():
    """Stock's softmax gives NaN on logits like [100, 90]."""
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


def test_the_untuned_model_has_the_last_word_in_the_predictions_precision(monkeypatch):
    """A gain that only the steps' rounding shows is no gain for the predictions."""
    monkeypatch.setattr(learning, "has_native_bfloat16", lambda device: True)
    calls = []

    def score(y, p):  # rounded ones that fall, then an exact one and an exact one of the untuned model
        calls.append(p)
        return {7: 2.0, 8: 1.0}.get(len(calls), -float(len(calls)))

    learner, result, untuned = run(steps=5, score=score, precision="auto")
    assert len(calls) == 6 + 2
    assert result.step_kept == 0
    for name, value in learner.model.state_dict().items():
        assert torch.equal(value, untuned[name])
    assert not np.array_equal(calls[0], calls[7]), "the two precisions must differ for this to show anything"


def test_a_score_that_fails_later_never_wins_and_one_that_fails_at_once_is_replaced():
    values = iter([1.0, 0.5])
    _, result, _ = run(steps=3, score=lambda y, p: next(values))
    assert result.scores == (1.0, 0.5, np.inf, np.inf)
    assert (result.step_kept, result.score_failure) == (1, None)
    learner, result, _ = run(steps=3, score=lambda y, p: 1 / 0)
    assert "ZeroDivisionError" in result.score_failure
    assert validation_loss(learner) == pytest.approx(min(result.scores), abs=1e-6)


def test_a_pass_that_cannot_end_in_time_is_not_begun(monkeypatch):
    monkeypatch.setattr(validation, "CPU_THREAD_RATE", 1e3)
    _, result, _ = run(deadline=time.monotonic() + 10, score=lambda y, p: pytest.fail("a pass was begun"))
    assert (result.steps_taken, result.scores, result.stopped_by) == (0, (), "time")


def test_work_counts_as_the_layers_do():
    from torch.utils.flop_counter import FlopCounterMode

    # In bfloat16 a small table's attention is plain products, which the counter knows.
    learner = InContextModel(new_tab2d(8, 6, 2, seed=0), 2, "cpu", "bfloat16")

    x, y, x_val, _ = data(400, 100)
    with FlopCounterMode(display=False) as counter:
        learner.outputs_of_codes(*swap(learner.coded(x, x_val), y))
    assert counter.get_total_flops() == pytest.approx(learner.pass_work(400, 100, 3), rel=0.35)


def test_who_watches_sees_every_step_and_its_score():
    seen = []
    _, result, _ = run(steps=4, on_step=lambda step, score: seen.append((step, score)))
    assert seen == list(enumerate(result.scores)) and len(seen) == 5
    unscored = []
    run(steps=2, validate=False, on_step=lambda step, score: unscored.append((step, score)))
    assert unscored == [(0, None), (1, None), (2, None)]
