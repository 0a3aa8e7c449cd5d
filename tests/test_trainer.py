"""The loop: best weights, step 0, patience, budget, several members side by side."""

import time

import numpy as np
import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.trainer import Schedule, fine_tune
from autogluon_causalmix.threads import AdaptiveThreads

from .training_runs import reader, run, runner, validation_loss


def test_the_best_weights_are_the_ones_kept():
    """AutoGluon's MITRA keeps a live reference: on the CPU it returns the last weights (test_upstream_contract)."""
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
    """In AutoGluon's MITRA the delta is an absolute 1e-4: with scores of 1e-6 it would stop while they halve."""
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
@pytest.mark.alone
def test_the_budget_is_kept_by_looking_ahead():
    """AutoGluon's MITRA asks after a step: a 1 s limit took 4.8 s."""
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
    """In AutoGluon's MITRA the warm-up of 1,000 steps over 50 steps means a rate of 5 % of what was asked for."""
    rates = []
    original = torch.optim.AdamW.step

    def spy(self, *args, **kwargs):
        rates.append(self.param_groups[0]["lr"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    run(steps=5, lr=1e-3)
    assert rates == pytest.approx([5e-4, 1e-3, 1e-3, 1e-3, 1e-3])


def test_who_watches_sees_every_step_and_its_score():
    seen = []
    _, result, _ = run(steps=4, on_step=lambda step, scores: seen.append((step, *scores)))
    assert seen == list(enumerate(result.scores)) and len(seen) == 5
    unscored = []
    run(steps=2, validate=False, on_step=lambda step, scores: unscored.append((step, scores)))
    assert unscored == [(0, [None]), (1, [None]), (2, [None])]


def test_several_side_by_side_keep_the_step_that_is_best_for_all_rows_together():
    runners = [runner(seed=k, rows=slice(k * 20, k * 20 + 20)) for k in range(2)]
    schedule = Schedule(30, 3e-2, warmup_steps=2, patience=100)
    results = fine_tune(runners, validation.Judge(None, reader()), schedule, Budget(), AdaptiveThreads(1))
    first, second = results
    assert first.step_kept == second.step_kept == int(np.argmin(first.pooled)) > 0
    assert first.pooled == second.pooled == pytest.approx(np.mean([first.scores, second.scores], axis=0))
    assert {int(np.argmin(result.scores)) for result in results} != {first.step_kept}, "else nothing is shown"
    for one, result in zip(runners, results, strict=True):
        assert one.watch().loss == pytest.approx(result.scores[result.step_kept], abs=1e-6)


def test_without_validation_rows_a_first_step_that_may_not_end_in_time_is_not_begun(monkeypatch):
    _, result, _ = run(validate=False, deadline=time.monotonic() + 60)
    assert (result.steps_taken, result.stopped_by) == (10, "steps")
    monkeypatch.setattr(validation, "CPU_THREAD_RATE", 1e3)
    _, result, _ = run(validate=False, deadline=time.monotonic() + 60)
    assert (result.steps_taken, result.stopped_by) == (0, "time")


class UpTo(Budget):
    """Has time for the first ``n`` things that are asked for."""

    def __init__(self, n):
        super().__init__()
        object.__setattr__(self, "left", n)

    def allows(self, seconds):
        object.__setattr__(self, "left", self.left - 1)
        return self.left >= 0


@pytest.mark.parametrize(
    ("n", "certainty", "word", "kept"),
    [(99, 0, "kept", 3), (99, 99, "overruled", 0), (4, 0, "no time", 3), (4, 99, "no time", 0)],
)
def test_the_last_word_on_the_best_step_is_told(n, certainty, word, kept):
    (result,) = fine_tune(
        [runner(n_views=2)],
        validation.Judge(None, reader()),
        Schedule(3, 1e-2, certainty=certainty),
        UpTo(n),
        AdaptiveThreads(1),
    )
    assert result.scores.index(min(result.scores)) == 3, "else nothing is shown"
    assert (result.last_word, result.step_kept, result.stopped_by) == (word, kept, "steps")
    (exact,) = fine_tune([runner()], validation.Judge(None, reader()), Schedule(3, 1e-2), Budget(), AdaptiveThreads(1))
    assert exact.last_word == ""
