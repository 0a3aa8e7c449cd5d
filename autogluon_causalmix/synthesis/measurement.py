"""How real a generator's rows look, measured on rows that it has not seen and within the time that is left."""

from __future__ import annotations

import logging
import time
from typing import Any

import numpy as np

from autogluon_causalmix.generators.base import draw, one_task_per_draw
from autogluon_causalmix.metrics.comparison import compare
from autogluon_causalmix.metrics.copying import closer_to_training, diversity, lost_levels
from autogluon_causalmix.metrics.fidelity import MAX_ROWS, MIN_ROWS, two_sample_auc, usefulness
from autogluon_causalmix.synthesis.fitting import FittedGenerator
from autogluon_causalmix.table import TypedTable

__all__ = ["measure"]

logger = logging.getLogger("autogluon.causalmix")

#: Fidelity is measured on this many unseen rows at least; where validation has fewer, a second
#: generator leaves out a third of the training rows.
ENOUGH_UNSEEN = 30
#: A fit that took less may be repeated for a figure in the report.
QUICK_SECONDS = 5.0
#: A measurement that would have to end sooner is not started: hundreds of trees take some tenths of a second.
MIN_MEASURE_SECONDS = 0.6
#: Rows of each kind by which a measurement's seconds are forecast.
PROBE_ROWS = 40


def measure(
    fitted: FittedGenerator,
    unseen: np.ndarray,
    rng: np.random.Generator,
    seconds: float | None = None,
    *,
    decisive: bool = False,
    labelled_by_generator: bool = True,
    balanced: bool = False,
) -> dict[str, Any] | None:
    """Measure the fidelity of a generator's rows.

    Where validation rows are fewer than `ENOUGH_UNSEEN`, a second generator is fitted to two thirds
    of the training rows and the rest joins them, if that is quick or the measurement ``decisive``.
    A generator of whole tasks is not measured: its rows are not meant to pass for real.

    Parameters
    ----------
    unseen
        Values ``(n, n_columns)`` of validation rows.
    seconds
        What the measurement may take, about; it uses fewer rows to keep it, and under
        `MIN_MEASURE_SECONDS` there is none.
    decisive
        Whether the mix ratio depends on it.
    labelled_by_generator
        Whether the labels are the generator's: those of another model say nothing about its rows.
    balanced
        Whether rows are drawn until classes are as frequent as each other: of what a class lacks, see `RowPool`.

    Returns
    -------
    dict or None
        ``two_sample_auc`` (.5: indistinguishable) with ``two_sample_low`` and ``two_sample_high``,
        ``usefulness``, ``diversity``, ``closer_to_training``, ``lost_levels``, ``measured_on``, ``n_rows`` and
        ``comparison`` (see `metrics.comparison`; None where the time had ended or it failed); None if there
        were too few rows or too little time.
    """
    began = time.monotonic()
    generator, training, where = fitted.generator, fitted.table, "validation rows"
    if (seconds is not None and seconds < MIN_MEASURE_SECONDS) or one_task_per_draw(generator):
        return None
    unseen = unseen[np.isfinite(unseen[:, -1])]
    real = np.concatenate((training.values, unseen))
    if len(unseen) < ENOUGH_UNSEEN:
        order = rng.permutation(len(training))
        out, kept = order[: len(order) // 3], order[len(order) // 3 :]
        if len(unseen) + len(out) < MIN_ROWS or not _may_fit_again(fitted, seconds, decisive):
            return None
        unseen = np.concatenate((unseen, training.values[out]))
        training = training.rows(kept)
        generator = fitted.again(training)
        where = "validation rows and a third of the training rows"
    unseen = unseen[rng.permutation(len(unseen))[:MAX_ROWS]]
    rows = draw(generator, max(len(unseen), min(len(training), MAX_ROWS)), rng, fitted.table)
    lost, all_rows = lost_levels(training, training.values, rows), rows
    if balanced or not labelled_by_generator:  # other classes are trained on than these
        lost.pop(str(training.names[-1]), None)
    if seconds is not None:
        unseen = unseen[: _rows_in_time(unseen, rows, began + seconds)]
        rows = rows[: max(MIN_ROWS, len(unseen))]
    told_apart = two_sample_auc(unseen, rows, rng)
    if told_apart is None:
        return None
    use = usefulness(rows, unseen, training.columns[-1].is_discrete, rng) if labelled_by_generator else None
    measured = {
        "two_sample_auc": told_apart.value,
        "two_sample_low": told_apart.low,
        "two_sample_high": told_apart.high,
        "usefulness": use,
        "diversity": diversity(rows, training.values),
        "closer_to_training": closer_to_training(training, training.values, unseen, rows),
        "lost_levels": lost,
        "measured_on": where,
        "n_rows": len(unseen),
    }
    late = seconds is not None and time.monotonic() - began > seconds
    return measured | {"comparison": None if late else _compared(fitted.table, real, all_rows)}


def _compared(table: TypedTable, real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any] | None:
    try:
        return compare(table, real, synthetic)
    except Exception:  # pictures for the reader: the figures, which may decide on the share, are kept without them
        logger.debug("comparing real with synthetic rows failed", exc_info=True)
        return None


def _may_fit_again(fitted: FittedGenerator, seconds: float | None, decisive: bool) -> bool:
    if seconds is not None and 2 * fitted.seconds > seconds:
        return False
    if fitted.allowed is not None and 2 * fitted.seconds > fitted.allowed:
        return False
    return decisive or fitted.seconds < QUICK_SECONDS


def _rows_in_time(unseen: np.ndarray, rows: np.ndarray, until: float) -> int:
    """Unseen rows whose measurement ends in time, by what `PROBE_ROWS` of each kind take."""
    began = time.monotonic()
    two_sample_auc(unseen[:PROBE_ROWS], rows[:PROBE_ROWS], np.random.default_rng(0))
    now = time.monotonic()
    # Half of what is left: usefulness takes another forest, and drawing took its part.
    affordable = PROBE_ROWS * (until - now) / (2 * (now - began))
    return min(len(unseen), max(PROBE_ROWS, int(affordable)))
