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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from autogluon_causalmix.finetune.episodes import EpisodeSampler
from autogluon_causalmix.finetune.validation import ValidationPass
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.threads import AdaptiveThreads

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Budget", "TrainResult", "fine_tune"]

#: Improvement, relative to the best score, that counts against the patience.
MIN_IMPROVEMENT = 1e-4
#: A step is begun if this many times the recent step's seconds are left.
LOOK_AHEAD = 1.25
#: Two exact passes at the end, in passes of the steps' precision; one takes up to twice as long.
LAST_WORD_PASSES = 4


@dataclass(frozen=True)
class Budget:
    """Time that may be used: ``deadline`` is a ``time.monotonic()`` value, None is unlimited."""

    deadline: float | None = None

    def allows(self, seconds: float) -> bool:
        """Whether work of so many seconds would end in time."""
        return self.deadline is None or time.monotonic() + seconds <= self.deadline


@dataclass
class TrainResult:
    """What happened: ``scores[t]`` is the validation score after step t, lower is better.

    ``score_failure`` says why the training loss was taken instead of ``score``.
    """

    steps_taken: int = 0
    step_kept: int = 0
    stopped_by: str = "steps"
    scores: list[float] = field(default_factory=list)
    rows_synthetic: int = 0
    score_failure: str | None = None


def fine_tune(
    learner: InContextModel,
    sampler: EpisodeSampler,
    *,
    x_support: np.ndarray,
    y_support: np.ndarray,
    x_val: np.ndarray | None,
    y_val: np.ndarray | None,
    score: Callable[[np.ndarray, np.ndarray], float] | None,
    steps: int,
    lr: float,
    warmup_steps: int,
    weight_decay: float,
    patience: int,
    budget: Budget,
    threads: AdaptiveThreads,
    progress: Callable[[int, float], None] | None = None,
) -> TrainResult:
    """Fine-tune ``learner.model`` in place and leave its best weights in it.

    Parameters
    ----------
    sampler
        Source of episodes.
    x_support, y_support, x_val, y_val
        Rows of the validation pass; without validation rows the last step is kept.
    score
        ``score(y, outputs)``, lower is better, on NumPy outputs (probabilities or scaled
        targets); None takes the training loss, and so does a score that fails at step 0.
    budget
        Time until which the loop may run, validation included.
    threads
        Asked before every step: other processes come and go.
    progress
        Called with step and score after every validation.
    """
    import torch

    model, result = learner.model, TrainResult()
    watch, best, best_weights, untuned = None, math.inf, None, None
    if steps > 0 and x_val is not None and len(x_val):
        watch = ValidationPass(learner, x_support, y_support, x_val, y_val, score)
        threads.adapt()
        if not budget.allows(watch.forecast()):
            result.stopped_by = "time"
            return result
        best = watch()
        result.score_failure = watch.failure
        result.scores.append(best)
        if progress is not None:
            progress(0, best)
        best_weights = copy.deepcopy(model.state_dict())
        untuned = copy.deepcopy(best_weights) if learner.rounds else None
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
    step_seconds = 0.0
    if watch is not None:  # what the pass took, by the work of the two
        step_seconds = watch.seconds * learner.step_work(*sampler.sizes, sampler.n_features) / watch.work
    reference, waited = best, 0
    for step in range(1, steps + 1):
        pass_seconds = 0.0 if watch is None else watch.seconds
        reserve = 0.0 if step == 1 or untuned is None else LAST_WORD_PASSES * pass_seconds
        if not budget.allows(LOOK_AHEAD * (step_seconds + pass_seconds) + reserve):
            result.stopped_by = "time"
            break
        threads.adapt()
        began = time.monotonic()
        episode = sampler.next((step - 1) / steps)
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = lr * min(1.0, step / max(1, warmup_steps))
        learner.compute_gradients(episode)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if torch.isfinite(norm):
            optimiser.step()
        result.steps_taken, result.rows_synthetic = step, result.rows_synthetic + episode.n_synthetic
        taken = time.monotonic() - began
        step_seconds = taken if step == 1 else max(taken, 0.7 * step_seconds)
        if watch is None:
            result.step_kept = step
            continue
        value = watch()
        result.scores.append(value)
        if progress is not None:
            progress(step, value)
        if value < best:
            best, result.step_kept = value, step
            torch._foreach_copy_(list(best_weights.values()), list(model.state_dict().values()))
        if math.isinf(reference) or value < reference - MIN_IMPROVEMENT * abs(reference):
            reference, waited = value, 0
        else:
            waited += 1
            if waited >= patience:
                result.stopped_by = "patience"
                break
    if best_weights is not None and result.step_kept < result.steps_taken:
        model.load_state_dict(best_weights)
    if untuned is not None and result.step_kept > 0 and budget.allows(LAST_WORD_PASSES * watch.seconds):
        _last_word(model, untuned, watch, result)
    learner.release()
    model.eval()
    return result


def _last_word(model: nn.Module, untuned: dict, watch: ValidationPass, result: TrainResult) -> None:
    """Compare the chosen step with the untuned model once more, in the predictions' precision."""
    tuned_score = watch(exact=True)
    tuned = copy.deepcopy(model.state_dict())
    model.load_state_dict(untuned)
    if tuned_score < watch(exact=True):
        model.load_state_dict(tuned)
    else:
        result.step_kept = 0
