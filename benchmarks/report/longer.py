"""Body of the study of more steps: what its rule says, by pairs, and which tables go on."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import MEANS, better, by_table, mean_scores, scored_pairs, table_of_pairs

__all__ = ["PAIRS", "body", "rule"]

#: First less second; the first pair is what the rule is about.
PAIRS = (
    ("causalmix 200 steps", "causalmix"),
    ("default 200 steps", "default"),
    ("causalmix 200 steps", "default 200 steps"),
    ("causalmix 200 steps", "copula 200 steps"),
)
#: Two looks at the level .05.
LEVEL = 0.025


def rule(table: pd.DataFrame) -> bool | None:
    """Whether 200 steps become the default; None where the pair was not measured."""
    return better(table, PAIRS[0], LEVEL)


def body(results: Results) -> list:
    """The rule's answer, the means, the pairs, and both scores of every table."""
    rows = results.good
    table = scored_pairs(rows, PAIRS)
    answer = {True: "yes", False: "no", None: "not measured"}[rule(table)]
    groups = rows.groupby("label", sort=False)
    means = mean_scores(rows).assign(
        **{
            "steps taken, median": groups["steps_taken"].median(),
            "seconds, median": groups["seconds"].median(),
            "seconds, mean": groups["seconds"].mean(),
        }
    )
    return [
        f"Do 200 steps at most become the default, by the rule that was fixed beforehand, on {rows['fold'].nunique()} "
        f"fold(s)? **{answer}**.",
        f"{MEANS} Of steps and seconds all tables count.",
        means.round(4).to_markdown(),
        *table_of_pairs(table),
        *by_table(rows),
    ]
