"""Synthetic rows as the fine-tuning loop wants them: encoded, fresh, and never an exception."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.mixing import auto_mix_ratio
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.generators.base import RowPool, draw
from autogluon_causalmix.generators.catalogue import FitContext, make_generator
from autogluon_causalmix.metrics.fidelity import MIN_ROWS, two_sample_auc, usefulness
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["SyntheticRows"]

logger = logging.getLogger("autogluon.causalmix")

#: Edges weaker than this are left out of the report: a 500-column graph has thousands of them.
REPORTED_PROBABILITY = 0.05
#: Cells drawn at a time; an SCM draws about two million a second.
REFILL_CELLS = 500_000
#: Fidelity is measured on this many unseen rows at least; where validation has fewer, a second
#: generator leaves out a third of the training rows.
ENOUGH_UNSEEN = 30
#: Rows that fidelity is measured on at most: more make the interval narrower than anybody needs.
MAX_MEASURED = 500


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
    options: CausalMixOptions
    knowledge: Knowledge
    context: FitContext
    report: FitReport
    #: ``label(x)`` in place of the generator's own labels, see `finetune.weights.untuned_labels`.
    label: Callable[[np.ndarray], np.ndarray] | None = None
    failure: str | None = None

    def fit(self) -> SyntheticRows:
        """Fit the generator, write its graph into the report, and draw the first pool.

        The pool is drawn now so that a generator that cannot fails now.
        """
        options, report = self.options, self.report
        if options.generator in ("scm", "copula"):
            with report.stage("causal imports"):
                import dowhy.gcm  # noqa: F401  (seconds the first time: counted apart from the work)
        began = time.monotonic()
        generator = self._fitted(self.table)
        self._fit_seconds = time.monotonic() - began
        report.seconds |= getattr(generator, "timings", None) or {"generator": self._fit_seconds}
        if getattr(generator, "graph", None) is not None:
            _record_graph(generator, report)
        self._rng = np.random.default_rng(self.context.seed + 1)
        # A refill happens inside a step: on wide tables it is kept to a fraction of a second.
        size = max(10, min(options.pool_rows, REFILL_CELLS // len(self.table.columns)))
        self._pool = RowPool(generator, size, self._rng, self.table, balance=options.balance_classes)
        self._encoded(self._pool.take(1))
        return self

    def _fitted(self, table: TypedTable) -> Any:
        generator = make_generator(self.options, self.knowledge, self.context)
        return generator.fit(table) or generator  # anybody's fit may return nothing

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
        if problem.scale is None:
            return x, y.astype(np.int64)
        levels = self.table.columns[-1].levels
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
            except Exception as error:  # a generator of any kind may break; the fit goes on
                logger.debug("drawing synthetic rows failed", exc_info=True)
                self.failure = f"{type(error).__name__}: {error}"
                return None
            return view.features(x), view.probabilities(y) if y.ndim == 2 else view.targets(y)

        return take

    def measure(self, unseen: np.ndarray, budget_allows: Callable[[float], bool]) -> None:
        """Write the fidelity into the report, measured on rows that the generator has not seen.

        Parameters
        ----------
        unseen
            Values ``(n, n_columns)`` of validation rows. Where they are fewer than `ENOUGH_UNSEEN`, a
            second generator is fitted to two thirds of the training rows, and the rest joins them.
        budget_allows
            Whether so many more seconds may be spent.
        """
        unseen = unseen[np.isfinite(unseen[:, -1])]
        where, generator, training = "validation rows", self._pool.generator, self.table
        with self.report.stage("fidelity"):
            if len(unseen) < ENOUGH_UNSEEN:
                order = self._rng.permutation(len(self.table))
                out, kept = order[: len(order) // 3], order[len(order) // 3 :]
                if len(unseen) + len(out) < MIN_ROWS or not budget_allows(self._fit_seconds):
                    return
                training = self.table.rows(kept)
                generator = self._fitted(training)
                unseen = np.concatenate((unseen, self.table.values[out]))
                where = "validation rows and a third of the training rows"
            unseen = unseen[self._rng.permutation(len(unseen))[:MAX_MEASURED]]
            # A separate stream: what is measured does not move the rows that are trained on.
            rng = np.random.default_rng(self.context.seed + 2)
            rows = draw(generator, max(len(unseen), min(len(training), MAX_MEASURED)), rng, self.table)
            found = two_sample_auc(unseen, rows, rng)
            if found is None:
                return
            self.report.fidelity = {
                "two_sample_auc": found.value,
                "two_sample_low": found.low,
                "two_sample_high": found.high,
                "usefulness": usefulness(rows, unseen, self.table.columns[-1].is_discrete, rng),
                "measured_on": where,
                "n_rows": len(unseen),
            }

    def mix_ratio(self) -> float:
        """The share of synthetic rows that the options ask for, or that the fidelity allows."""
        if self.options.mix_ratio != "auto":
            return float(self.options.mix_ratio)
        found = self.report.fidelity or {}
        return auto_mix_ratio(found.get("two_sample_auc"), found.get("usefulness"))


def _record_graph(generator: Any, report: FitReport) -> None:
    graph = generator.graph
    report.graph_resamples = graph.n_resamples
    edges = graph.edge_frame(REPORTED_PROBABILITY)
    report.edges = edges.assign(**{"from": edges["from"].map(str), "to": edges["to"].map(str)}).to_dict("records")
    report.dags = [[[str(graph.names[a]), str(graph.names[b])] for a, b in scm.dag.edges] for scm in generator.scms]
