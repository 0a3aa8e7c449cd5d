"""Synthetic rows as the fine-tuning loop wants them: encoded, fresh, and never an exception."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.mixing import auto_mix_ratio
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.generators.base import (
    RowPool,
    describe,
    draw,
    fitted,
    import_seconds,
    one_task_per_draw,
    warm_up,
)
from autogluon_causalmix.generators.catalogue import FitContext, make_generator, maker_of
from autogluon_causalmix.metrics.copying import diversity
from autogluon_causalmix.metrics.fidelity import MAX_ROWS, MIN_ROWS, two_sample_auc, usefulness
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["SyntheticRows"]

logger = logging.getLogger("autogluon.causalmix")

#: Cells drawn at a time; an SCM draws about two million a second.
REFILL_CELLS = 500_000
#: Fidelity is measured on this many unseen rows at least; where validation has fewer, a second
#: generator leaves out a third of the training rows.
ENOUGH_UNSEEN = 30
#: A fit that took less may be repeated for a figure in the report.
QUICK_SECONDS = 5.0
#: A measurement that would have to end sooner is not begun: hundreds of trees take some tenths of a second.
MIN_MEASURE_SECONDS = 0.6
#: Largest share of the time limit that causal work may take unless the user says otherwise.
CAUSAL_TIME_SHARE = 0.3
#: Rows of each kind by which a measurement's seconds are forecast.
PROBE_ROWS = 40


@dataclass
class SyntheticRows:
    """A fitted generator's rows, encoded like real ones; ``failure`` says why there are no more.

    Parameters
    ----------
    problem
        How rows are encoded.
    table
        The rows that the generator learns from, the target last.
    context
        What its constructor is offered.
    """

    problem: Problem
    table: TypedTable
    options: SynthesisOptions
    context: FitContext
    report: FitReport
    #: ``label(x)`` in place of the generator's own labels, see `incontext.weights.untuned_labels`.
    label: Callable[[np.ndarray], np.ndarray] | None = None
    failure: str | None = None

    def fit(self, warn: Callable[[str], None] = logger.warning) -> SyntheticRows:
        """Fit the generator, write its graph into the report, and draw the first pool.

        The pool is drawn now so that a generator that cannot fails now. What the generator did
        otherwise than asked (the remarks of its description) goes into the report and to ``warn``.
        """
        options, report = self.options, self.report
        with report.stage("generator imports"):
            warm_up(maker_of(options.generator))
        began = time.monotonic()
        generator = self._fitted(self.table)
        self._fit_seconds = time.monotonic() - began
        said = describe(generator)
        report.seconds |= said.seconds or {"generator": self._fit_seconds}
        report.graph_resamples = said.graph_resamples
        report.edges, report.dags = [dict(edge) for edge in said.edges], [list(dag) for dag in said.dags]
        for remark in said.remarks:
            report.fall_back(remark)
            warn(f"CausalMix: {remark}.")
        self._rng = np.random.default_rng(self.context.seed + 1)
        # A refill happens inside a step: on wide tables it is kept to a fraction of a second.
        size = max(10, min(options.pool_rows, REFILL_CELLS // len(self.table.columns)))
        self._pool = RowPool(generator, size, self._rng, self.table, balance=options.balance_classes)
        self._encoded(self._pool.take(1))
        return self

    def _fitted(self, table: TypedTable, context: FitContext | None = None) -> Any:
        options = self.options
        generator = make_generator(options.generator, options.generator_options, context or self.context)
        return fitted(generator, table)

    @property
    def drawn(self) -> int:
        """Rows sampled so far."""
        return self._pool.drawn

    def _encoded(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        problem = self.problem
        x, y = problem.encoder.transform(values[:, :-1]), values[:, -1]
        if self.label is not None:
            return x, self.label(x)
        if not np.isfinite(y).all():
            raise ValueError("the generator drew rows without a target")
        levels = self.table.columns[-1].levels
        if levels is not None and not np.isin(y, np.arange(len(levels))).all():
            wrong = y[~np.isin(y, np.arange(len(levels)))][0]
            raise ValueError(f"the generator drew {wrong:g} as the code of a class; there are 0 to {len(levels) - 1}")
        if problem.scale is None:
            return x, y.astype(np.int64)
        if levels is not None:  # a regression target of two values is kept as codes
            y = levels[y.astype(np.int64)].astype(np.float64)
        return x, problem.scale.forward(y)

    def source(self, view: View) -> Callable[[int], tuple[np.ndarray, np.ndarray] | None]:
        """Return ``take(k)`` for a member: ``k`` fresh rows in its view, None once drawing failed.

        Targets have shape ``(k,)``, or ``(k, n_classes)`` where they are probabilities.
        """

        def take(k: int) -> tuple[np.ndarray, np.ndarray] | None:
            if self.failure is not None:
                return None
            try:
                x, y = self._encoded(self._pool.take(k))
                return view.features(x), view.probabilities(y) if y.ndim == 2 else view.targets(y)
            except Exception as error:  # a generator of any kind may break; the fit goes on
                logger.debug("drawing synthetic rows failed", exc_info=True)
                self.failure = f"{type(error).__name__}: {error}"
                return None

        return take

    def measure(self, unseen: np.ndarray, seconds: float | None = None) -> None:
        """Write the fidelity into the report, measured on rows that the generator has not seen.

        Where validation rows are fewer than `ENOUGH_UNSEEN`, a second generator is fitted to two thirds
        of the training rows and the rest joins them, if that is quick or the mix ratio depends on
        it. A generator of whole tasks is not measured: its rows are not meant to pass for real.

        Parameters
        ----------
        unseen
            Values ``(n, n_columns)`` of validation rows.
        seconds
            What the measurement may take, about; it uses fewer rows to keep it, and under
            `MIN_MEASURE_SECONDS` there is none.
        """
        began = time.monotonic()
        if seconds is not None and seconds < MIN_MEASURE_SECONDS:
            return
        if one_task_per_draw(self._pool.generator):
            return
        # A stream of its own: what is measured does not move the rows that are trained on.
        rng = np.random.default_rng(self.context.seed + 2)
        unseen = unseen[np.isfinite(unseen[:, -1])]
        where, generator, training = "validation rows", self._pool.generator, self.table
        with self.report.stage("fidelity"):
            if len(unseen) < ENOUGH_UNSEEN:
                order = rng.permutation(len(self.table))
                out, kept = order[: len(order) // 3], order[len(order) // 3 :]
                if len(unseen) + len(out) < MIN_ROWS or not self._may_fit_again(seconds):
                    return
                left = None if self.context.seconds is None else self.context.seconds - self._fit_seconds
                training = self.table.rows(kept)
                generator = self._fitted(training, dataclasses.replace(self.context, seconds=left))
                unseen = np.concatenate((unseen, self.table.values[out]))
                where = "validation rows and a third of the training rows"
            unseen = unseen[rng.permutation(len(unseen))[:MAX_ROWS]]
            rows = draw(generator, max(len(unseen), min(len(training), MAX_ROWS)), rng, self.table)
            if seconds is not None:
                unseen = unseen[: _rows_in_time(unseen, rows, began + seconds)]
                rows = rows[: max(MIN_ROWS, len(unseen))]
            found = two_sample_auc(unseen, rows, rng)
            if found is None:
                return
            # Labels that the model itself gives are not the generator's to answer for.
            use = None if self.label else usefulness(rows, unseen, self.table.columns[-1].is_discrete, rng)
            self.report.fidelity = {
                "two_sample_auc": found.value,
                "two_sample_low": found.low,
                "two_sample_high": found.high,
                "usefulness": use,
                "diversity": diversity(rows, training.values),
                "measured_on": where,
                "n_rows": len(unseen),
            }

    def _may_fit_again(self, seconds: float | None) -> bool:
        if seconds is not None and 2 * self._fit_seconds > seconds:
            return False
        if self.context.seconds is not None and 2 * self._fit_seconds > self.context.seconds:
            return False
        return self.options.mix_ratio == "auto" or self._fit_seconds < QUICK_SECONDS

    def mix_ratio(self) -> float:
        """The share of synthetic rows that the options ask for, or that the fidelity allows."""
        if self.options.mix_ratio != "auto":
            return float(self.options.mix_ratio)
        found = self.report.fidelity or {}
        return auto_mix_ratio(found.get("two_sample_auc"), found.get("usefulness"), found.get("diversity", 1.0))


def _rows_in_time(unseen: np.ndarray, rows: np.ndarray, until: float) -> int:
    """Unseen rows whose measurement ends in time, by what `PROBE_ROWS` of each kind take."""
    began = time.monotonic()
    two_sample_auc(unseen[:PROBE_ROWS], rows[:PROBE_ROWS], np.random.default_rng(0))
    now = time.monotonic()
    # Half of what is left: usefulness takes another forest, and drawing took its part.
    affordable = PROBE_ROWS * (until - now) / (2 * (now - began))
    return min(len(unseen), max(PROBE_ROWS, int(affordable)))


def seconds_allowed(options: SynthesisOptions, deadline: float | None) -> float | None:
    """Seconds that fitting a generator may take, its imports not counted; None is without limit."""
    seconds = None
    if deadline is not None:
        importing = import_seconds(maker_of(options.generator))
        seconds = CAUSAL_TIME_SHARE * (deadline - time.monotonic() - importing)
    if options.synthesis_time_limit is not None:
        seconds = min(options.synthesis_time_limit, math.inf if seconds is None else seconds)
    return seconds
