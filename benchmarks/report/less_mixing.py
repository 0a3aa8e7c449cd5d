"""Bodies of the studies of less mixing: what small tables get by the rule in `benchmarks/studies/less_mixing.py`."""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol import interventions
from benchmarks.report.candidates import apart, lacking, means, means_under_shift, one_per_model, shifted_runs
from benchmarks.report.comparison import LEVEL
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import LOOKED_AT, by_table
from benchmarks.report.shift import overview
from benchmarks.report.shift_runs import compare, holm, rounded

__all__ = ["BASE", "CANDIDATES", "body", "body_under_shift", "judged", "winner"]

BASE = "half"
CANDIDATES = ("none", "a fifth")
SISTER = "less_mixing_under_shift"


def judged(loss: pd.DataFrame, auc: pd.DataFrame, real: pd.DataFrame) -> pd.DataFrame:
    """Judge candidates by means ``(table, model)``: log loss and ROC-AUC like training, log loss of ``real`` shifts.

    Returns
    -------
    One row per candidate and test: how its log loss compares with that of `BASE`; p after Holm's correction over the
    candidates like training; ``holds``, whether the rule's part on that test does; ``sum``, of both mean log losses.
    """
    here, there = ({name: compare(part, name, BASE) for name in CANDIDATES} for part in (loss, real))
    corrected = dict(zip(CANDIDATES, holm(here[name].p for name in CANDIDATES), strict=True))
    rows = []
    for name in CANDIDATES:
        better = here[name].mean < 0 and corrected[name] < LEVEL and (auc[name] - auc[BASE]).mean() >= 0
        safe = here[name].mean + there[name].mean < 0 and not (there[name].mean > 0 and there[name].p < LEVEL)
        about = {"candidate": name, "sum": loss[name].mean() + real[name].mean()}
        rows.append(about | {"test": "like training", "holds": better, "p (Holm)": corrected[name]} | vars(here[name]))
        rows.append(about | {"test": "real, shifted", "holds": safe, "p (Holm)": float("nan")} | vars(there[name]))
    return pd.DataFrame(rows)


def winner(table: pd.DataFrame) -> str | None:
    """The candidate of `judged` that holds in both and has the lower sum; None if none does."""
    by_name = table.groupby("candidate")
    passing = by_name["sum"].first()[by_name["holds"].all()]
    return passing.idxmin() if len(passing) else None


def body(results: Results) -> list:
    """The rule's answer on both studies, and scores of every table of this one."""
    rows = one_per_model(results.good)
    loss, auc = (means(rows, score) for score in ("log_loss", "auc"))
    about = {
        "log loss": loss.mean(),
        "ROC-AUC": auc.mean(),
        "seconds, median": rows.groupby("label")["seconds"].median(),
    }
    parts: list = [
        f"Means over the tables but {LOOKED_AT}, {rows['fold'].nunique()} fold(s); the median seconds of a fit, with "
        "those of discovery and SCMs:",
        pd.DataFrame(about).loc[list(dict.fromkeys(rows["label"]))].round(4).to_markdown(),
        *by_table(rows),
    ]
    lacks = lacking(results, SISTER)
    if lacks:
        return [f"The rule is not asked yet: {'; '.join(lacks)}.", *parts]
    outside = means_under_shift(one_per_model(results.sister(SISTER)), list(results.sisters.values()))
    real = outside[~outside.index.isin(interventions.DATASETS)]
    table = judged(loss, auc, real)
    won = winner(table)
    verdict = f"{BASE} stays" if won is None else f"{won} passes"
    named = table.rename(columns={"mean": "difference", "low": "95 % low", "high": "95 % high"})
    return [
        f"By the rule that was fixed beforehand, on {len(loss)} tables like training and {len(real)} real ones under "
        f"shift: **{verdict}**.",
        f"Candidates less {BASE} in log loss; below zero is better, wins are tables with less of it. Wilcoxon's test, "
        "Holm's correction over the candidates like training. 'holds': like training less log loss at .05 and no less "
        "ROC-AUC; on real shifts no more lost than is gained like training, and not at .05.",
        rounded(named, index=False),
        *parts,
    ]


def body_under_shift(results: Results) -> list:
    """Scores of all models on both tests; the rule is told by `body`."""
    table = shifted_runs(one_per_model(results.good), list(results.sisters.values()))
    return [
        "The rule's answer stands in the report of `less_mixing`.",
        overview(table).round(4).to_markdown(),
        *apart(table, [(name, BASE) for name in CANDIDATES]),
    ]
