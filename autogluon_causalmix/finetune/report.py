"""The fit report: what was done, with which rows, and why something was not done."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.checkpoints.resolve import Checkpoint

__all__ = ["FitReport", "record_weights"]


@dataclass
class FitReport:
    """Everything one fit has to say for itself; `to_dict` is JSON-able.

    Attributes
    ----------
    weights
        Checkpoint: name, source, commit on the hub, and the reason if it replaced the official one.
    edges
        ``{"from", "to", "probability", "stated"}`` of the graph, most probable first; stated by the user.
    dags
        Edge lists of the DAGs that were fitted.
    rows_joined
        Validation rows that joined the support after they were scored (``validation_joins_support``).
    rows_synthetic_drawn, rows_synthetic_used
        Rows sampled, and rows that entered an episode.
    mix_ratio
        Share of synthetic rows asked for, or chosen by ``mix_ratio="auto"``.
    fidelity
        Two-sample ROC-AUC (.5: indistinguishable) with its interval, usefulness (see
        `metrics.fidelity`), and the rows they were measured on; None if there were too few.
    steps_taken, step_kept
        Optimiser steps, and the one whose weights are kept (0: the untuned model), per member.
    validation_scores
        Per member, the validation score after every step, from step 0; lower is better.
    validation_name
        What those scores are.
    seconds
        Per stage.
    fallbacks
        Reasons for whatever was not done as asked.
    """

    weights: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    rows_training: int = 0
    rows_validation: int = 0
    rows_joined: int = 0
    graph_resamples: int = 0
    edges: list[dict] = field(default_factory=list)
    dags: list[list[list]] = field(default_factory=list)
    rows_synthetic_drawn: int = 0
    rows_synthetic_used: int = 0
    mix_ratio: float = 0.0
    fidelity: dict[str, Any] | None = None
    steps_taken: list[int] = field(default_factory=list)
    step_kept: list[int] = field(default_factory=list)
    stopped_by: list[str] = field(default_factory=list)
    validation_name: str = ""
    validation_scores: list[list[float]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    fallbacks: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the block's wall-clock seconds to ``seconds[name]``."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - start

    def fall_back(self, reason: str) -> None:
        """Record a reason; the caller decides who is told."""
        self.fallbacks.append(reason)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, dicts, strings and numbers."""
        return _plain(dataclasses.asdict(self))


def record_weights(checkpoint: Checkpoint, official: str, report: FitReport, warn: Callable[[str], None]) -> None:
    """Write into the report which weights are used; say so if they stand in for the official ones."""
    reason = checkpoint.fallback_reason
    report.weights = {
        "name": checkpoint.name,
        "source": checkpoint.source,
        "revision": checkpoint.revision,
        "parameters": checkpoint.n_parameters,
        "fallback_reason": reason,
    }
    if reason is not None:
        report.fall_back(f"bundled checkpoint instead of the official weights: {reason}")
        warn(
            "CausalMix uses its small bundled checkpoint, because the official Mitra weights cannot be had: "
            f'{reason}. Set hf_model="{official}" to require them, '
            'or hf_model="mini" to choose the bundled ones without this warning.'
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float) or hasattr(value, "__float__"):
        number = float(value)
        return float(f"{number:.6g}") if math.isfinite(number) else None
    return str(value)
