"""Cells of several models, and candidates that are judged by rows like training and by rows under shift.

The studies of `hedges` and `fewer_views` state the rule: better on rows like training, safe under shift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import pandas as pd

from benchmarks.protocol import interventions
from benchmarks.report.comparison import LEVEL
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results
from benchmarks.report.scored_pairs import LOOKED_AT
from benchmarks.report.shift_runs import CONTROL, Comparison, compare, holm, pair, rounded, runs, sizes
from benchmarks.report.shift_runs import RUN as SHIFTED_RUN

__all__ = [
    "ROOM",
    "SAME",
    "apart",
    "better_here",
    "judged",
    "lacking",
    "means",
    "means_under_shift",
    "missing_cells",
    "one_per_model",
    "shifted_runs",
    "told",
    "winner_of",
]

#: Sums of two mean log losses that count as one: what is cheaper to predict with goes first.
SAME = 0.001
#: Mean ROC-AUC that may be lost in bags, and not all of it.
ROOM = 0.001


def one_per_model(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per run and model, labelled by the model, of cells that measure several."""
    lost = {"label", "by_model", "seconds"}
    return pd.DataFrame(
        [
            {name: value for name, value in row.items() if name not in lost} | {"label": label} | found
            for row in rows.to_dict("records")
            for label, found in row["by_model"].items()
        ]
    )


def means(models: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean score ``(table, model)`` on rows like training, over tables but `LOOKED_AT`."""
    found = by_dataset(models.pivot_table(index=RUN, columns="label", values=score))
    return found.drop(index=LOOKED_AT, errors="ignore")


def shifted_runs(models: pd.DataFrame, measured: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """`shift_runs.runs` without controls; ``measured`` are rows that tell the sizes of the shifts."""
    table = runs(models, pd.concat([models, *measured], ignore_index=True))
    return table[table["kind"] != CONTROL]


def means_under_shift(models: pd.DataFrame, measured: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean log loss ``(table, model)`` on the second test."""
    found = shifted_runs(models, measured)
    return by_dataset(found.pivot_table(index=SHIFTED_RUN, columns="label", values="out_log_loss"))


def judged(
    loss: pd.DataFrame, auc: pd.DataFrame, outside: pd.DataFrame, candidates: Sequence[str], base: str, alone: str
) -> pd.DataFrame:
    """Judge candidates by means ``(table, model)``: log loss and ROC-AUC like training, log loss under shift.

    Returns
    -------
    One row per candidate: how it compares with ``base`` in both places; "better", less log loss like training at
    `LEVEL` after Holm's correction and no less ROC-AUC; "safe", under shift at most half of what ``alone`` loses, and
    not significantly worse; and the sum of both mean log losses.
    """
    shifted = {name: compare(outside, name, base) for name in candidates}
    room = max(0.0, shifted[alone].mean) / 2
    rows = {}
    for name, out in shifted.items():
        safe = out.mean <= room and not (out.mean > 0 and out.p < LEVEL)
        total = loss[name].mean() + outside[name].mean()
        rows[name] = _columns(out, " under shift") | {"safe": safe, "sum of log losses": total}
    return better_here(loss, auc, candidates, base).join(pd.DataFrame.from_dict(rows, orient="index"))


def better_here(loss: pd.DataFrame, auc: pd.DataFrame, candidates: Sequence[str], base: str) -> pd.DataFrame:
    """What `judged` says of rows like training: the comparison, p after Holm's correction, and "better"."""
    found = {name: compare(loss, name, base) for name in candidates}
    rows = {}
    for (name, one), p in zip(found.items(), holm(one.p for one in found.values()), strict=True):
        better = one.mean < 0 and p < LEVEL and (auc[name] - auc[base]).mean() >= 0
        rows[name] = _columns(one, " like training") | {"p (Holm)": p, "better": better}
    return pd.DataFrame.from_dict(rows, orient="index")


def winner_of(table: pd.DataFrame, cheaper: Mapping[str, Sequence[str]]) -> str | None:
    """The passing candidate with the lowest sum, or one as good that is ``cheaper`` than it; None if none passes."""
    passing = table[table["better"].astype(bool) & table["safe"].astype(bool)]["sum of log losses"].sort_values()
    if not len(passing):
        return None
    winner = passing.index[0]
    instead = [name for name in cheaper.get(winner, ()) if passing.get(name, float("inf")) <= passing[winner] + SAME]
    return instead[0] if instead else winner


def told(table: pd.DataFrame, base: str, alone: str) -> list:
    """`judged`, or its half `better_here`, with what its columns mean."""
    small = {name: [f"{p:.2g}" for p in table[name]] for name in table if name.startswith("p ")}
    safe = f'; "safe" is at most half of what {alone} loses under shift, and not significantly worse'
    return [
        f"Candidates less {base} in log loss, over tables; below zero is better, wins are tables with less of it. "
        f"Wilcoxon's test, Holm's correction over the candidates like training, where \"better\" also asks for no less "
        f"ROC-AUC{safe if 'safe' in table else ''}.",
        table.round(4).assign(**small).to_markdown(),
    ]


def lacking(results: Results, sister: str) -> list[str]:
    """What a verdict on a study and its ``sister`` under shift still lacks, in words: cells, or sizes of shifts.

    Without sizes no split is known to be shifted by nothing, and such splits would be judged as shifted ones.
    """
    found = []
    if results.study is not None:
        shifted = import_module(f"benchmarks.studies.{sister}").STUDY
        found += missing_cells(results.study, results.good) + missing_cells(shifted, results.sister(sister))
    if all(sizes(rows).empty for rows in results.sisters.values()):
        found.append("no study that measured the sizes of the shifts is at hand")
    return found


def missing_cells(study: Any, rows: pd.DataFrame) -> list[str]:
    """How many cells of a study were measured, in words; nothing if all were, or if ``study`` is None."""
    if study is None or len(rows) >= study.n_cells:
        return []
    return [f"{study.name} has {len(rows)} of {study.n_cells} cells"]


def apart(table: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> list:
    """Each pair's first less its second in log loss on both tests of `shifted_runs`, real and simulated tables apart.

    Simulated shifts are larger and carry a mean over all; and who holds up under shift may be worse without one.
    """
    simulated = table["dataset"].isin(interventions.DATASETS)
    parts = {"all": table, "real": table[~simulated], "simulated": table[simulated]}
    rows = []
    for first, second in pairs:
        for test, score in (("shifted", "out_log_loss"), ("like training", "in_log_loss")):
            for kind, part in parts.items():
                one = compare(*pair(part, score, first, second))
                if one is not None:
                    rows.append({"first": first, "less": second, "test": test, "which": kind} | vars(one))
    if not rows:
        return []
    return [
        "First less second in log loss on both tests, all tables and real and simulated ones apart; below zero the "
        "first is better, wins are tables with less of it. Wilcoxon's test, uncorrected; in no rule.",
        rounded(pd.DataFrame(rows), index=False),
    ]


def _columns(one: Comparison, where: str) -> dict:
    return {
        f"difference{where}": one.mean,
        "95 %" + where: f"{one.low:+.4f} to {one.high:+.4f}",
        "wins" + where: f"{one.wins} of {one.tables}",
        "p" + where: one.p,
    }
