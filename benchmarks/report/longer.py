"""Body of the study of more steps: what its rule says, by pairs, and which tables go on."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.comparison import against
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results

__all__ = ["LOOKED_AT", "body", "pairs", "rule"]

#: The table on which the lead was seen: told, but in no test.
LOOKED_AT = "tic-tac-toe"
#: First less second; the first pair is what the rule is about.
PAIRS = (
    ("causalmix 200 steps", "causalmix"),
    ("default 200 steps", "default"),
    ("causalmix 200 steps", "default 200 steps"),
    ("causalmix 200 steps", "copula 200 steps"),
)
SCORES = {"log_loss": "log loss", "auc": "ROC-AUC"}
#: Two looks at the level .05.
LEVEL = 0.025


def pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """First less second in both scores, over tables but `LOOKED_AT`; Holm's correction over all but the first pair."""
    from statsmodels.stats.multitest import multipletests

    found = {}
    for score, words in SCORES.items():
        wide = rows.pivot_table(index=RUN, columns="label", values=score, sort=False)
        wide = wide[wide.index.get_level_values("dataset") != LOOKED_AT]
        for first, second in PAIRS:
            if {first, second} <= set(wide) and len(wide[[first, second]].dropna()):
                row = against(wide[[first, second]], second).loc[first].drop("p (Holm)")
                found[first, second, words] = row.rename({"mean difference %": "mean difference"})
    table = pd.DataFrame(found).T.infer_objects()
    beside = [key for key in table.index if key[:2] != PAIRS[0]]
    if beside:
        table.loc[beside, "p (Holm)"] = multipletests(table.loc[beside, "p"].astype(float), method="holm")[1]
    return table


def rule(table: pd.DataFrame) -> bool | None:
    """Whether 200 steps become the default; None where the pair was not measured."""
    loss, auc = ((*PAIRS[0], words) for words in SCORES.values())
    if loss not in table.index:
        return None
    less = table.loc[loss]
    return bool(less["mean difference"] < 0 and less["p"] < LEVEL and table.loc[auc, "mean difference"] >= 0)


def body(results: Results) -> list:
    """The rule's answer, the means, the pairs, and both scores of every table."""
    rows = results.good
    table = pairs(rows)
    answer = {True: "yes", False: "no", None: "not measured"}[rule(table)]
    groups = rows.groupby("label", sort=False)
    means = pd.DataFrame(
        {
            **{
                words: by_dataset(rows.pivot_table(index=RUN, columns="label", values=s)).mean()
                for s, words in SCORES.items()
            },
            "steps taken, median": groups["steps_taken"].median(),
            "seconds, median": groups["seconds"].median(),
            "seconds, mean": groups["seconds"].mean(),
        }
    )
    parts: list = [
        f"Do 200 steps at most become the default, by the rule that was fixed beforehand, on {rows['fold'].nunique()} "
        f"fold(s)? **{answer}**.",
        means.loc[list(dict.fromkeys(rows["label"]))].round(4).to_markdown(),
        f"First less second over tables, {LOOKED_AT} left out; wins are tables where the first is higher, which in log "
        "loss is worse. Wilcoxon's test; Holm's correction over all but the first pair.",
    ]
    if len(table):
        named = table.rename_axis(["first", "second", "score"]).reset_index()
        parts.append(named.round(4).to_markdown(index=False))
    for score, words in SCORES.items():
        wide = by_dataset(rows.pivot_table(index=RUN, columns="label", values=score))
        parts += [f"{words} by table:", wide[list(dict.fromkeys(rows["label"]))].round(4).to_markdown()]
    return parts
