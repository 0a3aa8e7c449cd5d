"""Fit reports with the figures that a test is about."""

from __future__ import annotations

from autogluon_causalmix.finetune.report import FitReport


def folds(**figures) -> dict[str, dict]:
    """Reports by fold; a figure is one value for all folds, or a tuple of one for each."""
    n = max((len(value) for value in figures.values() if isinstance(value, tuple)), default=1)
    names = [""] if n == 1 else [f"S1F{k + 1}" for k in range(n)]
    each = {name: value if isinstance(value, tuple) else (value,) * n for name, value in figures.items()}
    return {fold: FitReport(**{key: each[key][k] for key in each}).to_dict() for k, fold in enumerate(names)}


def edge(cause: str, effect: str, probability: float, stated: bool = False) -> dict:
    """One row of a report's edges."""
    return {"from": cause, "to": effect, "probability": probability, "stated": stated}
