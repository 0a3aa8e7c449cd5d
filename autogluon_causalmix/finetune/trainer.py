"""The fine-tuning loop: steps, validation, best weights, the budget; of one member, or of several side by side.

Contract
--------
* Step 0, the untuned model, is a candidate: by the validation score the result is never worse.
  Where validation rounds more than predictions do or sees fewer views, or a gain must be certain, the two
  are compared once more as they predict.
* Training, the choice of the step and prediction use one loss over the classes present.
* The best weights are a copy, restored on every device; gradients are freed at the end.
* Before a pass or a step the loop asks whether it would end in time; it stops rather than overrun.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.runner import Runner
from autogluon_causalmix.finetune.validation import Judge, certain_gain, sure_seconds
from autogluon_causalmix.threads import AdaptiveThreads

__all__ = ["Schedule", "TrainResult", "fine_tune"]

#: Improvement, relative to the best score, that counts against the patience.
MIN_IMPROVEMENT = 1e-4
#: A step is started if this many times the recent step's seconds are left.
LOOK_AHEAD = 1.25


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    Attributes
    ----------
    steps, lr, warmup_steps, weight_decay
        Steps at most; AdamW's rate, its linear warm-up and weight decay.
    patience
        Steps without gain that end a fit.
    certainty
        Standard errors by which the kept step must beat the untuned model.
    """

    steps: int
    lr: float
    warmup_steps: int = 10
    weight_decay: float = 0.1
    patience: int = 40
    certainty: float = 0.0

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 1."""
        return self.lr * min(1.0, step / max(1, self.warmup_steps))


@dataclass(frozen=True)
class TrainResult:
    """What happened to one member.

    ``scores[t]`` is the score of its validation rows after step t, lower is better; ``pooled[t]`` is that
    of all members' rows together where several were trained side by side, and empty otherwise.
    ``stopped_by`` is "steps", "time" or "patience"; ``last_word`` is "kept", "overruled" or "no time" where
    the best step was to be compared with the untuned model once more, and empty otherwise; ``score_failure``
    says why the training loss was taken instead of the score that was asked for.
    """

    steps_taken: int = 0
    step_kept: int = 0
    stopped_by: str = "steps"
    last_word: str = ""
    scores: tuple[float, ...] = ()
    pooled: tuple[float, ...] = ()
    rows_synthetic: int = 0
    synthetic_steps_refused: int = 0
    score_failure: str | None = None


def fine_tune(
    runners: Sequence[Runner],
    judge: Judge,
    schedule: Schedule,
    budget: Budget,
    threads: AdaptiveThreads,
    on_step: Callable[[int, Sequence[float | None]], None] | None = None,
) -> list[TrainResult]:
    """Fine-tune each runner's model in place and leave its kept weights in it; all keep the same step.

    Parameters
    ----------
    runners
        One member, or several that take every step together. Without validation rows the last
        step is kept.
    judge
        Scores the validation rows of all of them together.
    budget
        Time until which the loop may run, validation included.
    threads
        Asked before every step: other processes come and go.
    on_step
        Called with each step and the members' scores, None without validation; with step 0 before
        the first.
    """
    steps = schedule.steps
    validates = steps > 0 and all(runner.watch is not None for runner in runners)
    scores: list[float] = []
    best, untuned = math.inf, None
    if validates:
        threads.adapt()
        if not budget.allows(sum(runner.watch.forecast() for runner in runners)):
            return _ended(runners, judge, scores, TrainResult(stopped_by="time"))
        best = _validated(runners, judge, scores)
        for runner in runners:
            runner.keep()
        if schedule.certainty or not all(runner.watch.is_exact for runner in runners):
            untuned = [runner.weights() for runner in runners]
    if steps > 0:
        _show(on_step, 0, runners)
        for runner in runners:
            runner.begin(schedule.weight_decay)
    step_seconds, taken, kept, stopped_by, last_word = _first_forecast(runners) if steps else 0.0, 0, 0, "steps", ""
    reference, waited = best, 0
    dearest = max(runner.most_gradients for runner in runners)  # a step may be dearer than the one before it
    for step in range(1, steps + 1):
        pass_seconds = sum(runner.watch.seconds for runner in runners) if validates else 0.0
        reserve = 0.0 if step == 1 or untuned is None else _last_word_seconds(runners)
        if not budget.allows(LOOK_AHEAD * (dearest * step_seconds + pass_seconds) + reserve):
            stopped_by = "time"
            break
        threads.adapt()
        began = time.monotonic()
        for runner in runners:
            runner.step((step - 1) / steps, schedule.rate(step))
        taken, seconds = step, time.monotonic() - began
        step_seconds = seconds if step == 1 else max(seconds, 0.7 * step_seconds)
        value = _validated(runners, judge, scores) if validates else None
        _show(on_step, step, runners)
        if value is None:
            kept = step
            continue
        if value < best:
            best, kept = value, step
            for runner in runners:
                runner.keep()
        if math.isinf(reference) or value < reference - MIN_IMPROVEMENT * abs(reference):
            reference, waited = value, 0
        else:
            waited += 1
            if waited >= schedule.patience:
                stopped_by = "patience"
                break
    for runner in runners:
        runner.end(restore=validates)
    if untuned is not None and kept > 0:
        if budget.allows(_last_word_seconds(runners)):
            last_word = "kept" if _tuned_is_better(runners, judge, untuned, schedule.certainty) else "overruled"
        else:
            last_word = "no time"
            if schedule.certainty:  # what could not be made certain does not count
                for runner, weights in zip(runners, untuned, strict=True):
                    runner.learner.model.load_state_dict(weights)
        if last_word == "overruled" or (last_word == "no time" and schedule.certainty):
            kept = 0
    return _ended(runners, judge, scores, TrainResult(taken, kept, stopped_by, last_word))


def _validated(runners: Sequence[Runner], judge: Judge, scores: list[float]) -> float:
    """Validate all runners, note each one's score and that of all together, and return the latter."""
    passes = [runner.validate() for runner in runners]
    value = judge(passes)
    scores.append(value)
    for runner, one in zip(runners, passes, strict=True):
        runner.scores.append(value if len(runners) == 1 else judge([one]))
    return value


def _show(on_step: Callable | None, step: int, runners: Sequence[Runner]) -> None:
    if on_step is None:
        return
    with contextlib.ExitStack() as stack:
        for runner in runners:
            stack.enter_context(runner.as_kept())
        on_step(step, [runner.scores[-1] if runner.scores else None for runner in runners])


def _first_forecast(runners: Sequence[Runner]) -> float:
    """Seconds of the first step, by what the first pass took and the work of the two; without a pass, at most."""
    seconds = 0.0
    for runner in runners:
        work = runner.learner.step_work(*runner.sampler.sizes, runner.sampler.n_features)
        watch = runner.watch
        seconds += sure_seconds(runner.learner, work) if watch is None else watch.seconds * work / watch.work
    return seconds


def _last_word_seconds(runners: Sequence[Runner]) -> float:
    return sum(2 * runner.watch.exact_seconds for runner in runners)


def _tuned_is_better(runners: Sequence[Runner], judge: Judge, untuned: Sequence[dict], certainty: float) -> bool:
    """Compare the kept step with the untuned model once more, as predictions compute; the better one stays."""
    tuned = [runner.weights() for runner in runners]
    after = [runner.watch.exact() for runner in runners]
    for runner, weights in zip(runners, untuned, strict=True):
        runner.learner.model.load_state_dict(weights)
    before = [runner.watch.exact() for runner in runners]
    better = judge(after) < judge(before) and (not certainty or certain_gain(before, after, certainty))
    if better:
        for runner, weights in zip(runners, tuned, strict=True):
            runner.learner.model.load_state_dict(weights)
    return better


def _ended(runners: Sequence[Runner], judge: Judge, scores: Sequence[float], result: TrainResult) -> list[TrainResult]:
    """Free what only training needs, and tell each member's part of what happened."""
    for runner in runners:
        runner.learner.release()
        runner.learner.model.eval()
    pooled = tuple(scores) if len(runners) > 1 else ()
    return [
        replace(
            result,
            scores=tuple(runner.scores),
            pooled=pooled,
            rows_synthetic=runner.rows_synthetic,
            synthetic_steps_refused=0 if runner.gate is None else runner.gate.refused,
            score_failure=judge.failure,
        )
        for runner in runners
    ]
