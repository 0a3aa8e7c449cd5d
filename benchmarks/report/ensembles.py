"""Body of the study of ensembles: the answers of the rule in `benchmarks/studies/ensembles.py`."""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol.ensembles import BAGS, ENSEMBLES
from benchmarks.report.candidates import ROOM, means, missing_cells, one_per_model
from benchmarks.report.comparison import LEVEL
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import LOOKED_AT, by_table
from benchmarks.report.shift_runs import compare, holm, rounded

__all__ = ["QUESTIONS", "body", "judged"]

#: First less second.
QUESTIONS = (
    ("trees, both", "trees"),
    ("both", "as it comes"),
    ("trees, both", "trees, as it comes"),
    ("trees, as it comes", "trees, untuned"),
)
#: Told beside the questions: nobody asked beforehand.
BESIDE = {"first": "trees, as it comes", "less": "trees"}


def judged(loss: pd.DataFrame, auc: pd.DataFrame) -> pd.DataFrame:
    """Every question by means ``(table, model)``: log loss, p after Holm's correction over all, and "better"."""
    found = [compare(loss, first, second) for first, second in QUESTIONS]
    rows = []
    for (first, second), one, p in zip(QUESTIONS, found, holm(one.p for one in found), strict=True):
        gained = (auc[first] - auc[second]).mean()
        better = one.mean < 0 and p < LEVEL and gained > -ROOM
        rows.append({"first": first, "less": second} | vars(one) | {"p (Holm)": p, "ROC-AUC": gained, "better": better})
    return pd.DataFrame(rows)


def body(results: Results) -> list:
    """The rule's answers, means and weights, and both scores of every table."""
    rows = one_per_model(results.good)
    loss, auc = (means(rows, score) for score in ("log_loss", "auc"))
    order = list(dict.fromkeys([*BAGS, *ENSEMBLES]))
    about = {
        "log loss": loss.mean(),
        "rank in log loss": loss.rank(axis=1).mean(),
        "ROC-AUC": auc.mean(),
        "seconds, median": rows.groupby("label")["fit"].median(),
    }
    parts: list = [
        f"Means over the tables but {LOOKED_AT}; ranks of all {len(order)}, 1 is best; seconds of an ensemble are "
        "those of the bags that it gives a weight.",
        pd.DataFrame(about).loc[order].sort_values("log loss").round(4).to_markdown(),
        "Mean weights:",
        _weights(rows).round(3).to_markdown(),
        *by_table(rows),
    ]
    lacks = missing_cells(results.study, results.good)
    if lacks:
        return [f"The rule is not asked yet: {'; '.join(lacks)}.", *parts]
    table = judged(loss, auc)
    answers = "; ".join(
        f"{row['first']} less {row['less']}: {'better' if row['better'] else 'not shown to be better'}"
        for row in table.to_dict("records")
    )
    return [
        f"By the rule that was fixed beforehand: **{answers}**.",
        f"First less second in log loss on {len(loss)} tables; below zero the first is better, wins are tables with "
        "less of it. Wilcoxon's test, Holm's correction over all four; \"better\" also asks for less than "
        f"{ROOM} of mean ROC-AUC lost.",
        rounded(table.rename(columns={"low": "95 % low", "high": "95 % high"}), index=False),
        "Not asked beforehand, uncorrected:",
        rounded(pd.DataFrame([BESIDE | vars(compare(loss, *BESIDE.values()))]), index=False),
        *parts,
    ]


def _weights(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean weight of every bag in every ensemble."""
    some = rows[rows["label"].isin(ENSEMBLES) & (rows["dataset"] != LOOKED_AT)]
    table = pd.DataFrame([{"ensemble": row["label"]} | row["weights"] for row in some.to_dict("records")])
    mean = table.groupby("ensemble").mean()
    return mean.loc[list(ENSEMBLES), [bag for bag in BAGS if bag in mean]]
