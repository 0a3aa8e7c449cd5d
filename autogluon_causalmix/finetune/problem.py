"""The training data of one fit, read once: typed table, encoded features, coded target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError, NothingToLearn
from autogluon_causalmix.finetune.encoding import FeatureEncoder, TargetScale
from autogluon_causalmix.finetune.reading import TableReader
from autogluon_causalmix.options import EncodingOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["Problem"]


@dataclass(frozen=True)
class Problem:
    """What a fit learns from.

    Attributes
    ----------
    reader
        How other rows are read in the same way.
    joint
        Typed table ``(n, n_features + 1)`` of the features and, as its last column, the target:
        what generators read.
    x, target
        Encoded features ``(n, width)`` float32; class codes 0 .. n_present - 1 of the classes
        that occur, or the regression target scaled to [0, 1].
    """

    reader: TableReader
    joint: TypedTable
    x: np.ndarray
    target: np.ndarray

    @classmethod
    def read(
        cls,
        X: pd.DataFrame,
        y: pd.Series,
        problem_type: str,
        n_classes: int = 0,
        encoding: EncodingOptions | None = None,
    ) -> Problem:
        """Read features ``(n, f)`` and targets ``(n,)``; frames are not altered.

        Raises
        ------
        DataError
            For fewer than two rows, and a target with missing or infinite values.
        NothingToLearn
            For a target with a single value, and features none of which varies.
        """
        if len(X) < 2:
            raise DataError(f"{len(X)} training rows: at least 2 are needed, one to learn from and one to check on")
        if pd.isna(y).any():
            raise DataError(f"the target has {int(pd.isna(y).sum())} missing values: drop these rows")
        features = TypedTable.from_frame(X)
        encoder = FeatureEncoder(features, encoding)
        if not encoder.width:
            # AutoGluon has dropped them already in a bag's fold.
            none = f"none of the {X.shape[1]} columns" if X.shape[1] else "no column"
            raise NothingToLearn(f"{none} varies over {len(X)} training rows: nothing to learn")
        scale, classes, target = _target(y, problem_type)
        # A copy: a view of no rows would keep all of them alive.
        columns = TypedTable(features.columns, features.values[:0].copy())
        reader = TableReader(columns, encoder, scale, classes, n_classes)
        name = _free_name(y.name, X.columns)
        categorical = () if scale is not None else (name,)
        joint = TypedTable.from_frame(_with_target(X, y, name), categorical=categorical)
        return cls(reader, joint, encoder.transform(features.values), target)

    @property
    def target_name(self) -> Any:
        """Label of the target's column in ``joint``."""
        return self.joint.names[-1]

    @property
    def stratum(self) -> np.ndarray | None:
        """What splits are stratified by: class codes, or None for regression."""
        return None if self.reader.is_regression else self.target

    def joint_values(self, X: pd.DataFrame, y: pd.Series) -> np.ndarray:
        """Values of other rows in the columns of ``joint``; unknown classes are missing."""
        return TypedTable.from_frame(_with_target(X, y, self.target_name), like=self.joint).values

    def read_values(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode rows in the columns of ``joint``, as a generator draws them.

        Returns
        -------
        x, target
            As the attributes of the same names.

        Raises
        ------
        ValueError
            For rows without a target, or with a class that does not exist.
        """
        x, y = self.reader.encoder.transform(values[:, :-1]), values[:, -1]
        if not np.isfinite(y).all():
            raise ValueError("the generator drew rows without a target")
        levels = self.joint.columns[-1].levels
        if levels is not None and not np.isin(y, np.arange(len(levels))).all():
            wrong = y[~np.isin(y, np.arange(len(levels)))][0]
            raise ValueError(f"the generator drew {wrong:g} as the code of a class; there are 0 to {len(levels) - 1}")
        if self.reader.scale is None:
            return x, y.astype(np.int64)
        if levels is not None:  # a regression target of two values is kept as codes
            y = levels[y.astype(np.int64)].astype(np.float64)
        return x, self.reader.scale.forward(y)


def _target(y: pd.Series, problem_type: str) -> tuple[TargetScale | None, np.ndarray | None, np.ndarray]:
    if problem_type == "regression":
        raw = np.asarray(y, dtype=np.float64)
        if not np.isfinite(raw).all():
            raise DataError(f"the target has {int((~np.isfinite(raw)).sum())} infinite values: drop these rows")
        if raw.min() == raw.max():
            raise NothingToLearn(f"the target is {raw[0]} in every row: nothing to learn")
        scale = TargetScale(raw)
        return scale, None, scale.forward(raw)
    classes, codes = np.unique(np.asarray(y).astype(np.int64), return_inverse=True)
    if len(classes) < 2:
        raise NothingToLearn(f"the target is {classes[0]} in every row: two classes are needed")
    return None, classes, codes.astype(np.int64)


def _with_target(X: pd.DataFrame, y: pd.Series, name: Any) -> pd.DataFrame:
    frame = X.copy(deep=False)
    frame[name] = pd.Series(np.asarray(y), index=X.index)
    return frame


def _free_name(name: Any, taken: pd.Index) -> Any:
    if name is None:
        name = "target"
    while name in taken:
        name = f"{name}_"
    return name
