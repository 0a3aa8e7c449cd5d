"""Bodies of the studies of hedges: what two fits of the same rows give together, on rows like training and under shift.

The rule stands in `benchmarks/studies/hedges.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from benchmarks.report.candidates import (
    apart,
    judged,
    lacking,
    means,
    means_under_shift,
    one_per_model,
    shifted_runs,
    told,
    winner_of,
)
from benchmarks.report.comparison import LEVEL
from benchmarks.report.kept_mixing import with_chosen
from benchmarks.report.results import RUN, Results
from benchmarks.report.scored_pairs import LOOKED_AT, by_table
from benchmarks.report.shift import overview
from benchmarks.report.shift_runs import RUN as SHIFTED_RUN
from benchmarks.report.shift_runs import compare, rounded

__all__ = ["CANDIDATES", "HEDGES", "TWINS", "Answer", "answer", "body", "body_under_shift", "models"]

BASE, ALONE = "causalmix", "default"
SISTER = "hedges_under_shift"
HEDGES = ("SCM rows chosen", "SCM and real averaged", "SCM and real merged")
TWINS = dict(zip(HEDGES, ("copula rows chosen", "copula and real averaged", "copula and real merged"), strict=True))
#: Averaging without a hedge.
TWICE = {how: (f"SCM twice {how}", f"real twice {how}") for how in ("averaged", "merged")}
CANDIDATES = (*HEDGES, *TWICE["averaged"], *TWICE["merged"], ALONE)
#: Mixing beside real rows alone, once and twice, and what the rule chose beside one fit, on both tests.
SIDE_BY_SIDE = (
    (BASE, ALONE),
    (f"{BASE} again", f"{ALONE} again"),
    TWICE["averaged"],
    ("SCM twice averaged", BASE),
)
#: One model predicts in half the time of two.
MERGED = {f"{pair} averaged": (f"{pair} merged",) for pair in ("SCM and real", "SCM twice", "real twice")}


def models(rows: pd.DataFrame, run: list[str]) -> pd.DataFrame:
    """One row per run and model: what was fitted, what two fits give, and what is chosen of two."""
    from benchmarks.studies.kept_mixing import MARGIN

    return with_chosen(one_per_model(rows), MARGIN, run)


@dataclass(frozen=True)
class Answer:
    """What the rule says.

    Attributes
    ----------
    table
        One row per candidate, see `judged`.
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
    table = judged(loss, auc, outside, CANDIDATES, BASE, ALONE)
    winner = winner_of(table, MERGED)
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
    loss, auc = (means(rows, score) for score in ("log_loss", "auc"))
    both = pd.DataFrame({"log loss": loss.mean(), "ROC-AUC": auc.mean()})
    parts: list = [
        f"Means over the tables but {LOOKED_AT}, {rows['fold'].nunique()} fold(s):",
        both.loc[list(dict.fromkeys(rows["label"]))].round(4).to_markdown(),
        *by_table(rows[rows["label"].isin([BASE, ALONE, *HEDGES])]),
    ]
    shifted = results.sister(SISTER)
    sizes = list(results.sisters.values())
    outside = means_under_shift(models(shifted, SHIFTED_RUN), sizes) if len(shifted) else shifted
    if not len(outside):
        return ["Under shift nothing is measured yet, so the rule has no answer.", *parts]
    lacks = lacking(results, SISTER)
    if lacks:
        return [f"The rule is not asked yet: {'; '.join(lacks)}.", *_twins(loss, outside), *parts]
    measured = (
        f"{len(results.good)} cells of {len(loss)} tables like training, {len(shifted)} of {len(outside)} shifted"
    )
    return [*_said(answer(loss, auc, outside), measured), *_twins(loss, outside), *parts]


def body_under_shift(results: Results) -> list:
    """Scores of all models on both tests; the rule is told by `body`."""
    table = shifted_runs(models(results.good, SHIFTED_RUN), list(results.sisters.values()))
    return [
        "The rule's answer stands in the report of `hedges`.",
        overview(table).round(4).to_markdown(),
        *apart(table, SIDE_BY_SIDE),
    ]


def _said(found: Answer, measured: str) -> list:
    verdict = "no candidate passes: nothing changes" if found.winner is None else f"{found.winner} passes and wins"
    said = f"By the rule that was fixed beforehand, on {measured}: **{verdict}**."
    if found.winner is not None:
        ahead = {True: "yes", False: "no", None: "there is nothing of its kind"}[found.hedges]
        said += f" Ahead of averaging without a hedge: **{ahead}**."
        said += f" Put down to the graph: **{'yes' if found.graph else 'no'}**."
    return [said, *told(found.table, BASE, ALONE)]


def _twins(loss: pd.DataFrame, outside: pd.DataFrame) -> list:
    rows = {
        (ours, twin, where): vars(compare(part, ours, twin))
        for ours, twin in TWINS.items()
        for where, part in (("like training", loss), ("under shift", outside))
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["hedge", "less its twin", "tests"]).reset_index()
    return ["Each hedge less its twin, in log loss:", rounded(table, index=False)]
