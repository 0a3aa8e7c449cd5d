"""Findings, and the checks that make them: what is wrong, what could be better, and what is in order.

A check looks at the fit reports of one model, all folds together, and gives a `Verdict`, or None
where the reports do not hold the figures that it needs: such a check is absent, not passed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autogluon_causalmix.errors import OptionError

__all__ = ["Check", "Finding", "Folds", "Tab", "Verdict", "check"]

#: ``{fold: report}`` of one model; a report is what `finetune.report.FitReport.to_dict` gives.
Folds = Mapping[str, Mapping[str, Any]]

#: Two to eight capital letters and three digits: "CM101"; letters of their own keep users' codes apart from ours.
CODE = re.compile(r"[A-Z]{2,8}\d{3}")


class Tab(StrEnum):
    """Where a finding is shown."""

    ISSUE = "issue"
    TIP = "tip"
    PASSED = "passed"


@dataclass(frozen=True)
class Verdict:
    """What a check says: the tab, and a sentence or two with the figures."""

    tab: Tab
    explanation: str


@dataclass(frozen=True)
class Finding:
    """The verdict of one check on one model.

    Attributes
    ----------
    code
        The check's, for muting and for looking it up.
    tab
        An issue, a tip, or passed.
    title
        What the check asks for, as a statement that holds if it passed.
    explanation
        What was found, with the figures.
    remedy
        What to do; empty if the check passed.
    model
        Name of the model.
    """

    code: str
    tab: Tab
    title: str
    explanation: str
    remedy: str
    model: str


@dataclass(frozen=True)
class Check:
    """A question to the fit reports of a model.

    Attributes
    ----------
    code
        Such as "CM101".
    title
        What holds if the check passes.
    remedy
        What to do if it does not.
    judge
        ``judge(folds)``: the verdict, or None without the figures. Its docstring documents the code.

    Raises
    ------
    OptionError
        For a code of another form.
    """

    code: str
    title: str
    remedy: str
    judge: Callable[[Folds], Verdict | None]

    def __post_init__(self) -> None:
        if not isinstance(self.code, str) or not CODE.fullmatch(self.code):
            raise OptionError(
                f"the code {self.code!r} of a check must be two to eight capital letters and three digits, like 'MY101'"
            )

    def finding(self, model: str, folds: Folds) -> Finding | None:
        """Judge the folds of a model."""
        verdict = self.judge(folds)
        if verdict is None:
            return None
        tab = Tab(verdict.tab)
        remedy = "" if tab is Tab.PASSED else self.remedy
        return Finding(self.code, tab, self.title, verdict.explanation, remedy, model)


def check(code: str, title: str, remedy: str) -> Callable[[Callable[[Folds], Verdict | None]], Check]:
    """Make a `Check` of the function below.

    Examples
    --------
    >>> @check("MY101", "The table has enough rows", "Collect more rows.")
    ... def enough_rows(folds):
    ...     '''Fewer than 100 training rows in a fold.'''
    ...     fewest = min(report["rows_training"] for report in folds.values())
    ...     return Verdict(Tab.TIP if fewest < 100 else Tab.PASSED, f"{fewest} training rows.")
    >>> enough_rows.finding("CausalMix", {"": {"rows_training": 60}}).explanation
    '60 training rows.'
    """
    return lambda judge: Check(code, title, remedy, judge)
