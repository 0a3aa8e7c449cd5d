"""One member in training: its optimiser, its episodes, the average of its weights, and the best of them so far."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autogluon_causalmix.finetune.episodes import EpisodeSampler
from autogluon_causalmix.finetune.gate import Gate
from autogluon_causalmix.finetune.validation import Validated, ValidationPass
from autogluon_causalmix.incontext.learner import InContextModel

if TYPE_CHECKING:
    import torch

__all__ = ["Runner"]


class Runner:
    """Trains ``learner.model`` in place.

    Parameters
    ----------
    sampler
        Source of episodes.
    watch
        Validates the weights; None where there is nothing to validate on.
    averaging
        Decay of the moving average of the weights, which is what is validated and kept; 0 is the
        latest weights.
    gate
        Decides on steps with synthetic rows; None takes them as they are.

    Attributes
    ----------
    scores
        This member's own validation loss or score after every step, filled by the loop.
    rows_synthetic
        Synthetic rows in its episodes so far.
    """

    def __init__(
        self,
        learner: InContextModel,
        sampler: EpisodeSampler,
        watch: ValidationPass | None,
        averaging: float = 0.0,
        gate: Gate | None = None,
    ) -> None:
        self.learner, self.sampler, self.watch, self.gate = learner, sampler, watch, gate
        self._averaging, self._average = averaging, None
        self._best: dict[str, torch.Tensor] | None = None
        self._optimiser: torch.optim.Optimizer | None = None
        self.scores: list[float] = []
        self.rows_synthetic = 0

    @property
    def most_gradients(self) -> int:
        """Gradients that a step computes at most."""
        return 1 if self.gate is None else 2

    def begin(self, weight_decay: float) -> None:
        """Make the optimiser, and the average if there is to be one."""
        import torch

        weights = list(self.learner.model.parameters())
        self._optimiser = torch.optim.AdamW(weights, lr=1.0, weight_decay=weight_decay, fused=True)
        if self._averaging:
            self._average = [weight.detach().clone() for weight in weights]

    def step(self, progress: float, rate: float) -> None:
        """Take one step at a learning rate, unless its gradient is not finite."""
        import torch

        episode, model = self.sampler.next(progress), self.learner.model
        model.train()
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self.learner.compute_gradients(episode)
        if self.gate is not None:
            if episode.n_synthetic:
                self.gate(self.learner, self.sampler.real)
            else:
                self.gate.note(self.learner)
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)):
            self._optimiser.step()
        if self._average is not None:
            with torch.no_grad():
                torch._foreach_lerp_(self._average, list(model.parameters()), 1.0 - self._averaging)
        self.rows_synthetic += episode.n_synthetic

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the averaged weights in the place of the latest ones within the block."""
        import torch

        if self._average is None:
            yield
            return
        weights = list(self.learner.model.parameters())
        with torch.no_grad():
            latest = [weight.detach().clone() for weight in weights]
            torch._foreach_copy_(weights, self._average)
            try:
                yield
            finally:
                torch._foreach_copy_(weights, latest)

    def validate(self) -> Validated:
        """Validate what would be kept now."""
        with self.averaged():
            return self.watch()

    def keep(self) -> None:
        """Remember what would be kept now."""
        import torch

        with self.averaged():
            state = self.learner.model.state_dict()
            if self._best is None:
                self._best = copy.deepcopy(state)
            else:
                torch._foreach_copy_(list(self._best.values()), list(state.values()))

    def weights(self) -> dict[str, torch.Tensor]:
        """Return a copy of the model's weights as they are."""
        return copy.deepcopy(self.learner.model.state_dict())

    def end(self, *, restore: bool) -> None:
        """Leave the weights that were kept in the model, or the latest (averaged) ones."""
        import torch

        model = self.learner.model
        if restore and self._best is not None:
            model.load_state_dict(self._best)
        elif self._average is not None:
            with torch.no_grad():
                torch._foreach_copy_(list(model.parameters()), self._average)
        self._best = self._average = self._optimiser = None
