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
from typing import TYPE_CHECKING

import numpy as np

from autogluon_causalmix.finetune.episodes import Episode, EpisodeSampler
from autogluon_causalmix.finetune.mitra import encode_support, in_context_logits, quantile_codes, query_logits

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["Budget", "InContextModel", "TrainResult", "fine_tune"]

#: Activation bytes kept per token, layer and embedding dimension without recomputation; measured.
BYTES_PER_TOKEN = 150
#: Above this, activations are recomputed in the backward pass: a third more time, a fraction of the memory.
RECOMPUTE_ABOVE_BYTES = 3e9
#: Cells predicted in one pass.
QUERY_CELLS = 100_000
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


class InContextModel:
    """A Tab2D with the support it predicts from; knows devices, precision and classes.

    Parameters
    ----------
    n_classes
        Classes present (their logits are the first ones); 0 for regression.
    """

    def __init__(self, model: nn.Module, n_classes: int, device: str, precision: str) -> None:
        self.model, self.n_classes, self.device = model.to(device), n_classes, device
        self.precision = precision
        if precision == "auto":
            self.precision = "bfloat16" if device.startswith("cuda") else "float32"

    def _autocast(self):
        import torch

        return torch.autocast(self.device.split(":")[0], torch.bfloat16, enabled=self.precision == "bfloat16")

    def _tensors(self, *arrays: np.ndarray) -> list[torch.Tensor]:
        import torch

        return [torch.from_numpy(np.ascontiguousarray(a)).to(self.device).unsqueeze(0) for a in arrays]

    def _outputs(self, raw: torch.Tensor) -> torch.Tensor:
        return raw[0, :, : self.n_classes] if self.n_classes else raw[0, :, 0]

    def loss(self, outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Cross-entropy over the classes present, or squared error of the scaled target."""
        import torch.nn.functional as F

        return F.cross_entropy(outputs, y.long()) if self.n_classes else F.mse_loss(outputs, y.float())

    def episode_loss(self, episode: Episode) -> torch.Tensor:
        """Loss of the query rows given the support rows, ready for ``backward``."""
        x_s, y_s, x_q, y_q = self._tensors(episode.x_support, episode.y_support, episode.x_query, episode.y_query)
        tokens = (x_s.shape[1] + x_q.shape[1]) * (x_s.shape[2] + 1)
        kept = BYTES_PER_TOKEN * tokens * len(self.model.layers) * self.model.dim
        with self._autocast():
            raw = in_context_logits(self.model, x_s, y_s, x_q, recompute=kept > RECOMPUTE_ABOVE_BYTES)
        return self.loss(self._outputs(raw), y_q[0])

    def coded(self, x_support: np.ndarray, x_query: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Column codes of support and query rows, for `outputs_of_codes`."""
        return quantile_codes(*self._tensors(x_support, x_query))

    def outputs_of_codes(
        self, codes_support: torch.Tensor, y_support: np.ndarray, codes_query: torch.Tensor
    ) -> torch.Tensor:
        """Logits ``(n_query, n_classes)`` or scaled targets ``(n_query,)``, without gradients.

        The support is encoded once; query rows pass in the widest chunks that memory allows.
        """
        import torch

        (y,) = self._tensors(y_support)
        rows = max(1, QUERY_CELLS // (codes_query.shape[2] + 1))
        with torch.inference_mode(), self._autocast():
            cache = encode_support(self.model, codes_support, y)
            parts = [query_logits(self.model, cache, part) for part in codes_query.split(rows, dim=1)]
        return self._outputs(torch.cat(parts, dim=1))


@dataclass
class TrainResult:
    """What happened: ``scores[t]`` is the validation score after step t, lower is better."""

    steps_taken: int = 0
    step_kept: int = 0
    stopped_by: str = "steps"
    scores: list[float] = field(default_factory=list)
    rows_synthetic: int = 0


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
        targets); None takes the training loss.
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
            value = score(y_val, numpy_outputs(outputs, learner.n_classes))
        pass_seconds = time.monotonic() - began
        return value if math.isfinite(value) else math.inf

    best = math.inf
    best_weights = None
    if watch and steps > 0:
        codes_support, codes_val = learner.coded(x_support, x_val)
        best = validate()
        result.scores.append(best)
        if progress is not None:
            progress(0, best)
        best_weights = copy.deepcopy(model.state_dict())
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    step_seconds, reference, waited = 2 * pass_seconds, best, 0
    for step in range(1, steps + 1):
        if not budget.allows(LOOK_AHEAD * (step_seconds + pass_seconds)):
            result.stopped_by = "time"
            break
        began = time.monotonic()
        episode = sampler.next()
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = lr * min(1.0, step / max(1, warmup_steps))
        optimiser.zero_grad(set_to_none=True)
        learner.episode_loss(episode).backward()
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
        if value < reference - MIN_IMPROVEMENT * abs(reference):
            reference, waited = value, 0
        else:
            waited += 1
            if waited >= patience:
                result.stopped_by = "patience"
                break
    optimiser.zero_grad(set_to_none=True)
    if best_weights is not None and result.step_kept < result.steps_taken:
        model.load_state_dict(best_weights)
    model.eval()
    return result


def numpy_outputs(outputs: torch.Tensor, n_classes: int) -> np.ndarray:
    import torch

    values = torch.softmax(outputs.double(), dim=-1) if n_classes else outputs
    return values.cpu().numpy()
