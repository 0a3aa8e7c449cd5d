"""Synthetic rows as the fine-tuning loop wants them: encoded, fresh, and never an exception."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.finetune.encoding import FeatureEncoder, TargetScale
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.generators.base import RowPool
from autogluon_causalmix.metrics.fidelity import two_sample_auc
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.table import Column, TypedTable

__all__ = ["SyntheticRows"]

logger = logging.getLogger("autogluon.causalmix")

#: Edges weaker than this are left out of the report: a 500-column graph has thousands of them.
REPORTED_PROBABILITY = 0.05
#: Cells drawn at a time; an SCM draws about two million a second.
REFILL_CELLS = 500_000


class SyntheticRows:
    """A fitted generator's rows, encoded like real ones; ``failure`` says why there are no more."""

    def __init__(self, pool: RowPool, target: Column, rng: np.random.Generator) -> None:
        self._pool, self._target, self._rng = pool, target, rng
        self.failure: str | None = None

    @classmethod
    def from_scm(
        cls,
        table: TypedTable,
        target: Any,
        options: CausalMixOptions,
        knowledge: Knowledge,
        seed: int,
        seconds: float | None,
        report: FitReport,
    ) -> SyntheticRows:
        """Fit the SCM generator to ``table`` (target last) and write its graph into the report."""
        from autogluon_causalmix.causal.discovery import DiscoveryOptions
        from autogluon_causalmix.generators.scm import SCMGenerator

        discovery = DiscoveryOptions(options.n_resamples, options.alpha, options.max_depth, options.discovery_backend)
        generator = SCMGenerator(
            target, discovery, options.n_dags, options.mechanism, seed, seconds, options.noise, knowledge
        )
        with report.stage("causal imports"):
            import dowhy.gcm  # noqa: F401  (seconds the first time: counted apart from the work)
        generator.fit(table)
        report.seconds |= generator.timings
        graph = generator.graph
        report.graph_resamples = graph.n_resamples
        report.edges = [
            {"from": str(a), "to": str(b), "probability": p} for a, b, p in graph.edges(REPORTED_PROBABILITY)
        ]
        report.dags = [[[str(graph.names[a]), str(graph.names[b])] for a, b in scm.dag.edges] for scm in generator.scms]
        rng = np.random.default_rng(seed + 1)
        # A refill happens inside a step: on wide tables it is kept to a fraction of a second.
        size = max(10, min(options.pool_rows, REFILL_CELLS // len(table.columns)))
        return cls(RowPool(generator, size, rng), table.columns[-1], rng)

    @property
    def drawn(self) -> int:
        """Rows sampled so far."""
        return self._pool.drawn

    def bind(self, encoder: FeatureEncoder, scale: TargetScale | None) -> None:
        """Say how rows are encoded; draws the first pool, so that a generator that cannot fails now."""
        self._encoder, self._scale = encoder, scale
        self._encoded(self._pool.take(1))

    def _encoded(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = self._encoder.transform(values[:, :-1]), values[:, -1]
        if not np.isfinite(y).all():
            raise ValueError("the generator drew rows without a target")
        if self._scale is None:
            return x, y.astype(np.int64)
        if self._target.levels is not None:  # a regression target of two values is kept as codes
            y = self._target.levels[y.astype(np.int64)].astype(np.float64)
        return x, self._scale.forward(y)

    def source(self, view: View) -> Callable[[int], tuple[np.ndarray, np.ndarray] | None]:
        """Return ``take(k)`` for a member: ``k`` fresh rows in its view, None once drawing failed."""

        def take(k: int) -> tuple[np.ndarray, np.ndarray] | None:
            if self.failure is not None:
                return None
            try:
                x, y = self._encoded(self._pool.take(k))
            except Exception as error:  # a generator of any kind may break; the fit goes on
                logger.debug("drawing synthetic rows failed", exc_info=True)
                self.failure = f"{type(error).__name__}: {error}"
                return None
            return view.features(x), view.targets(y)

        return take

    def measure_fidelity(self, seen: np.ndarray, unseen: np.ndarray, report: FitReport) -> None:
        """Write the two-sample ROC-AUC into the report, on rows the generator has not seen if enough."""
        with report.stage("fidelity"):
            enough = len(unseen) >= 30
            real = unseen[np.isfinite(unseen[:, -1])] if enough else seen
            synthetic = self._pool.take(min(len(real), 500))
            auc = two_sample_auc(real, synthetic, self._rng)
        if auc is not None:
            rows = "validation rows" if enough else "training rows"
            report.fidelity = {"two_sample_auc": auc, "measured_on": rows, "n_rows": len(real)}
