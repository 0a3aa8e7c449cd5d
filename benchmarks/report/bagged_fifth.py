"""Body of the study of a fifth in bags: the answer of the rule in `benchmarks/studies/bagged_fifth.py`."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.bodies import paired_predictors
from benchmarks.report.candidates import ROOM, missing_cells
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results
from benchmarks.report.shift_runs import compare

__all__ = ["BASE", "CANDIDATE", "LEVEL", "body", "passes"]

BASE, CANDIDATE = "half", "a fifth"
#: Bags were asked once before, so that each time has half of .05.
LEVEL = 0.025


def passes(loss: pd.DataFrame, auc: pd.DataFrame) -> bool:
    """Whether the candidate becomes what small tables get, by means ``(table, method)``."""
    less = compare(loss, CANDIDATE, BASE)
    return less.mean < 0 and less.p < LEVEL and (auc[CANDIDATE] - auc[BASE]).mean() > -ROOM


def body(results: Results) -> list:
    """The rule's answer, the means, and what differs by table."""
    parts = paired_predictors(results)
    lacks = missing_cells(results.study, results.good)
    if lacks:
        return [f"The rule is not asked yet: {'; '.join(lacks)}.", *parts]
    loss, auc = (
        by_dataset(results.good.pivot_table(index=RUN, columns="label", values=score)) for score in ("log_loss", "auc")
    )
    verdict = f"{CANDIDATE} passes" if passes(loss, auc) else f"{BASE} stays"
    less = compare(loss, CANDIDATE, BASE)
    return [
        f"By the rule that was fixed beforehand: **{verdict}**. It asks for less log loss with p < {LEVEL} over "
        f"{less.tables} tables and for less than {ROOM} of mean ROC-AUC lost: log loss {less.words}, lower on "
        f"{less.wins}; ROC-AUC {(auc[CANDIDATE] - auc[BASE]).mean():+.4f}.",
        *parts,
    ]
