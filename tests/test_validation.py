"""Validation: passes over views, scores, and what makes a gain certain."""

import time
import weakref

import numpy as np
import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import validation
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.trainer import Schedule, fine_tune
from autogluon_causalmix.incontext import learner as learning
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.threads import AdaptiveThreads

from .training_runs import data, reader, run, runner, validation_loss, view


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


class NotCPU(str):
    """The CPU, which says that it is another device."""

    def startswith(self, *args):
        return False


@pytest.mark.parametrize(("device", "passes"), [(NotCPU("cpu"), 2), ("cpu", 1)])
def test_a_gpus_first_pass_which_loads_kernels_forecasts_no_other(monkeypatch, device, passes):
    """Else a fit of little time ends before its first step, on hardware that has time for all of them."""
    watch = runner().watch
    plain, asked, slow = watch._learner.outputs_given, [], 2.0

    def loading(*args):
        asked.append(args)
        time.sleep(slow if len(asked) == 1 else 0.0)
        return plain(*args)

    monkeypatch.setattr(watch._learner, "device", device)
    monkeypatch.setattr(watch._learner, "outputs_given", loading)
    first = watch()
    assert len(asked) == passes and (watch.seconds >= slow) == (passes == 1)
    assert watch().loss == first.loss and len(asked) == passes + 1, "later ones are made once"


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
    for errors_of, certain in ((errors - 1e-6, True), (errors + 1e-6, False)):
        assert validation.certain_gain(before * 4, after * 4, errors_of) is certain, "four members, the same rows"
    others = [[validation.Validated(0.0, y.copy(), one[0].outputs) for _ in range(4)] for one in (before, after)]
    assert validation.certain_gain(*others, errors + 1e-6), "four members, rows of their own"


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


def test_a_score_that_is_undefined_from_the_start_is_replaced():
    """scikit-learn's ROC-AUC of a class that has no validation rows is not a number: every step would be refused."""
    learner, result, _ = run(steps=10, score=lambda y, p: float("nan"))
    assert "it is not a number" in result.score_failure and result.step_kept > 0
    assert validation_loss(learner) == pytest.approx(min(result.scores), abs=1e-6)
