"""What to try next: what the findings say, then what has not been tried yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from autogluon_causalmix.findings import Finding, Tab
from autogluon_causalmix.findings.finding import Folds

__all__ = ["Advice", "advice"]

#: A longer list is not followed.
MOST = 8
#: An edge between these is as likely to be there as not.
UNDECIDED = (0.35, 0.65)
STATEMENTS = ("required_edges", "forbidden_edges", "known_tiers", "known_roots", "known_sinks", "known_graph")


class Advice(NamedTuple):
    """What to do, why (a code of a finding, or a reason), and a configuration to copy, or nothing."""

    text: str
    why: str
    code: str = ""


def advice(findings: Sequence[Finding], models: Mapping[str, Folds], edges: Mapping[str, pd.DataFrame]) -> list[Advice]:
    """Return what to try next, at most `MOST` things.

    Parameters
    ----------
    findings
        As `PredictorReport.findings` gives them.
    models
        ``{model: {fold: report}}``.
    edges
        Mean edge probabilities by model.
    """
    remedies: dict[str, list[str]] = {}
    for one in findings:
        if one.tab is not Tab.PASSED and one.remedy:
            codes = remedies.setdefault(one.remedy, [])
            if one.code not in codes:
                codes.append(one.code)
    found = [Advice(remedy, ", ".join(codes)) for remedy, codes in remedies.items()]
    reports = [report for folds in models.values() for report in folds.values()]
    return (found + _untried(reports, models, edges))[:MOST]


def _untried(
    reports: Sequence[Mapping[str, Any]], models: Mapping[str, Folds], edges: Mapping[str, pd.DataFrame]
) -> list[Advice]:
    untried = []
    ratios = {report["options"].get("mix_ratio") for report in reports}
    if any(report["rows_synthetic_used"] for report in reports) and 0 not in ratios:
        code = '{"CAUSALMIX": [{}, {"mix_ratio": 0}]}'
        untried.append(Advice("Fit default fine-tuning beside it, to see what synthetic rows are worth.", "", code))
    # Both directions of a pair are one question, and so is a pair that several models ask about.
    pairs = {
        frozenset((edge["from"], edge["to"])): f"{edge['from']} <-> {edge['to']}"
        for frame in edges.values()
        for edge in frame.to_dict("records")
        if UNDECIDED[0] < edge["probability"] < UNDECIDED[1] and not edge["stated"]
    }
    undecided = list(pairs.values())
    if undecided and not any(report["options"].get(name) for report in reports for name in STATEMENTS):
        text = f"State what you know of the graph. Nothing decides about {', '.join(undecided[:3])}"
        more = f" and {len(undecided) - 3} more" if len(undecided) > 3 else ""
        untried.append(Advice(f"{text}{more}.", "", '{"CAUSALMIX": {"known_roots": [...], "forbidden_edges": [...]}}'))
    if models and all(len(folds) < 3 for folds in models.values()):
        text = "Bag over folds: several checks compare them (CM101, CM302), and one validation split says little."
        untried.append(Advice(text, "", "predictor.fit(train, num_bag_folds=5, ...)"))
    return untried
