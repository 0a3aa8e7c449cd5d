"""What was mixed into one fit of CAUSALMIX_AUGMENT."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.plain_data import plain

__all__ = ["AugmentReport"]


@dataclass
class AugmentReport:
    """Everything that one fit has to say of its rows; `to_dict` is JSON-able.

    Attributes
    ----------
    model, generator
        AutoGluon's key of the model, and the generator's name.
    mix_ratio, synthetic_weight, seed
        As asked.
    rows_real, rows_synthetic
        Rows that the model was trained on.
    rows_validation, rows_held_out
        Real rows that it was validated on, and how many of these were held out here because AutoGluon gave none.
    weight_real, weight_synthetic
        Total weights; None where the model was given none.
    shared_generator
        Whether another model of the same rows had fitted the generator.
    fidelity
        How well a classifier tells synthetic from validation rows; None if it was not measured.
    graph_resamples, edges, dags
        Of a generator with a causal graph, as in `finetune.report.FitReport`.
    seconds
        Per stage; "model" is the model's own fit.
    fallbacks
        Why something was not done as asked.
    """

    model: str = ""
    generator: str = ""
    mix_ratio: float = 0.0
    synthetic_weight: float | None = None
    seed: int | None = None
    rows_real: int = 0
    rows_synthetic: int = 0
    rows_validation: int = 0
    rows_held_out: int = 0
    weight_real: float | None = None
    weight_synthetic: float | None = None
    shared_generator: bool = False
    fidelity: dict[str, Any] | None = None
    graph_resamples: int = 0
    edges: list[dict] = field(default_factory=list)
    dags: list[list[list]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    fallbacks: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share of synthetic rows among the training rows as it came out."""
        total = self.rows_real + self.rows_synthetic
        return self.rows_synthetic / total if total else 0.0

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(vars(type(self)()) | state)  # a report that was saved before a field was added lacks it

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, dicts, strings and numbers."""
        return plain(dataclasses.asdict(self) | {"share": self.share})
