"""CausalMixFT beside each other method on real tables and on simulated ones apart, and on both of their tests.

Simulated shifts are larger than real ones and carry a mean over all tables; and who holds up where rows are shifted
may be worse where they are not.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol import interventions
from benchmarks.report.shift_runs import compare, holm, pair, rounded

__all__ = ["by_source", "sources"]

MIXED = "causalmix"
#: Whom people would take instead, and what standard augmentation, its twin and the untuned model do.
OTHERS = (
    "default",
    "half rate",
    "jitter",
    "mixup",
    "SMOTE",
    "bootstrap",
    "copula",
    "untuned",
    "random forest",
    "LightGBM",
)
TESTS = {"out_log_loss": "shifted", "in_log_loss": "like training"}


def sources(shifted: pd.DataFrame) -> pd.DataFrame:
    """CausalMixFT's log loss less each other method's: a row per kind of tables, test and method.

    Parameters
    ----------
    shifted
        As `shift_runs.runs` returns it, without runs of no shift.

    Returns
    -------
    Columns tables, test, less, n, wins, losses, the two means, the mean and median difference with the mean's 95 %
    interval, p of Wilcoxon's test over tables, and p after Holm's correction over all rows.
    """
    simulated = shifted["dataset"].isin(interventions.DATASETS)
    parts = {"real": shifted[~simulated], "simulated": shifted[simulated]}
    asked = [(kind, score, other) for kind in parts for score in TESTS for other in OTHERS]
    rows = [_row(parts[kind], kind, score, other) for kind, score, other in asked]
    frame = pd.DataFrame([row for row in rows if row is not None])
    return frame.assign(**{"p (Holm)": holm(frame["p"])}) if len(frame) else frame


def _row(table: pd.DataFrame, kind: str, score: str, other: str) -> dict | None:
    means, *_ = pair(table, score, MIXED, other)
    one = compare(means, MIXED, other)
    if one is None:
        return None
    return {
        "tables": kind,
        "test": TESTS[score],
        "less": other,
        "n": one.tables,
        "wins": one.wins,
        "losses": one.losses,
        MIXED: means[MIXED].mean(),
        "the other": means[other].mean(),
        "mean": one.mean,
        "median": (means[MIXED] - means[other]).median(),
        "95 % low": one.low,
        "95 % high": one.high,
        "p": one.p,
    }


def by_source(shifted: pd.DataFrame) -> list:
    """The table of `sources` and what it is."""
    frame = sources(shifted)
    if frame.empty:
        return []
    return [
        "Real and simulated tables apart: log loss of CausalMixFT less each other's, below zero it is ahead, on rows "
        "that are shifted and on rows like those of training. Asked for when all of the first pass was known; Holm's "
        "correction over this table.",
        rounded(frame, index=False),
    ]
