"""What the codes of categories and classes stand for: AutoGluon hands models codes, and people know names.

AutoGluon keeps the names in its feature generators, in attributes that tests/test_level_names.py holds it to.
Where a version keeps them elsewhere, the report shows codes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor

__all__ = ["LevelNames", "level_names", "with_names"]

#: ``{column: {code as text: name}}``.
LevelNames = Mapping[str, Mapping[str, str]]


def level_names(predictor: TabularPredictor) -> dict[str, dict[str, str]]:
    """Names of the categories of a predictor's features, and of its classes under its label."""
    names: dict[str, dict[str, str]] = {}
    features = getattr(getattr(predictor, "_learner", None), "feature_generator", None)
    for stage in getattr(features, "generators", None) or ():
        for one in stage:
            for column, true_value in (getattr(one, "_bool_features", None) or {}).items():
                names[str(column)] = {"0": f"not {true_value}", "1": str(true_value)}
            for column, categories in (getattr(one, "category_map", None) or {}).items():
                names[str(column)] = {str(code): str(name) for code, name in enumerate(categories)}
    classes = getattr(predictor, "class_labels_internal_map", None) or {}
    names[str(predictor.label)] = {str(code): str(name) for name, code in classes.items()}
    return names


def with_names(models: Mapping[str, Mapping[str, Any]], names: LevelNames) -> dict[str, dict[str, Any]]:
    """Return ``{model: {fold: report}}`` with names in the place of codes; what has no name stays a code."""
    return {
        model: {fold: _with_names(report, names) for fold, report in folds.items()} for model, folds in models.items()
    }


def _with_names(report: Mapping[str, Any], names: LevelNames) -> dict[str, Any]:
    report = dict(report)

    def named(column: str, level: Any) -> Any:
        return names.get(column, {}).get(level, level)

    fidelity = report.get("fidelity")
    if fidelity and fidelity.get("lost_levels"):
        lost = {column: [named(column, one) for one in gone] for column, gone in fidelity["lost_levels"].items()}
        report["fidelity"] = {**fidelity, "lost_levels": lost}
    if report.get("comparison"):
        report["comparison"] = comparison = copy.deepcopy(report["comparison"])
        for column in comparison["columns"]:
            if "levels" in column:
                column["levels"] = [named(column["name"], one) for one in column["levels"]]
        for pair in comparison["associations"]:
            for side in (pair["a"], pair["b"]):
                side["level"] = named(side["column"], side["level"])
    return report
