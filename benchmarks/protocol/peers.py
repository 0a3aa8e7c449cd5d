"""Models that the untuned checkpoint is put beside, scikit-learn's and LightGBM, and a user's own generator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

__all__ = ["SameClassSwap", "make", "make_regressor", "make_validated"]

#: What `make_validated` chooses from.
LEAVES, MOST_ROUNDS, PATIENCE = (1, 3, 5, 10, 20), 1000, 50
CATEGORIES = make_column_selector(dtype_include="category")
NUMBERS = make_column_selector(dtype_include="number")


def make(name: str, seed: int) -> Pipeline:
    """Return an unfitted model; defaults but for the forest's 200 trees and the regression's iterations."""
    ordinal, one_hot = _ordinal(), _one_hot(StandardScaler())
    if name == "LightGBM":
        from lightgbm import LGBMClassifier

        return make_pipeline(ordinal, LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1))
    models = {
        "random forest": (ordinal, RandomForestClassifier(200, random_state=seed, n_jobs=1)),
        "hist. boosting": (ordinal, HistGradientBoostingClassifier(random_state=seed)),
        "kNN": (one_hot, KNeighborsClassifier()),
        "logistic regression": (one_hot, LogisticRegression(max_iter=1000)),
    }
    return make_pipeline(*models[name])


def make_validated(name: str, seed: int, rows: pd.DataFrame, y: pd.Series, X_val: pd.DataFrame, y_val: pd.Series):
    """Return an unfitted model whose setting is the one that foretells validation rows best, in log loss.

    That is LightGBM's number of rounds, stopped early, and the fewest rows of a forest's leaf. A number of rounds or
    leaves of one row, which are defaults, make probabilities too sure on a few hundred rows.
    """
    known = y_val.isin(y.unique()).to_numpy()
    X_val, y_val = X_val[known], y_val[known]
    if name == "LightGBM":
        from lightgbm import LGBMClassifier, early_stopping

        encode = _ordinal().fit(rows)
        model = LGBMClassifier(n_estimators=MOST_ROUNDS, random_state=seed, n_jobs=1, verbose=-1)
        stop = early_stopping(PATIENCE, verbose=False)
        model.fit(encode.transform(rows), y, eval_set=[(encode.transform(X_val), y_val)], callbacks=[stop])
        return make(name, seed).set_params(lgbmclassifier__n_estimators=model.best_iteration_)
    if name == "random forest":
        models = [make(name, seed).set_params(randomforestclassifier__min_samples_leaf=leaf) for leaf in LEAVES]
        losses = [log_loss(y_val, one.fit(rows, y).predict_proba(X_val), labels=one.classes_) for one in models]
        return clone(models[int(np.argmin(losses))])
    raise ValueError(f"{name!r} has no setting that is chosen here")


def make_regressor(name: str, seed: int) -> Pipeline:
    """Return an unfitted regressor; defaults but for the forest's 200 trees and ridge's choice of its penalty."""
    ordinal, one_hot = _ordinal(), _one_hot(make_pipeline(SimpleImputer(), StandardScaler()))
    models = {
        "random forest": (ordinal, RandomForestRegressor(200, random_state=seed, n_jobs=1)),
        "hist. boosting": (ordinal, HistGradientBoostingRegressor(random_state=seed)),
        "kNN": (one_hot, KNeighborsRegressor()),
        "ridge": (one_hot, RidgeCV(np.logspace(-3, 3, 13))),
    }
    return make_pipeline(*models[name])


def _ordinal():
    unknown = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((unknown, CATEGORIES), remainder="passthrough")


def _one_hot(numbers):
    return make_column_transformer((OneHotEncoder(handle_unknown="ignore"), CATEGORIES), (numbers, NUMBERS))


class SameClassSwap:
    """The README's own generator: real rows of which three cells in ten come from other rows of the same class."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        real = self.table.values  # floats, NaN is missing; the target is the last column
        rows = real[rng.integers(len(real), size=n)]
        for label in np.unique(real[:, -1]):
            of_class, same = rows[:, -1] == label, real[real[:, -1] == label]
            others = np.column_stack([rng.choice(column, of_class.sum()) for column in same.T])
            rows[of_class] = np.where(rng.random(others.shape) < 0.3, others, rows[of_class])
        return self.table.with_values(rows)
