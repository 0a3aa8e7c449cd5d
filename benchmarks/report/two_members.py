"""Body of the study of two members: beside one fit and two fits averaged, on the same rows."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.hedges import models
from benchmarks.report.results import RUN, Results
from benchmarks.report.scored_pairs import MEANS, better, by_table, mean_scores, scored_pairs, table_of_pairs

__all__ = ["PAIRS", "body"]

#: First less second; the first pair is what the rule is about.
PAIRS = (
    ("causalmix 2 members", "causalmix"),
    ("default 2 members", "default"),
    ("causalmix 2 members", "default 2 members"),
    ("causalmix 2 members", "SCM twice averaged"),
    ("default 2 members", "real twice averaged"),
)
LEVEL = 0.05
#: First over second in seconds.
COSTS = PAIRS[:2]


def body(results: Results) -> list:
    """The rule's answer, means, pairs, and both scores of every table."""
    own, hedges = results.good, results.sister("hedges")
    labels = list(dict.fromkeys(label for pair in PAIRS for label in pair))
    rows = pd.concat([own, models(hedges, RUN) if len(hedges) else hedges], ignore_index=True)
    rows = rows[rows["label"].isin(labels)]
    table = scored_pairs(rows, PAIRS)
    answer = {True: "yes", False: "no", None: "not measured"}[better(table, PAIRS[0], LEVEL)]
    shown = mean_scores(rows).assign(**{"seconds, median": rows.groupby("label")["seconds"].median()})
    shown["times one's seconds"] = _times_one(rows)
    return [
        "Are two members better than one by the rule that was fixed beforehand, as two fits are, on "
        f"{own['fold'].nunique()} fold(s)? **{answer}**. Seconds are of fits without watching; how many "
        f"times those of one member is the median over runs of the same table and fold. {MEANS}",
        shown.round(4).to_markdown(),
        *table_of_pairs(table),
        *by_table(rows),
    ]


def _times_one(rows: pd.DataFrame) -> pd.Series:
    """Median ratio of a run's seconds with two members to those of the same run with one, by label."""
    seconds = rows.pivot_table(index=RUN, columns="label", values="seconds")
    ratios = {two: (seconds[two] / seconds[one]).median() for two, one in COSTS if {two, one} <= set(seconds)}
    return pd.Series(ratios, dtype=float)
