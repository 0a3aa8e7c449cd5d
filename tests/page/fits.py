"""Real fits whose pages are looked at: with the bundled weights, a few steps, on one core."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import autogluon_causalmix
from autogluon_causalmix.predictor_report import PredictorReport

__all__ = ["OPTIONS", "bag", "fallback", "fitted", "sixty_columns"]

OPTIONS = {"hf_model": "mini", "fine_tune_steps": 6, "discovery_resamples": 6}


class Fails:
    """A generator that cannot be fitted."""

    def fit(self, table):
        raise RuntimeError("the <b>generator</b> of this test fails")

    def sample(self, n, rng):
        """Never called."""


def fitted(path: Path, data: pd.DataFrame, label: str, hyperparameters, **options) -> PredictorReport:
    """Return the report of a small fit."""
    from autogluon.tabular import TabularPredictor

    if options.get("num_bag_folds"):
        options["ag_args_ensemble"] = {"fold_fitting_strategy": "sequential_local"}
    predictor = TabularPredictor(label, path=str(path), verbosity=0).fit(
        data, hyperparameters={"CAUSALMIX": hyperparameters}, fit_weighted_ensemble=False, num_cpus=1, **options
    )
    return autogluon_causalmix.report(predictor)


def bag(path: Path) -> PredictorReport:
    """Three folds of a table with categories and missing numbers, two models."""
    from benchmarks.protocol import gappy_tables, tables

    table = gappy_tables.with_gaps(tables.load("crx"), "MCAR").sample(150, random_state=0)
    two = [{**OPTIONS, "n_estimators": 2, "known_roots": ["x1"]}, {**OPTIONS, "mix_ratio": 0}]
    return fitted(path, table, tables.TARGET, two, num_bag_folds=3, num_bag_sets=1)


def fallback(path: Path) -> PredictorReport:
    """Stand-in weights where the official ones cannot be had, and no synthetic rows."""
    from benchmarks.protocol import tables

    return fitted(path, tables.load("wine"), tables.TARGET, {"fine_tune_steps": 3, "generator": Fails()})


def sixty_columns(path: Path) -> PredictorReport:
    """Sixty columns of numbers."""
    from benchmarks.protocol import tables

    return fitted(path, tables.load("sonar"), tables.TARGET, {**OPTIONS, "discovery_max_depth": 1})
