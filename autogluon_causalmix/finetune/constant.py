"""What is left of a fit where nothing can be learnt: the same prediction for every row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.report import FitReport, changed
from autogluon_causalmix.options import CausalMixOptions

__all__ = ["FittedConstant"]


class FittedConstant:
    """Predicts the mean of the training targets, or the classes' shares, for every row; has what `FittedMitra` has.

    A bag's fold can be left with a single class, or with no column that varies. AutoGluon gives a whole bag up for one
    fold that fails, so this is what the fold says.

    Attributes
    ----------
    prediction
        Class probabilities ``(n_classes,)``, each class counted once more than it occurs, or the mean target ``()``.
    report
        Of a member that took no step; its ``fallbacks`` say why.
    """

    members = ()

    def __init__(self, prediction: np.ndarray, report: FitReport, device: str) -> None:
        self.prediction, self.report, self.device = prediction, report, device

    @classmethod
    def of(
        cls,
        X: pd.DataFrame,
        y: pd.Series,
        options: CausalMixOptions,
        n_classes: int,
        remarks: Sequence[str],
        device: str = "cpu",
    ) -> FittedConstant:
        """Learn from targets ``y`` ``(n,)``, codes of ``n_classes`` classes or, with 0, numbers."""
        if n_classes:
            counts = np.bincount(np.asarray(y).astype(np.int64), minlength=n_classes) + 1.0
            prediction = counts / counts.sum()
        else:
            prediction = np.mean(np.asarray(y, dtype=np.float64))
        given = options.to_dict()
        report = FitReport(
            options=given | {"n_views": options.tuning.views(len(X))},
            options_changed=changed(given),
            rows_training=len(X),
            columns=X.shape[1] + 1,
            target=str(y.name),
            columns_seen=[0],
            steps_taken=[0],
            step_kept=[0],
            stopped_by=["steps"],
            validation_scores=[[]],
            fallbacks=list(remarks),
        )
        return cls(np.asarray(prediction), report, device)

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Class probabilities ``(n, n_classes)``, or targets ``(n,)``."""
        return np.broadcast_to(self.prediction, (len(X), *self.prediction.shape)).copy()

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted targets ``(n,)`` of a regression, class codes otherwise."""
        prediction = self.predict_proba(X)
        return prediction.argmax(axis=1) if prediction.ndim > 1 else prediction

    def join_validation(self) -> int:
        """There are no rows to join."""
        return 0

    def to(self, device: str) -> FittedConstant:
        """Nothing to move; the device is remembered, as AutoGluon asks for it."""
        self.device = device
        return self
