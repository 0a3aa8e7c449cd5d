"""The rows that a model is trained on: real ones first, synthetic ones after them, and what each weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autogluon_causalmix.augmentation.rows import Drawn
from autogluon_causalmix.finetune.strata import holdout_split

__all__ = ["ModelData", "repeated"]


@dataclass(frozen=True)
class ModelData:
    """What a model's ``fit`` is given.

    Attributes
    ----------
    X, y, weight
        Training rows ``(n, f)``, ``(n,)``, and their weights ``(n,)``, None for none.
    X_val, y_val, weight_val
        Validation rows; None for none. They are real in any case.
    """

    X: pd.DataFrame
    y: pd.Series
    weight: np.ndarray | None = None
    X_val: pd.DataFrame | None = None
    y_val: pd.Series | None = None
    weight_val: np.ndarray | None = None

    def held_out(self, share: float, is_regression: bool, rng: np.random.Generator) -> ModelData:
        """Turn a share of the training rows into validation rows, classes in proportion."""
        stratum = None if is_regression else self.y.to_numpy()
        stay, out = holdout_split(stratum, share, rng, len(self.X))
        weight = self.weight
        return ModelData(
            self.X.iloc[stay],
            self.y.iloc[stay],
            None if weight is None else weight[stay],
            self.X.iloc[out],
            self.y.iloc[out],
            None if weight is None else weight[out],
        )

    def mixed(self, drawn: Drawn, synthetic_weight: float | None, *, by_class: bool = False) -> ModelData:
        """Append synthetic rows to the training rows, which keep their weights.

        Parameters
        ----------
        synthetic_weight
            Total weight of the synthetic rows over the real ones'. None: a synthetic row weighs as much as a
            real one does on average, and where real rows have no weights none has.
        by_class
            Whether that average is that of the real rows of its class (then scaled to the same total), so that
            weights which balance classes still do.
        """
        X = pd.concat([self.X, drawn.X], ignore_index=True)
        y = pd.concat([self.y, drawn.y], ignore_index=True)
        weight, weight_val, n = self.weight, self.weight_val, len(drawn.X)
        if weight is not None or synthetic_weight is not None:
            real = np.ones(len(self.X)) if weight is None else np.asarray(weight, dtype=np.float64)
            total = n * real.mean() if synthetic_weight is None else synthetic_weight * real.sum()
            each = _by_class(real, self.y, drawn.y) if by_class else np.ones(n)
            each = each * (total / each.sum()) if each.sum() > 0 else np.full(n, total / n)
            if weight is None and self.X_val is not None and weight_val is None:
                weight_val = np.ones(len(self.X_val))
            weight = np.concatenate((real, each))
        return replace(self, X=X.astype(self.X.dtypes), y=y.astype(self.y.dtype), weight=weight, weight_val=weight_val)


def _by_class(weight: np.ndarray, y: pd.Series, drawn: pd.Series) -> np.ndarray:
    """Mean weight ``(n_drawn,)`` of the real rows of each drawn row's class; of all real rows for a class without."""
    means = pd.Series(weight).groupby(np.asarray(y)).mean()
    return means.reindex(np.asarray(drawn)).fillna(weight.mean()).to_numpy()


def repeated(X: pd.DataFrame, y: pd.Series | None, n_more: int) -> tuple[pd.DataFrame, pd.Series | None]:
    """Real rows over and over, ``n_more`` besides themselves: as large as what the model inside is given."""
    if not n_more or not len(X):
        return X, y
    index = np.arange(len(X) + n_more) % len(X)
    return X.iloc[index], None if y is None else y.iloc[index]
