"""A gate for steps on synthetic rows: their direction is taken while real rows agree with it.

The gradient of such a step is compared with a moving average of those of real episodes: the query rows of
one are too few to tell a direction from noise. Each comparison adds an episode at the present weights, and
real steps add theirs for nothing. Real rows are those that steps train on: the validation rows choose the
step, and one that they had shaped would look better to them than to others. Taking out what points against
real gradients is gradient surgery (Yu et al. 2020, PCGrad), done on one side: they are never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.episode import Episode

if TYPE_CHECKING:
    import torch

    from autogluon_causalmix.incontext.learner import InContextModel

__all__ = ["Gate"]

#: Decay of the moving average of real gradients: that of AdamW's own.
DECAY = 0.9


class Gate:
    """Decides on gradients of synthetic rows.

    Parameters
    ----------
    how
        "drop" puts the real episode's gradient in the place of one that points against the average,
        "project" takes out the part that does.

    Attributes
    ----------
    refused
        Steps whose gradient was dropped or projected.
    """

    def __init__(self, how: str) -> None:
        self.how, self.refused = how, 0
        self._average: list | None = None

    def note(self, learner: InContextModel) -> None:
        """Take the gradient in ``learner.model``, which is of real rows, into the average."""
        import torch

        with torch.no_grad():
            real = [weight.grad for weight in _reached(learner)]
            if not torch.isfinite(_dot(real, real)):
                return
            if self._average is None:
                self._average = [gradient.clone() for gradient in real]
            else:
                torch._foreach_lerp_(self._average, real, 1.0 - DECAY)

    def __call__(self, learner: InContextModel, real: Callable[[], Episode]) -> None:
        """Replace the gradient in ``learner.model`` if the average, with a ``real()`` episode's, disagrees with it."""
        import torch

        weights = _reached(learner)
        synthetic = [weight.grad for weight in weights]
        for weight in weights:
            weight.grad = None  # the next gradient takes memory of its own
        learner.compute_gradients(real())
        self.note(learner)
        average = self._average
        agreement = 0.0 if average is None else _dot(synthetic, average)
        if agreement >= 0:
            _put(weights, synthetic)
            return
        self.refused += 1
        if self.how == "project":
            torch._foreach_sub_(synthetic, torch._foreach_mul(average, float(agreement / _dot(average, average))))
            _put(weights, synthetic)


def _reached(learner: InContextModel) -> list:
    """Weights that the loss reaches."""
    return [weight for weight in learner.model.parameters() if weight.grad is not None]


def _dot(first: list, second: list) -> torch.Tensor:
    import torch

    return torch.stack([torch.sum(a * b, dtype=torch.float64) for a, b in zip(first, second, strict=True)]).sum()


def _put(weights: list, gradients: list) -> None:
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
