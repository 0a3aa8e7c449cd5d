"""One member in training: its optimiser, its episodes, what of its weights is kept, and the best of it so far."""

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
    untuned_share
        Share of the weights as they were before training in those that are validated and kept.
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
        untuned_share: float = 0.0,
        gate: Gate | None = None,
    ) -> None:
        self.learner, self.sampler, self.watch, self.gate = learner, sampler, watch, gate
        self._averaging, self._average = averaging, None
        self._untuned_share, self._untuned = untuned_share, None
        self._best: dict[str, torch.Tensor] | None = None
        self._optimiser: torch.optim.Optimizer | None = None
        self.scores: list[float] = []
        self.rows_synthetic = 0

    @property
    def most_gradients(self) -> int:
        """Gradients that a step computes at most."""
        return 1 if self.gate is None else 2

    def begin(self, weight_decay: float) -> None:
        """Make the optimiser, and what is mixed into the weights that are kept."""
        import torch

        weights = list(self.learner.model.parameters())
        self._optimiser = torch.optim.AdamW(weights, lr=1.0, weight_decay=weight_decay, fused=True)
        if self._averaging:
            self._average = _copies(weights)
        if self._untuned_share:
            self._untuned = _copies(weights)

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
    def as_kept(self) -> Iterator[None]:
        """Put the weights that would be kept in the place of the latest ones within the block."""
        import torch

        if self._average is None and self._untuned is None:
            yield
            return
        weights = list(self.learner.model.parameters())
        with torch.no_grad():
            latest = _copies(weights)
            self._replace()
            try:
                yield
            finally:
                torch._foreach_copy_(weights, latest)

    def _replace(self) -> None:
        """Replace the latest weights by those that would be kept."""
        import torch

        weights = list(self.learner.model.parameters())
        with torch.no_grad():
            if self._average is not None:
                torch._foreach_copy_(weights, self._average)
            if self._untuned is not None:
                torch._foreach_lerp_(weights, self._untuned, self._untuned_share)

    def validate(self) -> Validated:
        """Validate what would be kept now."""
        with self.as_kept():
            return self.watch()

    def keep(self) -> None:
        """Remember what would be kept now."""
        import torch

        with self.as_kept():
            state = self.learner.model.state_dict()
            if self._best is None:
                self._best = copy.deepcopy(state)
            else:
                torch._foreach_copy_(list(self._best.values()), list(state.values()))

    def weights(self) -> dict[str, torch.Tensor]:
        """Return a copy of the model's weights as they are."""
        return copy.deepcopy(self.learner.model.state_dict())

    def end(self, *, restore: bool) -> None:
        """Leave the weights that were kept in the model, or what would be kept of the latest ones."""
        if restore and self._best is not None:
            self.learner.model.load_state_dict(self._best)
        else:
            self._replace()
        self._best = self._average = self._untuned = self._optimiser = None


def _copies(weights: list[torch.Tensor]) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in weights]
