"""What the page shows of one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from autogluon_causalmix.findings.finding import Folds
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.page.comparison import compared
from autogluon_causalmix.page.graph import graph_shapes
from autogluon_causalmix.page.svg import picture
from autogluon_causalmix.pictures.curves import curves, draw_curves
from autogluon_causalmix.pictures.fidelity import draw_fidelity

__all__ = ["shown"]

#: Rows of the table of edges.
EDGES = 30
#: Figures of the fidelity's table: name, what it means.
FIGURES = {
    "two_sample_auc": "two-sample ROC-AUC (.5: cannot be told apart)",
    "usefulness": "usefulness (.5: the target cannot be learned from synthetic rows)",
    "diversity": "diversity (1: as diverse as training)",
    "closer_to_training": "closeness to training rows (.5: no copying, 1: copies)",
}


def shown(model: str, folds: Folds, edges: pd.DataFrame) -> dict[str, Any]:
    """Gather one model's part of the page.

    Parameters
    ----------
    edges
        Mean edge probabilities over the folds.
    """
    reports = list(folds.values())
    target = next((report["target"] for report in reports if report.get("target") is not None), None)
    has_fidelity = any((report["fidelity"] or {}).get("two_sample_auc") for report in reports)
    height = 1.4 + 0.22 * min(len(folds), 40)
    return {
        "name": model,
        "facts": _facts(folds),
        "curves": curves(folds)
        and picture(draw_curves, folds, f"Learning curves of {model}", 3.1, line="line", mark="mark"),
        "fidelity": picture(draw_fidelity, folds, f"Fidelity of {model}", height, mark="line") if has_fidelity else "",
        "figures": _figures(folds),
        "graph": graph_shapes(edges, target),
        "searched": any(report["graph_resamples"] or report["dags"] for report in reports),
        "edges": edges.head(EDGES).to_dict("records"),
        "n_edges": len(edges),
        "rows": compared(folds),
        "seconds": _seconds(folds),
        "options": _options(reports),
        "fallbacks": list(dict.fromkeys(reason for report in reports for reason in report["fallbacks"])),
    }


def _facts(folds: Folds) -> list[tuple[str, str]]:
    reports = list(folds.values())

    def span(name: str) -> str:
        low, high = min(report[name] for report in reports), max(report[name] for report in reports)
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"

    ratios = sorted({f"{report['mix_ratio']:.2g}" for report in reports})
    weights = sorted({str(report["weights"]["name"]) for report in reports if report["weights"].get("name")})
    return [
        ("weights", ", ".join(weights) or "none"),
        ("fits", str(len(folds))),
        ("training rows", span("rows_training")),
        ("validation rows", span("rows_validation")),
        ("synthetic rows used", span("rows_synthetic_used")),
        ("mix ratio", ", ".join(ratios)),
        ("graph resamples", span("graph_resamples")),
    ]


def _figures(folds: Folds) -> list[dict[str, Any]]:
    """Mean, least and largest value of every figure over the folds that have it."""
    found = []
    for name, meaning in FIGURES.items():
        values = [(report["fidelity"] or {}).get(name) for report in folds.values()]
        values = [value for value in values if value is not None]
        if values:
            low, high = min(values), max(values)
            found.append({"name": meaning, "mean": sum(values) / len(values), "low": low, "high": high})
    return found


def _seconds(folds: Folds) -> list[dict[str, Any]]:
    """Seconds by stage, all folds together, the longest first; with what no stage accounts for."""
    total: dict[str, float] = {}
    for report in folds.values():
        for stage, seconds in report["seconds"].items():
            total[stage] = total.get(stage, 0.0) + seconds
    whole = total.pop("total", sum(total.values()))
    if whole <= 0:
        return []
    rest = whole - sum(total.values())
    if rest > 0.01 * whole:
        total["other"] = rest
    longest = max(total.values(), default=1.0) or 1.0
    stages = [
        {"stage": stage, "seconds": seconds, "share": seconds / longest}
        for stage, seconds in sorted(total.items(), key=lambda pair: -pair[1])
    ]
    return [*stages, {"stage": "total", "seconds": whole, "share": None}]


def _options(reports: list[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Options away from their defaults in any fold; where folds differ, their values side by side."""
    defaults = CausalMixOptions().to_dict()
    names = dict.fromkeys(name for report in reports for name in report.get("options_changed", ()))
    rows = []
    for name in names:
        values = dict.fromkeys(_written(report["options"].get(name)) for report in reports)
        rows.append({"name": name, "value": " or ".join(values), "default": _written(defaults.get(name))})
    return rows


def _written(value: Any) -> str:
    if value is None or value == [] or value == ():
        return "none"
    if isinstance(value, (list, tuple)):
        parts = (f"({_written(one)})" if isinstance(one, (list, tuple)) else str(one) for one in value)
        return ", ".join(parts)
    return str(value)
