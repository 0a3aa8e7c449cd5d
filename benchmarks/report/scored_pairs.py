"""First less second in log loss and ROC-AUC as they are, over tables: what studies of one question are decided by."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchmarks.report.comparison import against
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN

__all__ = ["LOOKED_AT", "MEANS", "SCORES", "better", "by_table", "mean_scores", "scored_pairs", "table_of_pairs"]

SCORES = {"log_loss": "log loss", "auc": "ROC-AUC"}
#: The table on which leads were seen: told, but in no test.
LOOKED_AT = "tic-tac-toe"
#: What `mean_scores` holds.
MEANS = f"Means over the tables of the tests, {LOOKED_AT} left out; folds of a table are averaged first."


def mean_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean of both scores by label, over tables but `LOOKED_AT`, as the pairs have them."""
    some = rows[rows["dataset"] != LOOKED_AT]
    means = {
        words: by_dataset(some.pivot_table(index=RUN, columns="label", values=score)).mean()
        for score, words in SCORES.items()
    }
    return pd.DataFrame(means).loc[list(dict.fromkeys(some["label"]))]


def scored_pairs(rows: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Every pair in both scores over tables but `LOOKED_AT`; the first pair is the question, the others stand beside.

    Returns
    -------
    What `comparison.against` says, by (first, second, score); Holm's correction is over all but the first pair.
    """
    from statsmodels.stats.multitest import multipletests

    found = {}
    for score, words in SCORES.items():
        wide = rows.pivot_table(index=RUN, columns="label", values=score, sort=False)
        wide = wide[wide.index.get_level_values("dataset") != LOOKED_AT]
        for first, second in pairs:
            if {first, second} <= set(wide) and len(wide[[first, second]].dropna()):
                row = against(wide[[first, second]], second).loc[first].drop("p (Holm)")
                found[first, second, words] = row.rename({"mean difference %": "mean difference"})
    table = pd.DataFrame(found).T.infer_objects()
    beside = [key for key in table.index if key[:2] != pairs[0]]
    if beside:
        table.loc[beside, "p (Holm)"] = multipletests(table.loc[beside, "p"].astype(float), method="holm")[1]
    return table


def better(table: pd.DataFrame, pair: tuple[str, str], level: float) -> bool | None:
    """Whether a pair's first has less log loss with p below ``level``, and no less ROC-AUC; None if not measured."""
    loss, auc = ((*pair, words) for words in SCORES.values())
    if loss not in table.index:
        return None
    less = table.loc[loss]
    return bool(less["mean difference"] < 0 and less["p"] < level and table.loc[auc, "mean difference"] >= 0)


def table_of_pairs(table: pd.DataFrame) -> list:
    """`scored_pairs` with what its columns mean."""
    if not len(table):
        return []
    text = (
        f"First less second over tables, {LOOKED_AT} left out; wins are tables where the first is higher, which in log "
        "loss is worse. Wilcoxon's test; Holm's correction over all but the first pair."
    )
    named = table.rename_axis(["first", "second", "score"]).reset_index()
    return [text, named.round(4).to_markdown(index=False)]


def by_table(rows: pd.DataFrame) -> list:
    """Both scores of every table, means over folds."""
    parts: list = []
    for score, words in SCORES.items():
        wide = by_dataset(rows.pivot_table(index=RUN, columns="label", values=score))
        parts += [f"{words} by table:", wide[list(dict.fromkeys(rows["label"]))].round(4).to_markdown()]
    return parts
