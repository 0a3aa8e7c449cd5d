"""Validation: what a member makes of its validation rows, what a pass costs, and one score for several members.

Column codes of the support and of the validation rows do not depend on the weights: they are
computed once. Passes between steps have the steps' precision and some of the member's views; an exact
pass predicts as the fitted model does, in all of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from autogluon_causalmix.finetune.members import Member, View, mean_output
from autogluon_causalmix.finetune.reading import TableReader
from autogluon_causalmix.incontext.learner import InContextModel

if TYPE_CHECKING:
    import torch

__all__ = ["Judge", "Score", "Validated", "ValidationPass", "certain_gain", "sure_seconds"]

Score = Callable[[np.ndarray, np.ndarray], float]

#: Floating-point operations a second that a first pass is sure to reach, per CPU thread and on a GPU.
CPU_THREAD_RATE, GPU_RATE = 1.5e10, 1e12
#: The same per CPU thread in bfloat16; a pass of 50 rows and 5 columns, the slowest measured, reached 37e9.
BFLOAT16_THREAD_RATE = 3e10
#: Seconds of a first pass that do not grow with its rows.
FIXED_SECONDS = 0.05
#: Probabilities below this count as this in an exact pass's loss.
LEAST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class Validated:
    """What one member makes of its validation rows.

    Attributes
    ----------
    loss
        Training loss, mean over the rows.
    targets
        Codes of the classes that training has, or scaled targets, ``(n_val,)``.
    outputs
        Probabilities ``(n_val, n_present)``, in the order of those codes, or scaled targets ``(n_val,)``.
    """

    loss: float
    targets: np.ndarray
    outputs: np.ndarray

    @property
    def losses(self) -> np.ndarray:
        """Loss of every row ``(n_val,)``: negative log-probability, or squared error."""
        if self.outputs.ndim == 1:
            return np.square(self.outputs - self.targets)
        chosen = self.outputs[np.arange(len(self.targets)), self.targets]
        return -np.log(np.clip(chosen, LEAST_PROBABILITY, None))


class ValidationPass:
    """Passes of a member's validation rows ``(n_val, f)`` given its support rows ``(n, f)``.

    Parameters
    ----------
    views
        The member's.
    support, held_out
        Encoded features and coded targets, as everybody sees them.
    n_watched
        Views, from the first on, over which passes between steps are averaged.

    Attributes
    ----------
    seconds
        What the latest pass in the steps' precision took; where that was a GPU's first one, which loads kernels, it was
        made again and this is of the second.
    work, view_work
        Floating-point operations of such a pass, and those of it in one view.
    """

    def __init__(
        self,
        learner: InContextModel,
        views: Sequence[View],
        support: tuple[np.ndarray, np.ndarray],
        held_out: tuple[np.ndarray, np.ndarray],
        n_watched: int = 1,
    ) -> None:
        self._learner, self._views, self._support, self._held_out = learner, views, support, held_out
        self._watched = views[:n_watched]
        self._codes: list[tuple] | None = None  # of the support and of the validation rows, view by view
        self._asked = False
        self._read: list | None = None
        self._others: tuple = (None, None)
        self.seconds = 0.0
        self.view_work = learner.pass_work(len(support[0]), len(held_out[0]), len(views[0].order))
        self.work = len(self._watched) * self.view_work

    def forecast(self) -> float:
        """Seconds that the first pass takes at most."""
        return sure_seconds(self._learner, self.work)

    def __call__(self) -> Validated:
        """Validate the weights as they are, the way steps compute, in the views that are watched."""
        learner, is_first = self._learner, self._codes is None
        if is_first:
            self._codes = [
                learner.coded(view.features(self._support[0]), view.features(self._held_out[0]))
                for view in self._watched
            ]
        learner.model.eval()
        validated = self._timed()
        return self._timed() if is_first and not learner.device.startswith("cpu") else validated

    def _timed(self) -> Validated:
        began, learner, targets = time.monotonic(), self._learner, self._held_out[1]
        support = self._read_support()
        self._read = support if self._asked else None  # gigabytes of a large table, while the next step runs
        passes = [learner.outputs_given(read, codes[1]) for read, codes in zip(support, self._codes, strict=True)]
        validated = Validated(0.0, targets, mean_output(self._watched, passes, learner.n_classes))
        loss = self._training_loss(passes[0]) if len(passes) == 1 else float(validated.losses.mean())
        self.seconds = time.monotonic() - began
        return replace(validated, loss=loss)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Outputs of other rows ``(n, f)`` at the latest pass, with the support as that pass has read it.

        Codes of the array that was asked for last are remembered; who asks once is taken to ask again,
        and from then on passes keep the support that they read.
        """
        learner = self._learner
        self._asked = True
        if self._read is None:
            self._read = self._read_support()
        if self._others[0] is not x:
            codes = [learner.coded(view.features(self._support[0]), view.features(x))[1] for view in self._watched]
            self._others = (x, codes)
        passes = (learner.outputs_given(read, codes) for read, codes in zip(self._read, self._others[1], strict=True))
        return mean_output(self._watched, passes, learner.n_classes)

    def _read_support(self) -> list:
        return [
            self._learner.read_codes(codes[0], view.targets(self._support[1]))
            for view, codes in zip(self._watched, self._codes, strict=True)
        ]

    def _training_loss(self, outputs: torch.Tensor) -> float:
        import torch

        targets = torch.from_numpy(self._watched[0].targets(self._held_out[1]))
        return float(self._learner.loss(outputs, targets.to(outputs.device)))

    def exact(self) -> Validated:
        """Validate them as they predict: in the predictions' precision, averaged over all views."""
        self._learner.model.eval()
        member = Member(self._learner, self._views, {})
        outputs = member.predict(*self._support, self._held_out[0])
        validated = Validated(0.0, self._held_out[1], outputs)
        return replace(validated, loss=float(validated.losses.mean()))

    @property
    def is_exact(self) -> bool:
        """Whether passes between steps are exact ones too."""
        return not self._learner.rounds and len(self._watched) == len(self._views)

    @property
    def exact_seconds(self) -> float:
        """Seconds that an exact pass takes at most: up to twice a pass of the steps' precision per view."""
        return 2 * len(self._views) / len(self._watched) * self.seconds


def sure_seconds(learner: InContextModel, work: float) -> float:
    """Seconds that so many floating-point operations take at most, before anything was measured."""
    import torch

    on_gpu = not learner.device.startswith("cpu")
    thread_rate = BFLOAT16_THREAD_RATE if learner.rounds else CPU_THREAD_RATE
    return FIXED_SECONDS + work / (GPU_RATE if on_gpu else thread_rate * torch.get_num_threads())


class Judge:
    """One score, lower is better, for what one member or several make of their validation rows.

    Parameters
    ----------
    score
        ``score(y, prediction)`` with class codes and probabilities ``(n, n_classes)``, or targets in
        their own units; None takes the training loss.

    Attributes
    ----------
    failure
        Why ``score`` could not be computed the first time; the training loss replaces it.
    """

    def __init__(self, score: Score | None, reader: TableReader) -> None:
        self._score, self._reader, self._worked = score, reader, False
        self.failure: str | None = None

    def __call__(self, passes: Sequence[Validated]) -> float:
        """Score all rows together; what is not finite is infinite."""
        value = self._value(passes)
        return value if math.isfinite(value) else math.inf

    def _value(self, passes: Sequence[Validated]) -> float:
        if self._score is not None:
            try:
                targets = np.concatenate([one.targets for one in passes])
                outputs = np.concatenate([one.outputs for one in passes])
                value = self._score(self._reader.labels(targets), self._reader.prediction(outputs))
                if not self._worked and math.isnan(value):  # scikit-learn's word for undefined
                    raise ValueError("it is not a number")
                self._worked = True
                return value
            except Exception as error:  # any metric may be undefined on few rows (ROC-AUC on one class)
                if self._worked:  # scores of two kinds could not be compared
                    return math.inf
                self._score, self.failure = None, f"{type(error).__name__}: {error}"
        if len(passes) == 1:
            return passes[0].loss
        return float(np.average([one.loss for one in passes], weights=[len(one.targets) for one in passes]))


def certain_gain(untuned: Sequence[Validated], tuned: Sequence[Validated], errors: float) -> bool:
    """Whether the tuned loss is lower by more than so many standard errors of the rows' paired difference.

    A row that several members hold out counts once, with their mean: they share its luck.
    """
    by_split: dict[int, list[np.ndarray]] = {}
    for before, after in zip(untuned, tuned, strict=True):
        by_split.setdefault(id(before.targets), []).append(before.losses - after.losses)
    gain = np.concatenate([np.mean(gains, axis=0) for gains in by_split.values()])
    if not np.isfinite(gain).all() or len(gain) < 2:
        return False
    return bool(gain.mean() > errors * gain.std(ddof=1) / math.sqrt(len(gain)))
