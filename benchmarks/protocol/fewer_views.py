"""Fits in six, three and one view, alone and two together: what is measured where a cell is all of them.

Each is scored, of every pair (`PAIRS`) the mean of their predictions, and of "six" and "one" the one that predicts the
validation rows better. "validated" is the log loss of that here, in all views of a fit, and not its steps' score.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.grid.cell import Cell
from benchmarks.protocol.hedges import fit_all, resolve_all, rows_like_training, rows_under_shift
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.scores import row_losses
from benchmarks.protocol.tables import TARGET

__all__ = ["CHOSEN", "FITS", "PAIRS", "like_training", "resolved", "under_shift"]

#: What one cell fits; "again" has another seed, and with it other views, episodes and SCMs.
FITS = {
    "six": {"n_views": 6},
    "six again": {"n_views": 6},
    "three": {"n_views": 3},
    "three again": {"n_views": 3},
    "one": {"n_views": 1},
}
#: Two fits whose predictions are averaged, by the name of what they make.
PAIRS = {"six twice": ("six", "six again"), "three twice": ("three", "three again"), "six and one": ("six", "one")}
#: The first, unless the second predicts the validation rows better.
CHOSEN = {"six or one": ("six", "one")}


def resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of every fit of a cell, all defaults filled in."""
    return resolve_all(FITS, hyperparameters, setting)


def like_training(cell: Cell) -> dict[str, Any]:
    """Scores on test rows like those of training, see `_measured`."""
    return _measured(cell, *rows_like_training(cell))


def under_shift(cell: Cell) -> dict[str, Any]:
    """Scores on both tests of a shift, see `_measured`."""
    return _measured(cell, *rows_under_shift(cell))


def _measured(
    cell: Cell, train: pd.DataFrame, validation: pd.DataFrame, tests: list, of: Callable[[list], dict]
) -> dict[str, Any]:
    """Fit all, then score fits, pairs and what is chosen.

    Returns
    -------
    ``by_model``: of everything its scores and ``validated``; of fits also the step that is kept, the seconds and what
    fell back; of what is chosen also the fit's name. ``seconds``: of all fits together.
    """
    began = time.perf_counter()
    fits, found = fit_all(cell, train, validation)
    seconds = time.perf_counter() - began
    frames = [rows.drop(columns=TARGET) for rows in (validation, *tests)]
    predicted = {name: [fit.predict_proba(rows) for rows in frames] for name, fit in fits.items()}
    for name, pair in PAIRS.items():
        predicted[name] = [np.mean(p, axis=0) for p in zip(*(predicted[one] for one in pair), strict=True)]
    validated = {name: float(row_losses(validation, p[0]).mean()) for name, p in predicted.items()}
    for name, (usual, other) in CHOSEN.items():
        taken = other if validated[other] < validated[usual] else usual
        found[name] = {"taken": taken}
        predicted[name], validated[name] = predicted[taken], validated[taken]
    by_model = {name: found.get(name, {}) | {"validated": validated[name]} | of(p[1:]) for name, p in predicted.items()}
    return {"by_model": by_model, "seconds": seconds}
