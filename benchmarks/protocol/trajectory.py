"""What is seen of a fit from outside: the scores of every step on validation and on test rows.

The fit never learns of them: no step is chosen by what is recorded here.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.watching import Moment
from benchmarks.protocol.scores import row_losses, scores
from benchmarks.protocol.tables import TARGET

__all__ = ["STEP_TEST_ROWS", "Trajectory"]

#: Test rows by which steps are scored, the first ones of a test part in random order. With 500, watching took
#: as long as the fit (german, optdigits).
STEP_TEST_ROWS = 250


class Trajectory:
    """Observer of one fit of one member, for `CausalMixEstimator.fit`.

    Parameters
    ----------
    validation, test
        Rows with their target; of the test rows, `STEP_TEST_ROWS` are used.

    Attributes
    ----------
    seconds
        What watching took.
    """

    def __init__(self, validation: pd.DataFrame, test: pd.DataFrame) -> None:
        self._validation, self._test = validation, test[:STEP_TEST_ROWS]
        self._both = pd.concat([self._validation, self._test], ignore_index=True).drop(columns=TARGET)
        self._steps: list[dict[str, float]] = []
        self._losses: list[np.ndarray] = []
        self.seconds = 0.0

    def __call__(self, moment: Moment) -> None:
        """Score the weights of a step."""
        began = time.perf_counter()
        if moment.step == 0:  # a fit that ran out of memory begins anew
            self._steps, self._losses = [], []
        n, p = len(self._validation), moment.predict_proba(self._both)
        self._losses.append(row_losses(self._validation, p[:n]))
        held_out, test = scores(self._validation, p[:n]), scores(self._test, p[n:])
        self._steps.append(
            {f"validation_{k}": v for k, v in held_out.items()} | {f"test_{k}": v for k, v in test.items()}
        )
        self.seconds += time.perf_counter() - began

    def record(self, kept: int) -> dict[str, Any]:
        """Return lists over the steps, and the validation rows' losses before and at the step that was kept."""
        if not self._steps:
            return {"steps": None, "row_losses_untuned": None, "row_losses_kept": None}
        columns = {name: [_short(step[name]) for step in self._steps] for name in self._steps[0]}
        losses = {"row_losses_untuned": self._losses[0], "row_losses_kept": self._losses[kept]}
        return {"steps": columns} | {name: [_short(value) for value in values] for name, values in losses.items()}


def _short(value: float) -> float | None:
    """Six digits; None where there is no number."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
