"""The validation pass: one score for the model as it stands, and what a pass will cost.

Column codes of the support and of the validation rows do not depend on the weights: they are
computed once. Passes between steps have the steps' precision; an exact pass has the predictions'.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.reading import TableReader
from autogluon_causalmix.incontext.learner import InContextModel, numpy_outputs

__all__ = ["Score", "ValidationPass", "in_user_units"]

Score = Callable[[np.ndarray, np.ndarray], float]

#: Floating-point operations a second that a first pass is sure to reach, per CPU thread and on a GPU.
CPU_THREAD_RATE, GPU_RATE = 1.5e10, 1e12
#: The same per CPU thread in bfloat16; a pass of 50 rows and 5 columns, the slowest measured, reached 37e9.
BFLOAT16_THREAD_RATE = 3e10
#: Seconds of a first pass that do not grow with its rows.
FIXED_SECONDS = 0.05


class ValidationPass:
    """Scores a learner on validation rows ``(n_val, f)`` given support rows ``(n, f)``.

    Parameters
    ----------
    score
        ``score(y, outputs)``, lower is better, on NumPy outputs; None takes the training loss.

    Attributes
    ----------
    seconds
        What the latest pass in the steps' precision took.
    failure
        Why ``score`` could not be computed in the first pass; the training loss replaces it.
    """

    def __init__(
        self,
        learner: InContextModel,
        x_support: np.ndarray,
        y_support: np.ndarray,
        x_val: np.ndarray,
        y_val: np.ndarray,
        score: Score | None,
    ) -> None:
        self._learner, self._y_support, self._y_val, self._score = learner, y_support, y_val, score
        self._x = (x_support, x_val)
        self._codes: tuple | None = None
        self._worked = False
        self.seconds, self.failure = 0.0, None
        self.work = learner.pass_work(len(x_support), len(x_val), x_support.shape[1])

    def forecast(self) -> float:
        """Seconds that the first pass takes at most."""
        import torch

        on_gpu = not self._learner.device.startswith("cpu")
        thread_rate = BFLOAT16_THREAD_RATE if self._learner.rounds else CPU_THREAD_RATE
        return FIXED_SECONDS + self.work / (GPU_RATE if on_gpu else thread_rate * torch.get_num_threads())

    def __call__(self, *, exact: bool = False) -> float:
        """Score the weights as they are; what is not finite is infinite."""
        began = time.monotonic()
        learner = self._learner
        if self._codes is None:
            self._codes = learner.coded(*self._x)
        learner.model.eval()
        if exact:
            outputs = learner.predict(learner.encode(self._x[0], self._y_support), self._x[1])
        else:
            outputs = learner.outputs_of_codes(self._codes[0], self._y_support, self._codes[1])
        value = self._value(outputs)
        if not exact:
            self.seconds = time.monotonic() - began
        return value if math.isfinite(value) else math.inf

    def _value(self, outputs) -> float:
        import torch

        if self._score is not None:
            try:
                value = self._score(self._y_val, numpy_outputs(outputs, self._learner.n_classes))
                self._worked = True
                return value
            except Exception as error:  # any metric may be undefined on few rows (ROC-AUC on one class)
                if self._worked:  # scores of two kinds could not be compared
                    return math.inf
                self._score, self.failure = None, f"{type(error).__name__}: {error}"
        return float(self._learner.loss(outputs, torch.from_numpy(self._y_val).to(outputs.device)))


def in_user_units(score: Score, view: View, reader: TableReader) -> Score:
    """Turn a score of class codes and probabilities, or of targets, into one of a member's outputs."""

    def scored(y: np.ndarray, outputs: np.ndarray) -> float:
        prediction = reader.prediction(view.probabilities_back(outputs))
        return score(reader.labels(view.targets_back(y)), prediction)

    return scored
