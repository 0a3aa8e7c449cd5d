"""The training data of one fit, read once: typed table, encoded features, coded target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.finetune.encoding import FeatureEncoder, TargetScale
from autogluon_causalmix.finetune.episodes import holdout_split
from autogluon_causalmix.table import TypedTable

__all__ = ["Problem", "Rows", "choose_rows"]


class Problem:
    """What a fit learns from, and how later rows and predictions are read and written.

    Attributes
    ----------
    x, target
        Encoded features ``(n, n_kept)`` float32; class codes 0 .. n_present - 1 of the classes
        that occur, or the regression target scaled to [0, 1].
    joint
        Typed table of the features and, as its last column, the target: what generators read.
    n_present
        Classes that occur; 0 for regression.
    """

    def __init__(self, X: pd.DataFrame, y: pd.Series, is_regression: bool, n_classes: int) -> None:
        if len(X) < 2:
            raise DataError(f"{len(X)} training rows: at least 2 are needed, one to learn from and one to check on")
        if pd.isna(y).any():
            raise DataError(f"the target has {int(pd.isna(y).sum())} missing values: drop these rows")
        self.is_regression, self.n_classes = is_regression, n_classes
        self.features = TypedTable.from_frame(X)
        self.encoder = FeatureEncoder(self.features)
        if not len(self.encoder.kept):
            raise DataError(f"none of the {X.shape[1]} columns varies over {len(X)} training rows: nothing to learn")
        self.scale: TargetScale | None = None
        if is_regression:
            raw = np.asarray(y, dtype=np.float64)
            if raw.min() == raw.max():
                raise DataError(f"the target is {raw[0]} in every row: nothing to learn")
            self.scale = TargetScale(raw)
            self.target = self.scale.forward(raw)
            self.n_present = 0
        else:
            self._classes, codes = np.unique(np.asarray(y).astype(np.int64), return_inverse=True)
            if len(self._classes) < 2:
                raise DataError(f"the target is {self._classes[0]} in every row: two classes are needed")
            self.target = codes.astype(np.int64)
            self.n_present = len(self._classes)
        self.x = self.encoder.transform(self.features.values)
        self.target_name = _free_name(y.name, X.columns)
        self.joint = TypedTable.from_frame(self._with_target(X, y), categorical=self._class_columns)

    @property
    def _class_columns(self) -> tuple:
        return () if self.is_regression else (self.target_name,)

    @property
    def stratum(self) -> np.ndarray | None:
        """What splits are stratified by: class codes, or None for regression."""
        return None if self.is_regression else self.target

    def _with_target(self, X: pd.DataFrame, y: pd.Series) -> pd.DataFrame:
        frame = X.copy(deep=False)
        frame[self.target_name] = pd.Series(np.asarray(y), index=X.index)
        return frame

    def encode(self, X: pd.DataFrame) -> np.ndarray:
        """Encode the features of other rows."""
        table = TypedTable.from_frame(X, like=self.features).with_new_numbers(X)
        return self.encoder.transform(table.values, table.unseen)

    def code(self, y: pd.Series) -> np.ndarray:
        """Code targets of other rows; -1 for a class that training lacks."""
        if self.scale is not None:
            return self.scale.forward(np.asarray(y, dtype=np.float64))
        known = {label: code for code, label in enumerate(self._classes)}
        return np.array([known.get(int(label), -1) for label in np.asarray(y)], dtype=np.int64)

    def joint_values(self, X: pd.DataFrame, y: pd.Series) -> np.ndarray:
        """Values of other rows in the columns of ``joint``; unknown classes are missing."""
        return TypedTable.from_frame(self._with_target(X, y), like=self.joint).values

    def labels(self, codes: np.ndarray) -> np.ndarray:
        """Undo `code`."""
        return self._classes[codes] if self.scale is None else self.scale.back(codes)

    def prediction(self, outputs: np.ndarray) -> np.ndarray:
        """Turn model outputs into probabilities over all classes, or targets in their own units."""
        if self.scale is not None:
            return self.scale.back(outputs)
        full = np.zeros((len(outputs), self.n_classes))
        full[:, self._classes] = outputs
        return full

    def forget_rows(self) -> Problem:
        """Drop the training rows and keep what reading and predicting other rows needs."""
        slim = object.__new__(Problem)
        # Copies: a view of no rows would keep all of them alive.
        slim.__dict__ = self.__dict__ | {
            "features": TypedTable(self.features.columns, self.features.values[:0].copy()),
            "joint": TypedTable(self.joint.columns, self.joint.values[:0].copy()),
            "x": self.x[:0].copy(),
            "target": self.target[:0].copy(),
        }
        return slim


def _free_name(name: Any, taken: pd.Index) -> Any:
    if name is None:
        name = "target"
    while name in taken:
        name = f"{name}_"
    return name


@dataclass(frozen=True)
class Rows:
    """Who trains and who picks the step.

    Attributes
    ----------
    training, held_out
        Positions among the training rows.
    x_val, target_val
        Encoded validation rows; None where there is nothing to choose a step by.
    remarks
        What the report should say of them.
    """

    training: np.ndarray
    held_out: np.ndarray
    x_val: np.ndarray | None = None
    target_val: np.ndarray | None = None
    remarks: tuple[str, ...] = ()


def choose_rows(
    problem: Problem,
    X_val: pd.DataFrame | None,
    y_val: pd.Series | None,
    holdout_share: float,
    rng: np.random.Generator,
) -> Rows:
    """Take the validation rows that are given; hold some out only if none (of use) is given."""
    n, remarks = len(problem.x), ()
    everything, nothing = np.arange(n), np.zeros(0, dtype=int)
    if X_val is not None and y_val is not None and len(X_val):
        codes = problem.code(y_val)
        usable = np.isfinite(codes) if problem.is_regression else codes >= 0
        if not usable.all():
            what = "no finite target" if problem.is_regression else "a class that training lacks"
            remarks = (f"{int((~usable).sum())} validation rows have {what}: ignored",)
        if usable.any():
            return Rows(everything, nothing, problem.encode(X_val)[usable], codes[usable], remarks)
    if holdout_share <= 0:
        return Rows(everything, nothing, remarks=remarks)
    training, held_out = holdout_split(problem.stratum, holdout_share, rng, n)
    return Rows(training, held_out, problem.x[held_out], problem.target[held_out], remarks)
