"""The fit report as a page: findings in three tabs, and the table of fits.

One file without scripts that asks for nothing: the tabs are radio buttons, and print shows all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import pandas as pd

from autogluon_causalmix.findings import Finding, Tab

__all__ = ["page"]

HEADINGS = {Tab.ISSUE: "Issues", Tab.TIP: "Tips", Tab.PASSED: "Passed"}
#: A cell with more letters than this is wrapped.
LONG = 30


def page(findings: Sequence[Finding], summary: pd.DataFrame) -> str:
    """Return the page as HTML; whatever comes from the data is escaped.

    Parameters
    ----------
    findings
        As `PredictorReport.findings` gives them; the first tab that has any is open.
    summary
        As `PredictorReport.summary` gives it.
    """
    from jinja2 import Environment

    tabs = [
        {"name": tab.value, "heading": heading, "findings": [one for one in findings if one.tab is tab]}
        for tab, heading in HEADINGS.items()
    ]
    first = next((tab for tab in tabs if tab["findings"]), tabs[0])
    first["open"] = True
    numeric = [pd.api.types.is_numeric_dtype(summary[name]) for name in summary.columns]
    n_models = summary["model"].nunique() if len(summary) else 0
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
        files("autogluon_causalmix").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(
        title="CausalMix fit report",
        subtitle=f"{n_models} {'model' if n_models == 1 else 'models'}, {len(summary)} fine-tuned members"
        if n_models
        else "No CausalMix model in this predictor.",
        tabs=tabs,
        columns=[
            {"name": str(name).replace("_", " "), "is_number": number}
            for name, number in zip(summary.columns, numeric, strict=True)
        ],
        rows=[
            [_cell(value, number) for value, number in zip(row, numeric, strict=True)]
            for row in summary.itertuples(index=False, name=None)
        ],
    )


def _cell(value: Any, is_number: bool) -> dict[str, str]:
    if pd.isna(value):
        return {"text": "", "kind": ""}
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return {"text": text, "kind": "number" if is_number else "long" if len(text) > LONG else ""}
