"""One member's weights between steps: averaged, held near the untuned ones, planned for."""

import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.gate import Gate
from autogluon_causalmix.finetune.trainer import Schedule, fine_tune
from autogluon_causalmix.threads import AdaptiveThreads

from .training_runs import reader, run, runner, validation_loss


def test_averaged_weights_are_what_is_validated_and_kept():
    decay, seen = 0.8, []
    plain, *_ = run(steps=4, validate=False, seed=3)
    one = runner(seed=3, averaging=decay, validate=False)
    expected = [parameter.detach().clone() for parameter in one.learner.model.parameters()]
    original = one.step

    def step(*args):
        original(*args)
        for mean, latest in zip(expected, one.learner.model.parameters(), strict=True):
            mean.mul_(decay).add_((1 - decay) * latest.detach())

    def on_step(step, scores):
        seen.append([parameter.detach().clone() for parameter in one.learner.model.parameters()])

    one.step = step
    schedule = Schedule(4, 1e-2, warmup_steps=2, weight_decay=0.1)
    fine_tune([one], validation.Judge(None, reader()), schedule, Budget(), AdaptiveThreads(1), on_step)
    for mean, now, latest, shown in zip(
        expected, one.learner.model.parameters(), plain.model.parameters(), seen[-1], strict=True
    ):
        torch.testing.assert_close(mean, now.detach(), atol=1e-6, rtol=1e-5)
        assert not torch.equal(now, latest)
        assert torch.equal(shown, now), "who watches sees what would be kept"


def test_averaging_keeps_the_best_averaged_step():
    learner, result, _ = run(steps=40, lr=1e-1, averaging=0.5)
    assert 0 < result.step_kept < result.steps_taken, "the run must pass its best step for this to show anything"
    assert validation_loss(learner) == pytest.approx(min(result.scores), abs=1e-6)


def test_a_share_of_the_untuned_weights_is_what_is_validated_and_kept():
    """Training itself is untouched: the kept weights lie on the line from the untuned to the tuned ones."""
    seen, shown_at = [], []
    plain, *_ = run(steps=4, validate=False, seed=3)
    one = runner(seed=3, untuned_share=0.25, validate=False)
    start = [parameter.detach().clone() for parameter in one.learner.model.parameters()]

    def on_step(step, scores):
        shown_at.append(step)
        seen.append([parameter.detach().clone() for parameter in one.learner.model.parameters()])

    schedule = Schedule(4, 1e-2, warmup_steps=2, weight_decay=0.1)
    fine_tune([one], validation.Judge(None, reader()), schedule, Budget(), AdaptiveThreads(1), on_step)
    kept = list(one.learner.model.parameters())
    for old, new, now, shown in zip(start, plain.model.parameters(), kept, seen[-1], strict=True):
        torch.testing.assert_close(now.detach(), 0.25 * old + 0.75 * new.detach(), atol=1e-6, rtol=1e-5)
        assert torch.equal(shown, now), "who watches sees what would be kept"
    assert shown_at == [0, 1, 2, 3, 4] and all(torch.equal(a, b) for a, b in zip(start, seen[0], strict=True))


def test_the_share_keeps_the_best_of_its_own_steps_and_mixes_with_the_average():
    learner, result, _ = run(steps=40, lr=1e-1, untuned_share=0.5)
    assert 0 < result.step_kept < result.steps_taken, "the run must pass its best step for this to show anything"
    assert validation_loss(learner) == pytest.approx(min(result.scores), abs=1e-6)
    averaged, *_ = run(steps=5, validate=False, averaging=0.8)
    both, _, untuned = run(steps=5, validate=False, averaging=0.8, untuned_share=0.5)
    for name, value in both.model.named_parameters():
        middle = 0.5 * untuned[name] + 0.5 * averaged.model.get_parameter(name).detach()
        torch.testing.assert_close(value.detach(), middle, atol=1e-6, rtol=1e-5)


def test_a_step_that_may_take_two_gradients_is_planned_as_two():
    class Asked(Budget):
        def allows(self, seconds):
            asked.append(seconds)
            return True

    least = []
    for gate in (None, Gate("drop")):
        one, asked = runner(slow=0.2), []
        one.gate = gate
        schedule = Schedule(4, 1e-2, warmup_steps=1)
        fine_tune([one], validation.Judge(None, reader()), schedule, Asked(), AdaptiveThreads(1))
        least.append(min(asked[2:]))  # before are the first pass and the first step, whose seconds are a guess
    assert least[1] > 1.5 * least[0] > 0.2
