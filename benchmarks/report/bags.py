"""Body of the study of 8-fold bags: ranks, scores and seconds of every model, and the default beside AutoGluon's."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.comparison import LEVEL, against
from benchmarks.report.gains import by_dataset, paired
from benchmarks.report.results import RUN, Results

__all__ = ["body"]

UNTUNED, AS_IT_COMES = "untuned", "CAUSALMIX as it comes"
#: What the goal names: models that people would take instead.
RIVALS = ("LightGBM", "CatBoost", "random forest")
#: The same survey as another table of the study, "australian": with both, one of them counts twice.
COPY = "crx"


def body(results: Results) -> list:
    """What the goal says, then ROC-AUC, log loss, ranks and seconds, and comparisons in pairs."""
    rows = results.good
    auc, short = paired(rows.pivot_table(index=RUN, columns="label", values="auc", sort=False))
    short += [label for label in dict.fromkeys(results.rows["label"]) if label not in set(rows["label"])]
    parts = [f"Left out for a lack of runs: {', '.join(short)}."] if short else []
    if not len(auc):
        return [*parts, "No run has all models yet."]
    loss = rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False).loc[auc.index, list(auc)]
    rank, rank_in_loss = (by_dataset(wide).rank(axis=1).mean() for wide in (-auc, loss))
    seconds = rows[rows.set_index(RUN).index.isin(auc.index)].groupby("label")["seconds"].median()
    means = pd.DataFrame(
        {
            "ROC-AUC": auc.mean(),
            "log loss": loss.mean(),
            "rank": rank,
            "rank in log loss": rank_in_loss,
            "seconds": seconds[list(auc)],
        }
    )
    if AS_IT_COMES in auc and all(rival in auc for rival in RIVALS):
        parts.append(_goal(auc, loss))
    parts += [
        f"Over the {len(auc)} runs on {auc.index.get_level_values(0).nunique()} data sets that every model has"
        f"{_lacking(rows, auc)}; ranks of means over folds, 1 is best; seconds: median of a whole bag.",
        means.sort_values("rank"),
    ]
    for label in (AS_IT_COMES, UNTUNED):
        if label in auc:
            gain = (auc.div(auc[label], axis=0) - 1) * 100
            parts += [f"ROC-AUC against the bag of '{label}':", _against(gain, label)]
            parts += [f"Log loss against the bag of '{label}', as it is (above zero: less of it):"]
            parts += [_against(-loss, label).rename(columns={"mean difference %": "mean difference"})]
    parts.append(
        f"Wilcoxon's test over data sets, Holm's correction within a table, level {LEVEL:g}; the last p values leave "
        f"out {COPY}, which is the same survey as australian."
    )
    for words, wide in (("ROC-AUC", auc), ("Log loss", loss)):
        parts += [f"{words} by data set:", by_dataset(wide)]
    return parts


def _against(gain: pd.DataFrame, label: str) -> pd.DataFrame:
    """`comparison.against`, and its corrected p values without `COPY`."""
    once = gain[gain.index.get_level_values("dataset") != COPY]
    return against(gain, label).assign(**{f"p (Holm), no {COPY}": against(once, label)["p (Holm)"]})


def _goal(auc: pd.DataFrame, loss: pd.DataFrame) -> str:
    """What the study's goal says, by ranks among the four models that it names: others would move them."""
    parts = []
    for name, wide in (("ROC-AUC", -auc), ("log loss", loss)):
        rank = by_dataset(wide[[AS_IT_COMES, *RIVALS]]).rank(axis=1).mean()
        best = rank[list(RIVALS)].idxmin()
        verdict = "reached" if rank[AS_IT_COMES] <= rank[best] else "missed"
        parts.append(f"in {name} {verdict} ({rank[AS_IT_COMES]:.2f}; the best of the three, {best}, {rank[best]:.2f})")
    head = "The goal, a mean rank among these four at or above LightGBM's, CatBoost's and the random forest's: "
    return f"**{head}{', '.join(parts)}.**"


def _lacking(rows: pd.DataFrame, auc: pd.DataFrame) -> str:
    lacking = rows[~rows.set_index(RUN).index.isin(auc.index)]["dataset"].unique()
    return f" (some model lacks runs of {', '.join(map(str, lacking))})" if len(lacking) else ""
