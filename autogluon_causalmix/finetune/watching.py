"""A fit as somebody from outside sees it: every member after each of its steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.validation import ValidationPass

__all__ = ["Moment", "Watcher"]


@dataclass(frozen=True)
class Moment:
    """A member after one of its steps, for those who watch a fit.

    Attributes
    ----------
    member
        Its number, from 0.
    step
        Steps taken; 0 is the untuned model.
    score
        Of the validation rows, lower is better; None if there are none.
    predict_proba
        ``predict_proba(X)``: what the member makes of other rows at this moment, as
        `FittedMitra.predict_proba` gives it but computed as its validation rows are: from its training
        rows, in the views that validation sees and in the steps' precision. None where nothing is validated.
    """

    member: int
    step: int
    score: float | None
    predict_proba: Callable[[pd.DataFrame], np.ndarray] | None


class Watcher:
    """Shows an observer every member after every step; it must not change the fit, and cannot.

    Parameters
    ----------
    observe
        Called with a `Moment`.
    problem
        Reads the rows that the observer asks about.
    members
        Their numbers.
    passes
        Each one's validation; None where there is nothing to validate on.
    """

    def __init__(
        self,
        observe: Callable[[Moment], None],
        problem: Problem,
        members: Sequence[int],
        passes: Sequence[ValidationPass | None],
    ) -> None:
        self._observe, self._problem, self._members, self._passes = observe, problem, members, passes
        self._latest: tuple[pd.DataFrame | None, np.ndarray | None] = (None, None)

    def __call__(self, step: int, scores: Sequence[float | None]) -> None:
        """Show the members at a step with their validation scores."""
        for k, its_pass, score in zip(self._members, self._passes, scores, strict=True):
            predict_proba = None if its_pass is None else partial(self._predict_proba, its_pass)
            self._observe(Moment(k, step, score, predict_proba))

    def _predict_proba(self, validation: ValidationPass, X: pd.DataFrame) -> np.ndarray:
        if self._latest[0] is not X:  # the same rows are asked about step by step
            self._latest = (X, self._problem.reader.encode(X))
        return self._problem.reader.prediction(validation.predict(self._latest[1]))
