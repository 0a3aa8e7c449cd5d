"""Options of quick fits of CAUSALMIX_AUGMENT, and a generator that can be watched."""

import functools
import importlib.util
from typing import ClassVar

import pytest

KEY = "CAUSALMIX_AUGMENT"
#: What a model needs besides AutoGluon.
NEEDS = {"GBM": "lightgbm", "CAT": "catboost", "XGB": "xgboost"}
QUICK = {
    "GBM": {"num_boost_round": 20},
    "CAT": {"iterations": 20},
    "XGB": {"n_estimators": 20},
    "RF": {"n_estimators": 20},
    "XT": {"n_estimators": 20},
    "NN_TORCH": {"num_epochs": 3},
    "LR": {},
    "KNN": {},
}
LOCAL = {"ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}}


def inside(model, **options):
    """Options of a quick fit."""
    if model in NEEDS and importlib.util.find_spec(NEEDS[model]) is None:
        pytest.skip(f"{NEEDS[model]} is not installed, so AutoGluon has no {model}")
    short = {"model_hyperparameters": QUICK[model], "generator": "copula"}
    return {"model": model, **short, **options}


def scm(**options):
    return {"generator": "scm", "generator_options": {"n_dags": 2}, "discovery_resamples": 2, **options}


def watched_forests(monkeypatch):
    """A list that every fit of a random forest from now on adds its arguments to."""
    from autogluon.tabular.models import RFModel

    seen, fit_forest = [], RFModel._fit

    @functools.wraps(fit_forest)  # who fits it reads its signature
    def watched(self, **arguments):
        seen.append(arguments)
        return fit_forest(self, **arguments)

    monkeypatch.setattr(RFModel, "_fit", watched)
    return seen


class Remembers:
    """Copies rows, and keeps the tables that it was shown."""

    shown: ClassVar = []

    def fit(self, table):
        self.shown.append(table)
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))
