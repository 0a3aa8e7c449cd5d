"""What is measured of a cell whose target is a number; like `measures`, imported before the clock starts."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from benchmarks.grid.cell import Cell
from benchmarks.protocol import peers
from benchmarks.protocol.content import read
from benchmarks.protocol.measures import causalmix_options, of_fit
from benchmarks.protocol.regression_tables import TARGET

__all__ = ["fine_tuned", "peer", "scores"]


def scores(test: pd.DataFrame, predicted: np.ndarray) -> dict[str, float]:
    """R² of predictions ``(n_test,)``."""
    return {"r2": float(r2_score(test[TARGET], predicted))}


def fine_tuned(cell: Cell) -> dict[str, Any]:
    """Fine-tune on the training rows; R² of the kept step on validation and test rows, and the fit's report."""
    train, validation, test = _rows(cell)
    estimator = CausalMixEstimator(causalmix_options(cell.options), "regression", device=cell.options["device"])
    fitted = estimator.fit(*_xy(train), *_xy(validation))
    return {
        **scores(test, fitted.predict(test.drop(columns=TARGET))),
        "validation_r2": scores(validation, fitted.predict(validation.drop(columns=TARGET)))["r2"],
        **of_fit(fitted),
    }


def peer(cell: Cell) -> dict[str, Any]:
    """Fit a regressor of `protocol.peers`, or give the untuned checkpoint all training rows as support."""
    train, _, test = _rows(cell)
    began = time.perf_counter()
    if cell.options["model"] == "untuned":
        options = causalmix_options(cell.options["options"])
        model = CausalMixEstimator(options, "regression", device=options.weights.device)
    else:
        model = peers.make_regressor(cell.options["model"], cell.options["seed"])
    predicted = model.fit(*_xy(train)).predict(test.drop(columns=TARGET))
    return scores(test, predicted) | {"seconds": time.perf_counter() - began}


def _rows(cell: Cell) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return cell.split.draw(read(cell.dataset, cell.content))


def _xy(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    return frame.drop(columns=TARGET), frame[TARGET]
