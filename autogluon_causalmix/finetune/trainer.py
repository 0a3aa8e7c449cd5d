"""The fine-tuning loop: steps, validation, best weights, the budget.

Contract
--------
* Step 0, the untuned model, is a candidate: by the validation score the result is never worse.
  Where steps round more than predictions do, the two are compared once more as they predict.
* Training, the choice of the step and prediction use one loss over the classes present.
* The best weights are a copy, restored on every device; gradients are freed at the end.
* Before a pass or a step the loop asks whether it would end in time; it stops rather than overrun.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.episodes import EpisodeSampler
from autogluon_causalmix.finetune.validation import ValidationPass
from autogluon_causalmix.incontext.episode import Episode
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.threads import AdaptiveThreads

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

__all__ = ["Schedule", "TrainResult", "fine_tune"]

#: Improvement, relative to the best score, that counts against the patience.
MIN_IMPROVEMENT = 1e-4
#: A step is started if this many times the recent step's seconds are left.
LOOK_AHEAD = 1.25
#: Two exact passes at the end, in passes of the steps' precision; one takes up to twice as long.
LAST_WORD_PASSES = 4


@dataclass(frozen=True)
class Schedule:
    """Steps at most, AdamW's rate, linear warm-up and weight decay, and the steps without gain that end a fit."""

    steps: int
    lr: float
    warmup_steps: int = 10
    weight_decay: float = 0.1
    patience: int = 40

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 1."""
        return self.lr * min(1.0, step / max(1, self.warmup_steps))


@dataclass(frozen=True)
class TrainResult:
    """What happened: ``scores[t]`` is the validation score after step t, lower is better.

    ``stopped_by`` is "steps", "time" or "patience"; ``score_failure`` says why the training loss
    was taken instead of the score that was asked for.
    """

    steps_taken: int = 0
    step_kept: int = 0
    stopped_by: str = "steps"
    scores: tuple[float, ...] = ()
    rows_synthetic: int = 0
    score_failure: str | None = None


def fine_tune(
    learner: InContextModel,
    sampler: EpisodeSampler,
    watch: ValidationPass | None,
    schedule: Schedule,
    budget: Budget,
    threads: AdaptiveThreads,
    on_step: Callable[[int, float | None], None] | None = None,
) -> TrainResult:
    """Fine-tune ``learner.model`` in place and leave its best weights in it.

    Parameters
    ----------
    sampler
        Source of episodes.
    watch
        Scores the weights after every step; without it the last step is kept.
    budget
        Time until which the loop may run, validation included.
    threads
        Asked before every step: other processes come and go.
    on_step
        Called with each step and its score, None without validation; with step 0 before the first.
    """
    import torch

    model, steps = learner.model, schedule.steps
    watch = watch if steps > 0 else None
    scores: list[float] = []
    best, best_weights, untuned = math.inf, None, None
    if watch is not None:
        threads.adapt()
        if not budget.allows(watch.forecast()):
            return _ended(learner, TrainResult(stopped_by="time"))
        best = watch()
        scores.append(best)
        best_weights = copy.deepcopy(model.state_dict())
        untuned = copy.deepcopy(best_weights) if learner.rounds else None
    if on_step is not None:
        on_step(0, scores[0] if scores else None)
    optimiser = torch.optim.AdamW(model.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay, fused=True)
    step_seconds = 0.0
    if watch is not None:  # what the pass took, by the work of the two
        step_seconds = watch.seconds * learner.step_work(*sampler.sizes, sampler.n_features) / watch.work
    taken, kept, rows_synthetic, stopped_by = 0, 0, 0, "steps"
    reference, waited = best, 0
    for step in range(1, steps + 1):
        pass_seconds = 0.0 if watch is None else watch.seconds
        reserve = 0.0 if step == 1 or untuned is None else LAST_WORD_PASSES * pass_seconds
        if not budget.allows(LOOK_AHEAD * (step_seconds + pass_seconds) + reserve):
            stopped_by = "time"
            break
        threads.adapt()
        began = time.monotonic()
        episode = sampler.next((step - 1) / steps)
        _step(learner, optimiser, episode, schedule.rate(step))
        taken, rows_synthetic = step, rows_synthetic + episode.n_synthetic
        seconds = time.monotonic() - began
        step_seconds = seconds if step == 1 else max(seconds, 0.7 * step_seconds)
        value = None if watch is None else watch()
        if on_step is not None:
            on_step(step, value)
        if value is None:
            kept = step
            continue
        scores.append(value)
        if value < best:
            best, kept = value, step
            torch._foreach_copy_(list(best_weights.values()), list(model.state_dict().values()))
        if math.isinf(reference) or value < reference - MIN_IMPROVEMENT * abs(reference):
            reference, waited = value, 0
        else:
            waited += 1
            if waited >= schedule.patience:
                stopped_by = "patience"
                break
    if best_weights is not None and kept < taken:
        model.load_state_dict(best_weights)
    if untuned is not None and kept > 0 and budget.allows(LAST_WORD_PASSES * watch.seconds):
        kept = kept if _tuned_is_better(model, untuned, watch) else 0
    failure = None if watch is None else watch.failure
    return _ended(learner, TrainResult(taken, kept, stopped_by, tuple(scores), rows_synthetic, failure))


def _step(learner: InContextModel, optimiser: Optimizer, episode: Episode, rate: float) -> None:
    """One step of the optimiser, unless the gradient is not finite."""
    import torch

    learner.model.train()
    for group in optimiser.param_groups:
        group["lr"] = rate
    learner.compute_gradients(episode)
    norm = torch.nn.utils.clip_grad_norm_(learner.model.parameters(), 1.0)
    if torch.isfinite(norm):
        optimiser.step()


def _ended(learner: InContextModel, result: TrainResult) -> TrainResult:
    learner.release()
    learner.model.eval()
    return result


def _tuned_is_better(model: nn.Module, untuned: dict, watch: ValidationPass) -> bool:
    """Compare the kept step with the untuned model once more, as predictions compute; the better one stays."""
    tuned_score = watch(exact=True)
    tuned = copy.deepcopy(model.state_dict())
    model.load_state_dict(untuned)
    better = tuned_score < watch(exact=True)
    if better:
        model.load_state_dict(tuned)
    return better
