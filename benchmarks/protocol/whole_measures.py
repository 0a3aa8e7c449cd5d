"""Fits that are watched: of all rows, where each member may hold out others, or with validation rows given.

Of all rows: for options that mean nothing where validation rows are given (``rotate_holdout``). Every method of a
study that measures so has the same rows. Imported by workers only, like `measures`.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.finetune.watching import Moment
from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.filling import Filler
from benchmarks.protocol.marks import FILLER, GRAPH
from benchmarks.protocol.measures import GENERATORS, causalmix_options, in_autogluon, of_fit
from benchmarks.protocol.scores import row_losses, scores
from benchmarks.protocol.sharing import shared_generators
from benchmarks.protocol.simulated import model_of
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.trajectory import STEP_TEST_ROWS

__all__ = [
    "MembersWatched",
    "fine_tuned",
    "fine_tuned_filled",
    "fine_tuned_given",
    "fine_tuned_knowing",
    "fine_tuned_or_model",
]

#: A step whose mean validation loss is within so much of the best, relatively, may be the one that is kept: the fit
#: weighs members by their rows held out, of which one may have one more than another.
NEAR_BEST = 1e-3


def fine_tuned(cell: Cell) -> dict[str, Any]:
    """Fine-tune on all rows of the split.

    Returns
    -------
    Scores and seconds, the fit's report, every member's ``kept`` step, and what validation and test rows say of the
    kept step against step 0 (`MembersWatched.record`).

    Raises
    ------
    ValueError
        For a split that sets validation rows aside.
    """
    return _fine_tuned(cell, *_all_rows(cell))


def fine_tuned_given(cell: Cell) -> dict[str, Any]:
    """The same with the split's validation rows given, as ``TabularPredictor`` does without bags."""
    train, validation, test = cell.split.draw(read(cell.dataset, cell.content))
    if not len(validation):
        raise ValueError(f"{cell.split} sets no validation rows aside, and they are to be given")
    return _fine_tuned(cell, train, test, validation)


def fine_tuned_knowing(cell: Cell) -> dict[str, Any]:
    """The same of a simulated table, whose graph is stated if the cell's option `GRAPH` says so."""
    if not cell.options[GRAPH]:
        return fine_tuned(cell)
    known = {"known_graph": list(model_of(cell.dataset).graph.edges)}
    return fine_tuned(dataclasses.replace(cell, options={**cell.options, **known}))


def fine_tuned_or_model(cell: Cell) -> dict[str, Any]:
    """The same, or a model of AutoGluon's in ``TabularPredictor.fit``, which holds out rows of its own."""
    return in_autogluon(cell) if "model" in cell.options else fine_tuned(cell)


def fine_tuned_filled(cell: Cell) -> dict[str, Any]:
    """The same with missing numbers filled by rows of the generator that the cell's option `FILLER` names, if any.

    What fills them learns from the training rows' features, and counts to the seconds.
    """
    train, test = _all_rows(cell)
    began, seconds = time.perf_counter(), 0.0
    if cell.options[FILLER]:
        filler = Filler(cell.options[FILLER], train.drop(columns=TARGET), cell.options["seed"])
        train, test = (filler(part.drop(columns=TARGET)).assign(**{TARGET: part[TARGET]}) for part in (train, test))
        seconds = time.perf_counter() - began
    found = _fine_tuned(cell, train, test)
    return found | {"seconds": found["seconds"] + seconds, "seconds_filling": seconds}


def _all_rows(cell: Cell) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, validation, test = cell.split.draw(read(cell.dataset, cell.content))
    if len(validation):
        raise ValueError(f"{cell.split} sets {len(validation)} rows aside: a fit that holds out its own gets all rows")
    return train, test


def _fine_tuned(
    cell: Cell, train: pd.DataFrame, test: pd.DataFrame, validation: pd.DataFrame | None = None
) -> dict[str, Any]:
    n_classes = train[TARGET].cat.categories.size
    options = causalmix_options(cell.options)
    estimator = CausalMixEstimator(options, "multiclass", n_classes, cell.options["device"])
    watched = MembersWatched(test, options.tuning.n_estimators if options.tuning.pooled_step else 1)
    given = () if validation is None else _xy(validation)
    with shared_generators(GENERATORS, cell.options["weights"]):
        fitted = estimator.fit(*_xy(train), *given, observe=watched)
    report, spared = fitted.report, GENERATORS.seconds_saved
    return {
        **scores(test, fitted.predict_proba(test.drop(columns=TARGET))),
        **of_fit(fitted),
        "kept": list(report.step_kept),
        "rows_synthetic": report.rows_synthetic_used,
        "refused": sum(report.synthetic_steps_refused),
        "seconds": report.seconds["total"] - watched.seconds + spared,
        "seconds_spared": spared,
        "seconds_watched": watched.seconds,
        **watched.record(report.step_kept, report.pooled_scores, report.validation_scores),
    }


def _xy(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    return rows.drop(columns=TARGET), rows[TARGET].cat.codes.rename(TARGET)


class MembersWatched:
    """Observer that asks members for their test loss wherever the step may yet be the one that is kept.

    Test rows choose nothing. Those asked about are the first `STEP_TEST_ROWS`, in one view and from the rows that
    the member trains on, as its validation rows are predicted.

    Parameters
    ----------
    test
        Rows with their target.
    side_by_side
        Members that take each step together, of whom the mean validation loss picks the step; 1 where each
        has a step of its own.

    Attributes
    ----------
    seconds
        What watching took.
    """

    def __init__(self, test: pd.DataFrame, side_by_side: int = 1) -> None:
        self._test, self._side_by_side = test[:STEP_TEST_ROWS], side_by_side
        self._features = self._test.drop(columns=TARGET)
        self._waiting: list[Moment] = []
        self._best: dict[int, float] = {}
        self._losses: dict[tuple[int, int], float] = {}
        self.seconds = 0.0

    def __call__(self, moment: Moment) -> None:
        """Ask at this step if all members have shown themselves and it is the best so far, or nearly."""
        self._waiting.append(moment)
        if len(self._waiting) < self._side_by_side or moment.predict_proba is None:
            return
        began, moments, self._waiting = time.perf_counter(), self._waiting, []
        first, value = moments[0], float(np.mean([one.score for one in moments]))
        if first.step == 0:  # also of a fit that ran out of memory and begins anew
            self._best[first.member] = value
        if value <= (1 + NEAR_BEST) * self._best[first.member]:
            self._best[first.member] = min(value, self._best[first.member])
            for one in moments:
                loss = row_losses(self._test, one.predict_proba(self._features)).mean()
                self._losses[one.member, one.step] = float(loss)
        self.seconds += time.perf_counter() - began

    def record(self, kept: list[int], pooled: list[float], validation: list[list[float]]) -> dict[str, float | None]:
        """Drop in log loss from step 0 to the kept one, of validation rows and of test rows: means over members.

        None in both without validation, or where the kept step was not asked about.
        """
        members = range(len(kept))
        ends = [self._losses.get((k, step)) for k in members for step in (0, kept[k])]
        if not ends or None in ends:
            return {"validation_gain": None, "test_gain": None}
        on_test = float(np.mean([ends[2 * k] - ends[2 * k + 1] for k in members]))
        on_validation = [pooled] if pooled else validation
        gains = [losses[0] - losses[step] for losses, step in zip(on_validation, kept, strict=False)]
        return {"validation_gain": float(np.mean(gains)), "test_gain": on_test}
