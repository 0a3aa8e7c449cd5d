"""The fine-tuning loop: steps, validation, best weights, the budget.

Contract
--------
* Step 0, the untuned model, is a candidate: by the validation score the result is never worse.
* Training, the choice of the step and prediction use one loss over the classes present.
* The best weights are a copy, restored on every device; gradients are freed at the end.
* Before each step the loop asks whether it would end in time; it stops rather than overrun.
* The validation rows' and the whole support's column codes are computed once: they do not
  depend on the weights.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from autogluon_causalmix.finetune.episodes import EpisodeSampler
from autogluon_causalmix.finetune.learner import InContextModel, numpy_outputs

__all__ = ["Budget", "TrainResult", "fine_tune"]

#: Improvement, relative to the best score, that counts against the patience.
MIN_IMPROVEMENT = 1e-4
#: A step is begun if this many times the recent step's seconds are left.
LOOK_AHEAD = 1.25


@dataclass(frozen=True)
class Budget:
    """Time that may be used: ``deadline`` is a ``time.monotonic()`` value, None is unlimited."""

    deadline: float | None = None

    def allows(self, seconds: float) -> bool:
        """Whether work of so many seconds would end in time."""
        return self.deadline is None or time.monotonic() + seconds <= self.deadline


@dataclass
class TrainResult:
    """What happened: ``scores[t]`` is the validation score after step t, lower is better."""

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
    progress
        Called with step and score after every validation.
    """
    import torch

    model, result = learner.model, TrainResult()
    watch = x_val is not None and len(x_val) > 0
    pass_seconds = 0.0

    def validate() -> float:
        nonlocal pass_seconds
        began = time.monotonic()
        model.eval()
        outputs = learner.outputs_of_codes(codes_support, y_support, codes_val)
        if score is None:
            value = float(learner.loss(outputs, torch.from_numpy(y_val).to(outputs.device)))
        else:
            value = _scored(score, y_val, numpy_outputs(outputs, learner.n_classes), result)
        pass_seconds = time.monotonic() - began
        return value if math.isfinite(value) else math.inf

    best = math.inf
    best_weights = None
    if watch and steps > 0 and budget.allows(0.0):
        codes_support, codes_val = learner.coded(x_support, x_val)
        best = validate()
        if result.score_failure is not None:  # a metric that is undefined on these rows
            score = None
            best = validate()
        result.scores.append(best)
        if progress is not None:
            progress(0, best)
        best_weights = copy.deepcopy(model.state_dict())
    optimiser = None
    step_seconds, reference, waited = 2 * pass_seconds, best, 0
    for step in range(1, steps + 1):
        if not budget.allows(LOOK_AHEAD * (step_seconds + pass_seconds)):
            result.stopped_by = "time"
            break
        began = time.monotonic()
        if optimiser is None:  # made when a step is sure: its first import takes a second or two
            optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
        episode = sampler.next()
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
        if not watch:
            result.step_kept = step
            continue
        value = validate()
        result.scores.append(value)
        if progress is not None:
            progress(step, value)
        if value < best:
            best, result.step_kept = value, step
            best_weights = None  # free the old copy before the new one is made
            best_weights = copy.deepcopy(model.state_dict())
        if math.isinf(reference) or value < reference - MIN_IMPROVEMENT * abs(reference):
            reference, waited = value, 0
        else:
            waited += 1
            if waited >= patience:
                result.stopped_by = "patience"
                break
    learner.release()
    if best_weights is not None and result.step_kept < result.steps_taken:
        model.load_state_dict(best_weights)
    model.eval()
    return result


def _scored(score: Callable, y: np.ndarray, outputs: np.ndarray, result: TrainResult) -> float:
    try:
        return score(y, outputs)
    except Exception as error:  # any metric may be undefined on few rows (ROC-AUC on one class)
        result.score_failure = f"{type(error).__name__}: {error}"
        return math.inf
