"""What a fit leaves behind: members that predict from support rows. The only part of a fit that is pickled."""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.members import Member, forget_all
from autogluon_causalmix.finetune.reading import TableReader
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.incontext.gpu_memory import free_gpu_memory, ran_out_of_gpu_memory

__all__ = ["FittedMitra", "Support"]

logger = logging.getLogger("autogluon.causalmix")


@functools.cache
def _say_once(message: str) -> None:
    """Warn once in a process: each fold of a bag meets the same full GPU."""
    logger.warning(message)


@dataclass(frozen=True)
class Support:
    """Encoded rows ``(n, f)`` and coded targets ``(n,)`` that predictions are made from."""

    x: np.ndarray
    target: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def joined(self, more: Support) -> Support:
        """Return a support with the rows of both."""
        return Support(np.concatenate((self.x, more.x)), np.concatenate((self.target, more.target)))


class FittedMitra:
    """Fine-tuned members that predict together.

    Attributes
    ----------
    report
        How it was fitted.
    members
        One fine-tuned model and its view each.
    support
        The rows that predictions are made from.
    device
        Where the weights are; "cpu" once it was pickled, or a GPU had no memory left to predict.
    """

    def __init__(
        self,
        reader: TableReader,
        support: Support,
        members: Sequence[Member],
        report: FitReport,
        device: str,
        waiting: Support | None = None,
    ) -> None:
        self.reader, self.support, self.members = reader, support, tuple(members)
        self.report, self.device = report, device
        self._waiting = waiting

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Class probabilities ``(n, n_classes)``, or targets ``(n,)``; a class that training lacked has 0."""
        x, outputs = self.reader.encode(X), None
        try:
            outputs = [self._ask(member, x) for member in self.members]
        except RuntimeError as error:
            if not ran_out_of_gpu_memory(error):
                raise
        # Not in the handler: until it ends, the error's traceback holds what is to be freed.
        if outputs is None:
            outputs = self._ask_with_little_memory(x)
        return self.reader.prediction(np.mean(outputs, axis=0))

    def _ask(self, member: Member, x: np.ndarray) -> np.ndarray:
        return member.predict(self.support.x, self.support.target, x)

    def _ask_with_little_memory(self, x: np.ndarray) -> list[np.ndarray]:
        """Ask one member after the other while no model keeps a support: on the GPU or, where that fails, the CPU."""
        try:
            forget_all()
            free_gpu_memory(self.device)
            outputs = []
            for member in self.members:
                outputs.append(self._ask(member, x))
                member.forget()
            return outputs
        except RuntimeError as error:
            if not ran_out_of_gpu_memory(error):
                raise
        self._leave_gpu(self.device)
        return [self._ask(member, x) for member in self.members]

    def _leave_gpu(self, device: str) -> None:
        _say_once("CausalMix ran out of GPU memory and predicts on the CPU, which takes longer.")
        self.to("cpu")
        free_gpu_memory(device)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted targets ``(n,)`` of a regression, class codes otherwise."""
        prediction = self.predict_proba(X)
        return prediction if self.reader.is_regression else prediction.argmax(axis=1)

    def join_validation(self) -> int:
        """Let the validation rows that were kept join the support; returns how many did.

        Scores on these rows say nothing from here on: predict them before.
        """
        if self._waiting is None:
            return 0
        self.support, n_joined = self.support.joined(self._waiting), len(self._waiting)
        self._waiting = None
        self.report.rows_joined = n_joined
        return n_joined

    def to(self, device: str) -> FittedMitra:
        """Move the members' weights to a device, or to the CPU if that is a GPU without room for them."""
        moved = False
        try:
            for member in self.members:
                member.to(device)
            moved = True
        except RuntimeError as error:
            if device == "cpu" or not ran_out_of_gpu_memory(error):
                raise
        if moved:
            self.device = device
        else:
            self._leave_gpu(device)
        return self

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_waiting": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.device = "cpu"  # members unpickle onto the CPU
