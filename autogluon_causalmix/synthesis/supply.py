"""Synthetic rows as fine-tuning takes them: encoded, fresh, and never an exception."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autogluon_causalmix.generators.base import RowPool
from autogluon_causalmix.incontext.gpu_memory import ran_out_of_gpu_memory
from autogluon_causalmix.synthesis.part_pools import PartPools

__all__ = ["Apart", "Read", "Supply"]

logger = logging.getLogger("autogluon.causalmix")

#: ``read(values)``: features and targets of rows ``(n, n_columns)`` that a generator drew.
Read = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
#: ``apart(n_support, n_query)``: values ``(n_support + n_query, n_columns)`` of an episode's rows.
Apart = Callable[[int, int], np.ndarray]


@dataclass
class Supply:
    """Rows of a fitted generator.

    Attributes
    ----------
    ratio
        Share of synthetic rows that was asked for, or that the fidelity allows.
    fidelity
        How real the rows look, see `synthesis.measurement.measure`; None if it was not measured.
    graph
        What the generator knows of causes, by the names of the fit report: ``edges``, ``dags``,
        ``graph_resamples``. Empty for a generator without a graph.
    apart
        Draws whole episodes whose support and query differ in where they come from; None where they do not.
    failure
        Why there are no more rows; None as long as there are.
    asks_again
        Whether who takes rows tries again with less where a GPU had no memory left to label them: that alone is raised.
    ran_out
        What was raised last for want of that memory, in words: the error itself would hold what is to be freed.
    """

    pool: RowPool | PartPools
    read: Read
    ratio: float
    fidelity: dict[str, Any] | None = None
    graph: Mapping[str, Any] = field(default_factory=dict)
    apart: Apart | None = None
    failure: str | None = None
    asks_again: bool = False
    ran_out: str | None = None

    def take(self, k: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return ``k`` rows not handed out before: features and targets, None once drawing failed.

        Targets have shape ``(k,)``, or ``(k, n_classes)`` where they are probabilities.
        """
        return self._read(lambda: self.pool.take(k))

    def take_apart(self, n_support: int, n_query: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the rows of an episode, its support first, as `take` returns rows; for those with `apart`."""
        return self._read(lambda: self.apart(n_support, n_query))

    def _read(self, draw: Callable[[], np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
        if self.failure is not None:
            return None
        try:
            values = draw()
        except Exception as error:  # a generator of any kind may break; the fit goes on
            return self._failed(error)
        try:
            return self.read(values)
        except Exception as error:
            if not (self.asks_again and ran_out_of_gpu_memory(error)):
                return self._failed(error)
            self.ran_out = f"{type(error).__name__}: {error}"
            raise

    def _failed(self, error: Exception) -> None:
        logger.debug("drawing synthetic rows failed", exc_info=error)
        self.failure = f"{type(error).__name__}: {error}"

    @property
    def drawn(self) -> int:
        """Rows sampled so far."""
        return self.pool.drawn
