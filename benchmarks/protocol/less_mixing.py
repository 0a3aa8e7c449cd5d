"""Fits in six views with SCM rows for half of the steps, for a fifth, and for none: what a cell measures.

And two twins of a fifth, whose rows know no graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from benchmarks.grid.cell import Cell
from benchmarks.protocol.hedges import fit_all, resolve_all, rows_like_training, rows_under_shift
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.tables import TARGET

__all__ = ["FITS", "TWINS", "like_training", "resolved", "twins_resolved", "under_shift"]

#: What one cell fits, all with one seed: the same views, and the same SCMs where there are any.
FITS = {
    "half": {"method": "causalmix"},
    "a fifth": {"method": "causalmix", "mix_ratio": 0.2},
    "none": {"method": "default"},
}
#: The same with rows that know no graph: drawn from a copula of the real ones, or real ones with noise.
TWINS = {
    "a fifth of copula rows": {"method": "causalmix", "generator": "copula", "mix_ratio": 0.2},
    "a fifth of jittered rows": {"method": "causalmix", "generator": "jitter", "mix_ratio": 0.2},
}


def resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of every fit of a cell, all defaults filled in."""
    return resolve_all(FITS, hyperparameters, setting)


def twins_resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of both twins, with the seed that `resolved` gives the fits of the same table and fold."""
    return resolve_all(TWINS, hyperparameters, setting)


def like_training(cell: Cell) -> dict[str, Any]:
    """Scores on test rows like those of training, see `_measured`."""
    return _measured(cell, *rows_like_training(cell))


def under_shift(cell: Cell) -> dict[str, Any]:
    """Scores on both tests of a shift, see `_measured`."""
    return _measured(cell, *rows_under_shift(cell))


def _measured(
    cell: Cell, train: pd.DataFrame, validation: pd.DataFrame, tests: list, of: Callable[[list], dict]
) -> dict[str, Any]:
    """``by_model``: of every fit its scores, the validation loss, the step kept, the seconds and what fell back."""
    began = time.perf_counter()
    fits, found = fit_all(cell, train, validation)
    seconds = time.perf_counter() - began
    tests = [rows.drop(columns=TARGET) for rows in tests]
    by_model = {name: found[name] | of([fit.predict_proba(rows) for rows in tests]) for name, fit in fits.items()}
    return {"by_model": by_model, "seconds": seconds}
