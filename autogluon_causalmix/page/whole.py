"""The whole page, from findings, tables and pictures; whatever comes from the data is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import pandas as pd

from autogluon_causalmix.findings import Finding, Tab
from autogluon_causalmix.findings.finding import Folds
from autogluon_causalmix.page.advice import advice
from autogluon_causalmix.page.model import shown

__all__ = ["MAX_MODELS", "framed", "page"]

HEADINGS = {Tab.ISSUE: "Issues", Tab.TIP: "Tips", Tab.PASSED: "Passed"}
#: A cell with more letters than this is wrapped.
LONG = 30
#: Models that are drawn: a search over options can make dozens.
MAX_MODELS = 5


def page(
    findings: Sequence[Finding],
    summary: pd.DataFrame,
    models: Mapping[str, Folds],
    edges: Mapping[str, pd.DataFrame],
    mixed: pd.DataFrame,
    not_kept: Sequence[str] = (),
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    findings
        As `PredictorReport.findings` gives them; the first tab that has any is open.
    summary
        As `PredictorReport.summary` gives it.
    models
        ``{model: {fold: report}}``; the first `MAX_MODELS` are drawn.
    edges
        Mean edge probabilities by model.
    mixed
        As `PredictorReport.mixed` gives it: what other models of AutoGluon were fitted on.
    not_kept
        Bags of which there is no report.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    by_tab = {tab: [one for one in findings if one.tab is tab] for tab in HEADINGS}
    opened = next((tab for tab, found in by_tab.items() if found), Tab.ISSUE)
    tabs = [
        {"name": tab.value, "heading": HEADINGS[tab], "findings": found, "open": tab is opened}
        for tab, found in by_tab.items()
    ]
    drawn = list(models)[:MAX_MODELS]
    script = _file("page.js")
    template = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, loader=FunctionLoader(_file)
    ).get_template("page.html.j2")
    return template.render(
        title="CausalMix fit report",
        subtitle=_subtitle(summary, mixed, not_kept),
        tabs=tabs,
        style=_file("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        advice=advice(findings, models, edges),
        tables=[
            _table(table, heading)
            for table, heading in ((summary, "All fits"), (mixed, "Other models, and the rows they were fitted on"))
            if len(table)
        ],
        models=[shown(model, models[model], edges[model]) | {"number": k} for k, model in enumerate(drawn)],
        not_drawn=len(models) - len(drawn),
    )


def framed(html: str) -> str:
    """Return a page as an element of another one, such as a notebook, which keeps their styles apart."""
    from markupsafe import escape

    return (
        f'<iframe srcdoc="{escape(html)}" sandbox="allow-scripts" title="CausalMix fit report" '
        'style="width: 100%; height: 40rem; border: 0"></iframe>'
    )


def _file(name: str) -> str:
    return files("autogluon_causalmix.page").joinpath(name).read_text(encoding="utf-8")


def _subtitle(summary: pd.DataFrame, mixed: pd.DataFrame, not_kept: Sequence[str]) -> str:
    counts = []
    if len(summary):
        counts += [(summary["model"].nunique(), "model"), (len(summary), "fine-tuned member")]
    if len(mixed):
        counts += [(mixed["model"].nunique(), "augmented model")]
    texts = [f"{n} {name}{'' if n == 1 else 's'}" for n, name in counts]
    texts += [f"no report of {model}, whose folds were not kept" for model in not_kept]
    return ", ".join(texts) or "No CausalMix model in this predictor."


def _table(summary: pd.DataFrame, heading: str) -> dict[str, Any]:
    numeric = [pd.api.types.is_numeric_dtype(summary[name]) for name in summary.columns]
    return {
        "heading": heading,
        "columns": [
            {"name": str(name).replace("_", " "), "is_number": number}
            for name, number in zip(summary.columns, numeric, strict=True)
        ],
        "rows": [
            [_cell(value, number) for value, number in zip(row, numeric, strict=True)]
            for row in summary.itertuples(index=False, name=None)
        ],
    }


def _cell(value: Any, is_number: bool) -> dict[str, str]:
    if pd.isna(value):
        return {"text": "", "kind": ""}
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return {"text": text, "kind": "number" if is_number else "long" if len(text) > LONG else ""}
