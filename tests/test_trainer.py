"""The loop: best weights, step 0, patience, budget, one loss."""

import copy
import time
import weakref

import numpy as np
import pandas as pd
import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.finetune.gate import Gate
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.runner import Runner
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


def view(n_features=3, n_classes=2):
    return View(np.ones(n_features, dtype=np.float32), np.arange(n_features), np.arange(n_classes))


def reader():
    return Problem.read(pd.DataFrame(data()[0]).rename(columns=str), pd.Series(data()[1]), "binary", 2).reader


def runner(
    seed=0, precision="float32", validate=True, averaging=0.0, untuned_share=0.0, slow=0.0, n_views=1, rows=slice(None)
):
    learner = InContextModel(new_tab2d(8, 2, 2, seed=0), 2, "cpu", precision)
    x, y, x_val, y_val = data()
    size = EpisodeSize(query_share=0.2, max_support=999, max_query=999)
    sampler = EpisodeSampler(x, y, size, Mixing(), np.random.default_rng(seed), stratify=True)
    if slow:
        plain = sampler.next
        sampler.next = lambda progress: (time.sleep(slow), plain(progress))[1]
    watch = validation.ValidationPass(learner, [view()] * n_views, (x, y), (x_val[rows], y_val[rows]))
    return Runner(learner, sampler, watch if validate else None, averaging, untuned_share)


def run(steps=10, lr=1e-2, patience=100, deadline=None, score=None, seed=0, on_step=None, certainty=0.0, **options):
    one = runner(seed, **options)
    untuned = copy.deepcopy(one.learner.model.state_dict())
    schedule = Schedule(steps, lr, warmup_steps=2, weight_decay=0.1, patience=patience, certainty=certainty)
    judge = validation.Judge(score, reader())
    (result,) = fine_tune([one], judge, schedule, Budget(deadline), AdaptiveThreads(1), on_step)
    return one.learner, result, untuned


def validation_loss(learner):
    x, y, x_val, y_val = data()
    outputs = step_outputs(learner, x, y, x_val)
    return float(learner.loss(outputs, torch.from_numpy(y_val)))


def step_outputs(learner, x, y, x_val):
    codes, codes_val = learner.coded(x, x_val)
    return learner.outputs_given(learner.read_codes(codes, y), codes_val)


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


def test_the_untuned_model_has_the_last_word_where_validation_saw_fewer_views_than_predictions_are_made_in():
    scores = iter([5.0, 4.0, 3.0, 2.0, 1.0])  # three passes of a view, then an exact one and one of the untuned model
    _, result, _ = run(steps=2, score=lambda y, p: next(scores), n_views=2)
    assert result.step_kept == 0 and next(scores, None) is None
    assert runner().watch.is_exact and not runner(n_views=2).watch.is_exact
    assert not runner(precision="bfloat16").watch.is_exact


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


def test_a_pass_keeps_its_support_for_those_only_who_ask_about_other_rows():
    watch, reads = runner().watch, []
    read_codes = watch._learner.read_codes

    def spy(*args):
        support = read_codes(*args)
        reads.append(weakref.ref(support[0][0]))
        return support

    watch._learner.read_codes = spy
    validated = watch()
    assert reads[0]() is None, "the next step needs the memory"
    np.testing.assert_array_equal(watch.predict(data()[2]), validated.outputs)
    watch()
    watch.predict(data()[2])
    assert len(reads) == 3, "one for each pass, one for who asked the first time after the pass"
    assert reads[1]() is None and reads[2]() is not None


def test_a_pass_over_several_views_averages_them_and_counts_their_work():
    x, y, x_val, y_val = data()
    learner = InContextModel(new_tab2d(8, 2, 2, seed=0), 2, "cpu", "float32")
    views = [view(), View(np.array([-1, 1, -1], dtype=np.float32), np.arange(3), np.array([1, 0]))]
    both, first, second = (
        validation.ValidationPass(learner, some, (x, y), (x_val, y_val), len(some))
        for some in (views, views[:1], views[1:])
    )
    validated, one, other = both(), first(), second()
    np.testing.assert_allclose(validated.outputs, (one.outputs + other.outputs) / 2, atol=1e-7)
    assert not np.allclose(one.outputs, other.outputs)
    assert validated.loss == pytest.approx(-np.log(validated.outputs[np.arange(40), y_val]).mean())
    assert both.work == first.work + second.work
    np.testing.assert_allclose(both.predict(x_val), validated.outputs, atol=1e-7)
    np.testing.assert_allclose(both.exact().outputs, validated.outputs, atol=1e-5)
    watched = validation.ValidationPass(learner, views, (x, y), (x_val, y_val))
    watched.seconds = both.seconds = 1.0
    assert (watched.exact_seconds, both.exact_seconds) == (4.0, 2.0), "a pass of both has both in its seconds"


def test_work_counts_as_the_layers_do():
    from torch.utils.flop_counter import FlopCounterMode

    # In bfloat16 a small table's attention is plain products, which the counter knows.
    learner = InContextModel(new_tab2d(8, 6, 2, seed=0), 2, "cpu", "bfloat16")

    x, y, x_val, _ = data(400, 100)
    with FlopCounterMode(display=False) as counter:
        step_outputs(learner, x, y, x_val)
    assert counter.get_total_flops() == pytest.approx(learner.pass_work(400, 100, 3), rel=0.35)


def test_who_watches_sees_every_step_and_its_score():
    seen = []
    _, result, _ = run(steps=4, on_step=lambda step, scores: seen.append((step, *scores)))
    assert seen == list(enumerate(result.scores)) and len(seen) == 5
    unscored = []
    run(steps=2, validate=False, on_step=lambda step, scores: unscored.append((step, scores)))
    assert unscored == [(0, [None]), (1, [None]), (2, [None])]


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


def test_a_gain_that_is_not_certain_keeps_the_untuned_model():
    _, plain, _ = run(steps=10)
    assert plain.step_kept > 0
    _, certain, _ = run(steps=10, certainty=0.1)
    assert certain.step_kept == plain.step_kept
    learner, doubtful, untuned = run(steps=10, certainty=50.0)
    assert doubtful.step_kept == 0 and doubtful.scores == plain.scores
    for name, value in learner.model.state_dict().items():
        assert torch.equal(value, untuned[name])


def test_certainty_is_the_paired_standard_error():
    rng = np.random.default_rng(0)
    y, gain = np.zeros(50, dtype=int), 0.1 + 0.2 * rng.standard_normal(50)
    loss = np.full(50, 1.0)
    before, after = (
        [validation.Validated(0.0, y, np.exp(-np.column_stack([each, each])))] for each in (loss, loss - gain)
    )
    errors = gain.mean() / (gain.std(ddof=1) / np.sqrt(50))
    assert validation.certain_gain(before, after, errors - 1e-6)
    assert not validation.certain_gain(before, after, errors + 1e-6)
    assert not validation.certain_gain(after, before, 0.0)


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


def test_a_pooled_metric_sees_all_rows_at_once():
    calls = []

    def score(y, p):
        calls.append(len(y))
        return -float((p.argmax(axis=1) == y).mean())

    runners = [runner(seed=k, rows=rows) for k, rows in enumerate((slice(0, 10), slice(10, 40)))]
    schedule = Schedule(2, 1e-2, warmup_steps=2)
    first, second = fine_tune(runners, validation.Judge(score, reader()), schedule, Budget(), AdaptiveThreads(1))
    assert calls[:9] == [40, 10, 30] * 3
    assert np.allclose(first.pooled, np.average([first.scores, second.scores], axis=0, weights=[10, 30]))


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
