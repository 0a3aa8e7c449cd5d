"""Bodies of the studies of hedges: what two fits of the same rows give together, on rows like training and under shift.

The rule stands in `benchmarks/studies/hedges.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from benchmarks.report.comparison import LEVEL
from benchmarks.report.gains import by_dataset
from benchmarks.report.kept_mixing import with_chosen
from benchmarks.report.results import RUN, Results
from benchmarks.report.scored_pairs import LOOKED_AT, by_table
from benchmarks.report.shift import overview
from benchmarks.report.shift_runs import CONTROL, Comparison, compare, holm, rounded, runs
from benchmarks.report.shift_runs import RUN as SHIFTED_RUN

__all__ = ["CANDIDATES", "HEDGES", "TWINS", "Answer", "answer", "body", "body_under_shift", "models"]

BASE, ALONE = "causalmix", "default"
HEDGES = ("SCM rows chosen", "SCM and real averaged", "SCM and real merged")
TWINS = dict(zip(HEDGES, ("copula rows chosen", "copula and real averaged", "copula and real merged"), strict=True))
#: Averaging without a hedge.
TWICE = {how: (f"SCM twice {how}", f"real twice {how}") for how in ("averaged", "merged")}
CANDIDATES = (*HEDGES, *TWICE["averaged"], *TWICE["merged"], ALONE)
#: Sums of two mean log losses that count as one: what is cheaper to predict with goes first.
SAME = 0.001


def models(rows: pd.DataFrame, run: list[str]) -> pd.DataFrame:
    """One row per run and model: what was fitted, what two fits give, and what is chosen of two."""
    from benchmarks.studies.kept_mixing import MARGIN

    lost = {"label", "by_model", "seconds"}
    flat = [
        {name: value for name, value in row.items() if name not in lost} | {"label": label} | found
        for row in rows.to_dict("records")
        for label, found in row["by_model"].items()
    ]
    return with_chosen(pd.DataFrame(flat), MARGIN, run)


@dataclass(frozen=True)
class Answer:
    """What the rule says.

    Attributes
    ----------
    table
        One row per candidate, see `answer`.
    winner
        The candidate that becomes an option; None if none passes.
    hedges
        Whether the winner is ahead of averaging without a hedge; None where it averages nothing.
    graph
        Whether the winner is ahead of its twin in either place.
    """

    table: pd.DataFrame
    winner: str | None
    hedges: bool | None
    graph: bool


def answer(loss: pd.DataFrame, auc: pd.DataFrame, outside: pd.DataFrame) -> Answer:
    """Apply the rule to means ``(table, model)``: log loss and ROC-AUC like training, log loss under shift."""
    found = {name: (compare(loss, name, BASE), compare(outside, name, BASE)) for name in CANDIDATES}
    corrected = holm(one.p for one, _ in found.values())
    room = max(0.0, found[ALONE][1].mean) / 2
    rows = {}
    for (name, (one, out)), p in zip(found.items(), corrected, strict=True):
        better = one.mean < 0 and p < LEVEL and (auc[name] - auc[BASE]).mean() >= 0
        safe = out.mean <= room and not (out.mean > 0 and out.p < LEVEL)
        total = loss[name].mean() + outside[name].mean()
        rows[name] = _columns(one, " like training") | {"p (Holm)": p, "better": better}
        rows[name] |= _columns(out, " under shift") | {"safe": safe, "sum of log losses": total}
    table = pd.DataFrame.from_dict(rows, orient="index")
    passing = table[table["better"].astype(bool) & table["safe"].astype(bool)]["sum of log losses"].sort_values()
    winner = passing.index[0] if len(passing) else None
    cheaper = None if winner is None else winner.replace("averaged", "merged")
    if cheaper in passing and passing[cheaper] <= passing[winner] + SAME:
        winner = cheaper
    sums = loss.mean() + outside.mean()
    kind = None if winner is None else winner.rsplit(" ", 1)[-1]
    hedges = None
    if kind in TWICE:
        hedges = winner in HEDGES and all(sums[winner] < sums[name] for name in TWICE[kind])
    graph = winner in TWINS and any(
        one.mean < 0 and one.p < LEVEL for one in (compare(part, winner, TWINS[winner]) for part in (loss, outside))
    )
    return Answer(table, winner, hedges, graph)


def body(results: Results) -> list:
    """The rule's answer on both studies, the candidates, the twins, and scores of every table of this study."""
    rows = models(results.good, RUN)
    loss, auc = (_means(rows, score) for score in ("log_loss", "auc"))
    means = pd.DataFrame({"log loss": loss.mean(), "ROC-AUC": auc.mean()})
    parts: list = [
        f"Means over the tables but {LOOKED_AT}, {rows['fold'].nunique()} fold(s):",
        means.loc[list(dict.fromkeys(rows["label"]))].round(4).to_markdown(),
        *by_table(rows[rows["label"].isin([BASE, ALONE, *HEDGES])]),
    ]
    shifted = results.sister("hedges_under_shift")
    outside = _outside(shifted, results.sisters) if len(shifted) else shifted
    if not len(outside):
        return ["Under shift nothing is measured yet, so the rule has no answer.", *parts]
    measured = (
        f"{len(results.good)} cells of {len(loss)} tables like training, {len(shifted)} of {len(outside)} shifted"
    )
    return [*_said(answer(loss, auc, outside), measured), *_twins(loss, outside), *parts]


def body_under_shift(results: Results) -> list:
    """Scores of all models on both tests; the rule is told by `body`."""
    table = _runs(results.good, results.sisters)
    return ["The rule's answer stands in the report of `hedges`.", overview(table).round(4).to_markdown()]


def _columns(one: Comparison, where: str) -> dict:
    return {
        f"difference{where}": one.mean,
        "95 %" + where: f"{one.low:+.4f} to {one.high:+.4f}",
        "wins" + where: f"{one.wins} of {one.tables}",
        "p" + where: one.p,
    }


def _means(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    means = by_dataset(rows.pivot_table(index=RUN, columns="label", values=score))
    return means.drop(index=LOOKED_AT, errors="ignore")


def _runs(rows: pd.DataFrame, sisters: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    table = runs(models(rows, SHIFTED_RUN), pd.concat([rows, *sisters.values()], ignore_index=True))
    return table[table["kind"] != CONTROL]


def _outside(rows: pd.DataFrame, sisters: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return by_dataset(_runs(rows, sisters).pivot_table(index=SHIFTED_RUN, columns="label", values="out_log_loss"))


def _said(found: Answer, measured: str) -> list:
    verdict = "no candidate passes: nothing changes" if found.winner is None else f"{found.winner} passes and wins"
    said = f"By the rule that was fixed beforehand, on {measured}: **{verdict}**."
    if found.winner is not None:
        ahead = {True: "yes", False: "no", None: "there is nothing of its kind"}[found.hedges]
        said += f" Ahead of averaging without a hedge: **{ahead}**."
        said += f" Put down to the graph: **{'yes' if found.graph else 'no'}**."
    small = {name: [f"{p:.2g}" for p in found.table[name]] for name in found.table if name.startswith("p ")}
    return [
        said,
        f"Candidates less {BASE} in log loss, over tables; below zero is better, wins are tables with less of it. "
        f"Wilcoxon's test, Holm's correction over the candidates like training, where \"better\" also asks for no less "
        f'ROC-AUC; "safe" is at most half of what {ALONE} loses under shift, and not significantly worse.',
        found.table.round(4).assign(**small).to_markdown(),
    ]


def _twins(loss: pd.DataFrame, outside: pd.DataFrame) -> list:
    rows = {
        (ours, twin, where): vars(compare(part, ours, twin))
        for ours, twin in TWINS.items()
        for where, part in (("like training", loss), ("under shift", outside))
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["hedge", "less its twin", "tests"]).reset_index()
    return ["Each hedge less its twin, in log loss:", rounded(table, index=False)]
