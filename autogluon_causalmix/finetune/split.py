"""Who trains, who picks the step, and in which order rows enter a support that is cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.strata import holdout_split, stratified_order

__all__ = ["Split"]


@dataclass(frozen=True)
class Split:
    """The rows of one fit by their use.

    Attributes
    ----------
    training
        Positions of the training rows that steps see, ascending.
    order
        All training rows in the order in which a support takes them. There is one for the whole
        fit: a support that is cut holds the same rows in every validation pass of every member and
        in every prediction.
    x_val, target_val
        Encoded validation rows; None where there is nothing to choose a step by.
    unseen
        Values ``(n, n_columns)``, in the columns of the problem's ``joint``, of rows that steps do
        not see.
    remarks
        What the report should say of them.
    """

    training: np.ndarray
    order: np.ndarray
    x_val: np.ndarray | None
    target_val: np.ndarray | None
    unseen: np.ndarray
    remarks: tuple[str, ...] = ()

    @classmethod
    def choose(
        cls,
        problem: Problem,
        given: tuple[pd.DataFrame, pd.Series] | None,
        holdout_share: float,
        rng: np.random.Generator,
    ) -> Split:
        """Take the validation rows that are given; hold some out only if none, or none that can be used, is given."""
        n, remarks = len(problem.x), ()
        if given is not None and len(given[0]):
            codes = problem.reader.code(given[1])
            usable = np.isfinite(codes) if problem.reader.is_regression else codes >= 0
            if not usable.all():
                what = "no finite target" if problem.reader.is_regression else "a class that training lacks"
                remarks = (f"{int((~usable).sum())} validation rows have {what}: ignored",)
            if usable.any():
                x_val, target_val = problem.reader.encode(given[0])[usable], codes[usable]
                order = stratified_order(problem.stratum, rng, n)
                return cls(np.arange(n), order, x_val, target_val, problem.joint_values(*given), remarks)
        if holdout_share <= 0:
            order = stratified_order(problem.stratum, rng, n)
            return cls(np.arange(n), order, None, None, problem.joint.values[:0], remarks)
        training, held_out = holdout_split(problem.stratum, holdout_share, rng, n)
        order = stratified_order(problem.stratum, rng, n)
        x_val, target_val = problem.x[held_out], problem.target[held_out]
        return cls(training, order, x_val, target_val, problem.joint.values[held_out], remarks)

    @classmethod
    def rotated(cls, problem: Problem, n_members: int, holdout_share: float, rng: np.random.Generator) -> list[Split]:
        """Return a split for each of so many members, no two of which hold out the same row.

        There are as many parts as members, or more where ``holdout_share`` asks for smaller ones.
        Each class is dealt out to the parts in turn; a class of one row stays in training.
        """
        n, n_parts = len(problem.x), max(n_members, round(1 / holdout_share))
        order = stratified_order(problem.stratum, rng, n)
        place = np.argsort(order)
        stratum = np.zeros(n, dtype=int) if problem.stratum is None else problem.stratum
        part = np.empty(n, dtype=int)
        part[np.lexsort((place, stratum))] = np.arange(n) % n_parts
        part[np.bincount(stratum)[stratum] == 1] = -1
        splits = []
        for k in range(n_members):
            held_out, training = np.flatnonzero(part == k), np.flatnonzero(part != k)
            if not len(held_out):  # fewer rows than parts
                return splits or [cls(np.arange(n), order, None, None, problem.joint.values[:0])]
            values = problem.joint.values[held_out]
            splits.append(cls(training, order, problem.x[held_out], problem.target[held_out], values))
        return splits

    @property
    def validation_is_given(self) -> bool:
        """Whether the rows that pick the step are beside the training rows, not among them."""
        return self.x_val is not None and len(self.training) == len(self.order)

    @property
    def n_validation(self) -> int:
        """Rows that pick the step."""
        return 0 if self.x_val is None else len(self.x_val)

    def support(self, most: int) -> np.ndarray:
        """Positions of the rows that predictions are made from, ``most`` at most."""
        return self.order[:most]

    def validation_support(self, most: int, is_regression: bool, rng: np.random.Generator) -> np.ndarray:
        """Positions of the validation rows that join a support with room for ``most``; classes stay in proportion."""
        n = self.n_validation
        if n <= most:
            return np.arange(n)
        return stratified_order(None if is_regression else self.target_val, rng, n)[:most]

    def training_support(self, most: int) -> np.ndarray:
        """The same for validation passes, which rows held out take no part in."""
        return self.order[np.isin(self.order, self.training)][:most]
