"""Body of the study on missing numbers: three encodings paired, real tables apart from made ones, and the rule."""

from __future__ import annotations

import pandas as pd

from autogluon_causalmix.options.encoding import MISSING_NUMBERS
from benchmarks.protocol.gappy_tables import is_real
from benchmarks.report.comparison import wilcoxon_p
from benchmarks.report.results import Results

__all__ = ["decision", "encodings", "summarise"]

BASELINE = "mean"
#: Wilcoxon's p below which another encoding takes the baseline's place.
LARGEST_P = 0.1


def paired(rows: pd.DataFrame, fit: str, score: str) -> pd.DataFrame:
    """Scores by (dataset, fold) and encoding; only runs that all three encodings have."""
    labels = rows["label"].str.rsplit(" ", n=1)
    some = rows.assign(way=labels.str[1])[labels.str[0] == fit]
    wide = some.pivot_table(index=["dataset", "fold"], columns="way", values=score, sort=False)
    return wide.reindex(columns=list(MISSING_NUMBERS)).dropna()


def by_table(rows: pd.DataFrame, fit: str, score: str) -> pd.DataFrame:
    """Means of `paired` runs over folds, tables x encodings."""
    return paired(rows, fit, score).groupby("dataset", sort=False).mean()


def summarise(rows: pd.DataFrame, fit: str) -> pd.DataFrame:
    """A row an encoding: means, mean rank by log loss, and differences from the baseline over tables."""
    loss, auc = by_table(rows, fit, "log_loss"), by_table(rows, fit, "auc")
    difference = loss.sub(loss[BASELINE], axis=0)
    return pd.DataFrame(
        {
            "log loss": loss.mean(),
            "ROC-AUC": auc.mean(),
            "mean rank": loss.rank(axis=1).mean(),
            "difference": difference.mean(),
            "median difference": difference.median(),
            "tables better": (difference < 0).sum(),
            "tables worse": (difference > 0).sum(),
            "Wilcoxon p": difference.apply(lambda one: wilcoxon_p(one.to_numpy())),
            "ROC-AUC difference": auc.sub(auc[BASELINE], axis=0).mean(),
        }
    )


def decision(rows: pd.DataFrame) -> str:
    """What the rule of the study's docstring makes of the rows of real tables."""
    tuned = {fit: by_table(rows, fit, "log_loss") for fit in ("default", "causalmix")}
    if not all(len(table) for table in (by_table(rows, "untuned", "log_loss"), *tuned.values())):
        return "No decision: there are no runs of all three encodings on real tables, untuned and tuned in both ways."
    untuned = summarise(rows, "untuned")
    both = (tuned["default"] + tuned["causalmix"]).dropna() / 2
    winners, why = [], []
    for way in MISSING_NUMBERS:
        if way == BASELINE:
            continue
        one, cost = untuned.loc[way], (both[way] - both[BASELINE]).mean()
        conditions = {
            "better mean rank untuned": one["mean rank"] < untuned.loc[BASELINE, "mean rank"],
            f"p < {LARGEST_P}": one["difference"] < 0 and one["Wilcoxon p"] < LARGEST_P,
            "ROC-AUC not lower untuned": one["ROC-AUC difference"] >= 0,
            f"log loss not higher tuned ({cost:+.4f})": cost <= 0,
        }
        why.append(f"{way}: " + ", ".join(f"{text} {'yes' if true else 'no'}" for text, true in conditions.items()))
        winners += [way] if all(conditions.values()) else []
    best = min(winners, key=lambda way: untuned.loc[way, "mean rank"], default=BASELINE)
    return f"The rule's default: {best!r}. {'; '.join(why)}."


def encodings(results: Results) -> list:
    """Three encodings by way of fitting, the decision, and differences by table."""
    rows = results.good
    fits = list(dict.fromkeys(rows["label"].str.rsplit(" ", n=1).str[0]))
    real = rows["dataset"].map(is_real).astype(bool)
    parts = [
        "Means of log loss and ROC-AUC over tables, a table's mean over its folds counting once. Differences in log "
        "loss are from the mean's on the same rows: below zero is better than the mean.",
    ]
    for title, some in (("real tables", rows[real]), ("tables with gaps made by a rule", rows[~real])):
        for fit in fits:
            runs = paired(some, fit, "log_loss")
            if len(runs):
                n = runs.index.get_level_values("dataset").nunique()
                parts += [f"**{fit}, {n} {title}, {len(runs)} runs**", summarise(some, fit).round(4).to_markdown()]
    parts.append(decision(rows[real]))
    for fit in fits:
        loss = by_table(rows, fit, "log_loss")
        if len(loss):
            difference = loss.sub(loss[BASELINE], axis=0).drop(columns=BASELINE)
            difference.insert(0, f"log loss of {BASELINE}", loss[BASELINE])
            parts += [f"Differences by table, {fit}:", difference.round(4).to_markdown()]
    return parts
