"""How rows of a fitted table are read and predictions written: all that is kept of the training table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.encoding import FeatureEncoder, TargetScale
from autogluon_causalmix.table import TypedTable

__all__ = ["TableReader"]


@dataclass(frozen=True)
class TableReader:
    """Reads later rows the way the training rows were read; it holds none of them.

    Attributes
    ----------
    columns
        The features' types, as a table without rows.
    encoder
        From typed values to what Mitra reads.
    scale
        Of a regression target; None for classes.
    classes
        The user's codes ``(n_present,)`` of the classes that training has; None for a regression.
    n_classes
        Classes of the problem, which may have more than training; 0 for a regression.
    """

    columns: TypedTable
    encoder: FeatureEncoder
    scale: TargetScale | None
    classes: np.ndarray | None
    n_classes: int

    @property
    def is_regression(self) -> bool:
        """Whether the target is a number."""
        return self.scale is not None

    @property
    def n_present(self) -> int:
        """Classes that training has; 0 for a regression."""
        return 0 if self.classes is None else len(self.classes)

    def encode(self, X: pd.DataFrame) -> np.ndarray:
        """Encode the features of rows, as ``(n, width)`` float32."""
        table = TypedTable.from_frame(X, like=self.columns).with_new_numbers(X)
        return self.encoder.transform(table.values, table.unseen)

    def code(self, y: pd.Series) -> np.ndarray:
        """Code targets ``(n,)``: 0 .. n_present - 1, -1 for a class that training lacks, or scaled numbers."""
        if self.scale is not None:
            return self.scale.forward(np.asarray(y, dtype=np.float64))
        known = {label: code for code, label in enumerate(self.classes)}
        # AutoGluon hands over classes that it does not know as missing.
        return np.array([-1 if pd.isna(label) else known.get(int(label), -1) for label in np.asarray(y)], np.int64)

    def labels(self, codes: np.ndarray) -> np.ndarray:
        """Undo `code`."""
        return self.classes[codes] if self.scale is None else self.scale.back(codes)

    def prediction(self, outputs: np.ndarray) -> np.ndarray:
        """Turn model outputs into probabilities ``(n, n_classes)``, or targets in their own units."""
        if self.scale is not None:
            return self.scale.back(outputs)
        full = np.zeros((len(outputs), self.n_classes))
        full[:, self.classes] = outputs
        return full
