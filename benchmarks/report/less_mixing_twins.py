"""Bodies of the studies of twins at a fifth: is it the graph, by the rule in `studies/less_mixing_twins.py`?"""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol import interventions
from benchmarks.protocol.less_mixing import TWINS
from benchmarks.report.candidates import lacking, means, means_under_shift, missing_cells, one_per_model
from benchmarks.report.comparison import LEVEL
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import by_table
from benchmarks.report.shift_runs import compare, holm, rounded

__all__ = ["GRAPH", "body", "body_under_shift", "judged", "verdict"]

GRAPH = "a fifth"
HERE, REAL, SIMULATED = "like training", "real, shifted", "simulated, shifted"
#: Where the fits stand that the twins are paired with, and the twins under shift.
SCM, SCM_SHIFTED, SISTER = "less_mixing", "less_mixing_under_shift", "less_mixing_twins_under_shift"


def judged(places: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """How `GRAPH` compares with each twin in log loss, by means ``(table, model)`` of every place.

    Returns
    -------
    One row per place and twin, with p after Holm's correction over all of them.
    """
    rows = [
        {"place": place, "less": twin} | vars(compare(loss, GRAPH, twin))
        for place, loss in places.items()
        for twin in TWINS
    ]
    table = pd.DataFrame(rows)
    return table.assign(**{"p (Holm)": holm(table["p"])})


def verdict(table: pd.DataFrame, place: str) -> str:
    """What `judged` says of a place: "the graph helps", "better without", or "a tie"."""
    here = table[table["place"] == place]
    certain = here[here["p (Holm)"] < LEVEL]["mean"]
    if (certain > 0).any():
        return "better without"
    return "the graph helps" if (certain < 0).sum() == len(TWINS) else "a tie"


def body(results: Results) -> list:
    """The answer in every place, and what the twins score on rows like those of training."""
    rows = one_per_model(results.good)
    beside = one_per_model(results.sister(SCM)) if len(results.sister(SCM)) else rows[:0]
    both = pd.concat([beside, rows], ignore_index=True)
    loss, auc = (means(both, score) for score in ("log_loss", "auc"))
    parts = [
        "Means over tables; 'half', 'a fifth' and 'none' are the fits of `less_mixing`:",
        pd.DataFrame({"log loss": loss.mean(), "ROC-AUC": auc.mean()})
        .loc[list(dict.fromkeys(both["label"]))]
        .round(4)
        .to_markdown(),
        *by_table(both),
    ]
    lacks = lacking(results, SISTER) + [
        f"there are no rows of {name}" for name in (SCM, SCM_SHIFTED) if not len(results.sister(name))
    ]
    if lacks:
        return [f"The rule is not asked yet: {'; '.join(lacks)}.", *parts]
    outside = _outside(results)
    simulated = outside.index.isin(interventions.DATASETS)
    table = judged({HERE: loss, REAL: outside[~simulated], SIMULATED: outside[simulated]})
    answers = "; ".join(f"{place}: {verdict(table, place)}" for place in (HERE, REAL, SIMULATED))
    return [
        f"By the rule that was fixed beforehand: **{answers}**.",
        f"SCM rows in {GRAPH} of the steps less a twin's in log loss; below zero SCM rows are better, wins are tables "
        "with less of it. Wilcoxon's test, Holm's correction over all six.",
        rounded(table.rename(columns={"low": "95 % low", "high": "95 % high"}), index=False),
        *parts,
    ]


def body_under_shift(results: Results) -> list:
    """Mean log loss on the second test, real and simulated tables apart; the answer is told by `body`."""
    lacks = missing_cells(results.study, results.good)
    models = pd.concat([one_per_model(results.sister(SCM_SHIFTED)), one_per_model(results.good)], ignore_index=True)
    table = means_under_shift(models, list(results.sisters.values()))
    simulated = table.index.isin(interventions.DATASETS)
    return [
        f"The answer stands in the report of `less_mixing_twins`. Mean log loss on the second tests{_of(lacks)}:",
        pd.DataFrame({"real": table[~simulated].mean(), "simulated": table[simulated].mean()}).round(4).to_markdown(),
        table[list(dict.fromkeys(models["label"]))].round(4).to_markdown(),
    ]


def _outside(results: Results) -> pd.DataFrame:
    models = [one_per_model(results.sister(name)) for name in (SCM_SHIFTED, SISTER)]
    return means_under_shift(pd.concat(models, ignore_index=True), list(results.sisters.values()))


def _of(lacks: list[str]) -> str:
    return f" ({'; '.join(lacks)})" if lacks else ""
