"""Body of the confirming report: the claims that were fixed beforehand, what they say, and ranks beside other models.

Tables are the units: folds are averaged first. The rule stands in `benchmarks/studies/confirm.py`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.report.comparison import FEWEST_SETS, LEVEL, against
from benchmarks.report.gains import by_dataset, normalised, paired, summary
from benchmarks.report.ideas import FLOOR
from benchmarks.report.mixing import safety
from benchmarks.report.results import RUN, Results

__all__ = ["PEERS", "beside_peers", "body", "claims", "verdict"]

#: AutoGluon's own models, which the goal names.
PEERS = ("LightGBM", "CatBoost", "random forest")
#: Sign that makes more of a measure better.
MEASURES = {"gain %": 1, "log loss": -1}


def claims(rows: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """By how much the first of every pair is better than the second, over tables; Holm's correction over all of them.

    Returns
    -------
    One row per pair and measure: what `comparison.against` says of the two, with a log loss that is lower as better.
    """
    from statsmodels.stats.multitest import multipletests

    losses = rows.pivot_table(index=RUN, columns="label", values="log_loss")
    values = {"gain %": normalised(rows, FLOOR), "log loss": losses}
    found = []
    for first, second in pairs:
        for measure, sign in MEASURES.items():
            if {first, second} <= set(values[measure].columns):
                one = against(sign * values[measure][[first, second]], second).loc[first]
                found.append({"first": first, "less": second, "measure": measure, **one})
    table = pd.DataFrame(found).rename(columns={"mean difference %": "mean difference"})
    if len(table):
        table["p (Holm)"] = multipletests(table["p"], method="holm")[1]
    return table


def verdict(table: pd.DataFrame, first: str, second: str) -> str:
    """What a pair's two rows of `claims` say: "ahead", "behind", "undecided" or "too few tables".

    "Ahead" is better in the means of both measures, and significantly so in one; "behind" is the reverse.
    """
    pair = table[(table["first"] == first) & (table["less"] == second)] if len(table) else table
    if len(pair) < len(MEASURES) or pair["sets"].min() < FEWEST_SETS:
        return "too few tables"
    better = np.sign(pair["mean difference"])
    if abs(better.sum()) < len(MEASURES) or not (pair["p (Holm)"] < LEVEL).any():
        return "undecided"
    return "ahead" if better.iloc[0] > 0 else "behind"


def beside_peers(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean ROC-AUC, log loss and rank over tables of the methods that have the peers' runs; best rank first."""
    wide = {name: rows.pivot_table(index=RUN, columns="label", values=name) for name in ("auc", "log_loss")}
    wide["auc"], _ = paired(wide["auc"])
    means = {name: by_dataset(values.loc[wide["auc"].index, wide["auc"].columns]) for name, values in wide.items()}
    table = pd.DataFrame(
        {
            "ROC-AUC": means["auc"].mean(),
            "log loss": means["log_loss"].mean(),
            "rank by ROC-AUC": means["auc"].rank(axis=1, ascending=False).mean(),
            "rank by log loss": means["log_loss"].rank(axis=1).mean(),
        }
    )
    return table.sort_values("rank by ROC-AUC")


def body(results: Results) -> list:
    """The verdicts, the claims, gains of all methods, safety, and ranks beside other models."""
    from benchmarks.studies.confirm import CLAIMS

    rows = results.good
    if FLOOR not in set(rows["label"]):
        return [f"No row of the method {FLOOR!r}, which the others are compared with."]
    table = claims(rows, CLAIMS)
    said = [f"{first} less {second}: **{verdict(table, first, second)}**" for first, second in CLAIMS]
    parts: list = [f"By the rule that was fixed beforehand: {'; '.join(said)}."]
    if len(table):
        small = {name: [f"{p:.2g}" for p in table[name]] for name in ("p", "p (Holm)")}
        parts += [
            "By how much the first is better than the second, means over tables of folds' means: gain, which is test "
            "ROC-AUC (macro one-vs-rest) against the six untuned views, (score / baseline - 1) * 100 %, and log loss, "
            "by how much it is lower. Wilcoxon's test over tables, Holm's correction over this table:",
            table.round(4).assign(**small).to_markdown(index=False),
        ]
    ours = rows[~rows["label"].isin(PEERS)]
    gain, short = paired(normalised(ours, FLOOR))
    if short:
        parts.append(f"Left out below, for they lack more than half of the runs: {', '.join(short)}.")
    parts += [f"Gains over the {len(gain)} runs that these methods have:", summary(gain).round(3).to_markdown()]
    parts += [
        "Safety: share of runs more than 1 % below the six untuned views, the worst of them, the spread; the gap of "
        "validation and test (see the report of `mixing`); seconds: medians of a fit.",
        safety(ours).drop(columns="refused").round(4).to_markdown(),
    ]
    if set(PEERS) & set(rows["label"]):
        parts += [
            "Beside AutoGluon's models, on the same rows (`TabularPredictor` holds out its own): means over tables.",
            beside_peers(rows).round(4).to_markdown(),
        ]
    return parts
