"""Bodies of the studies of fewer views: what small tables get by the rule in `benchmarks/studies/fewer_views.py`.

"passes" are those that a prediction takes, one for each view of each member.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol.fewer_views import CHOSEN, FITS, PAIRS
from benchmarks.report.candidates import (
    apart,
    better_here,
    judged,
    lacking,
    means,
    means_under_shift,
    missing_cells,
    one_per_model,
    shifted_runs,
    told,
    winner_of,
)
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import LOOKED_AT, by_table
from benchmarks.report.shift import overview

__all__ = ["ANSWERED", "CANDIDATES", "PASSES", "body", "body_under_shift", "cheaper"]

BASE, ALONE = "six", "one"
SISTER = "fewer_views_under_shift"
CANDIDATES = ("six twice", "three twice", "six and one", "six or one", "three", "one")
#: Bags have spoken against it already (`bagged_members`): it is judged, and cannot win.
ANSWERED = "six twice"
#: Passes of a prediction; of what is chosen, those of the dearer fit.
PASSES = {name: options["n_views"] for name, options in FITS.items()}
PASSES |= {name: sum(PASSES[one] for one in pair) for name, pair in PAIRS.items()}
PASSES |= {name: max(PASSES[one] for one in pair) for name, pair in CHOSEN.items()}


def cheaper(sums: pd.Series) -> dict[str, list[str]]:
    """To every candidate those of fewer passes, the one with the lowest of ``sums`` first."""
    order = sums[list(CANDIDATES)].sort_values().index
    return {name: [other for other in order if PASSES[other] < PASSES[name]] for name in CANDIDATES}


def body(results: Results) -> list:
    """The rule's answer on both studies, the candidates, and scores of every table of this study."""
    rows = one_per_model(results.good)
    loss, auc = (means(rows, score) for score in ("log_loss", "auc"))
    order = list(dict.fromkeys(rows["label"]))
    about = {
        "passes": pd.Series(PASSES),
        "log loss": loss.mean(),
        "ROC-AUC": auc.mean(),
        "seconds, median": rows.groupby("label")["seconds"].median(),
    }
    parts: list = [
        f"Means over the tables but {LOOKED_AT}, {rows['fold'].nunique()} fold(s); of fits the median seconds, with "
        "those of discovery and SCMs:",
        pd.DataFrame(about).loc[order].round(4).to_markdown(),
        _taken(rows),
        *by_table(rows[rows["label"].isin([BASE, *CANDIDATES])]),
    ]
    shifted = results.sister(SISTER)
    outside = means_under_shift(one_per_model(shifted), list(results.sisters.values())) if len(shifted) else shifted
    if not len(outside):
        return [*_half_a_verdict(results, better_here(loss, auc, CANDIDATES, BASE)), *parts]
    table = judged(loss, auc, outside, CANDIDATES, BASE, ALONE)
    return [_verdict(results, table, len(loss), len(outside)), *told(table, BASE, ALONE), *parts]


def body_under_shift(results: Results) -> list:
    """Scores of all models on both tests; the rule is told by `body`."""
    table = shifted_runs(one_per_model(results.good), list(results.sisters.values()))
    pairs = [(name, BASE) for name in CANDIDATES]
    return [
        "The rule's answer stands in the report of `fewer_views`.",
        overview(table).round(4).to_markdown(),
        *apart(table, pairs),
    ]


def _verdict(results: Results, table: pd.DataFrame, like: int, shifted: int) -> str:
    """What the rule says of the candidates, if it may be asked already."""
    lacks = lacking(results, SISTER)
    if lacks:
        return f"The rule is not asked yet: {'; '.join(lacks)}."
    winner = winner_of(table.drop(index=ANSWERED), cheaper(table["sum of log losses"]))
    passing = table.index[table["better"].astype(bool) & table["safe"].astype(bool)]
    cells = f"{len(results.good)} cells of {like} tables like training, {len(results.sister(SISTER))} of {shifted}"
    verdict = "nothing changes" if winner is None else f"{winner} wins"
    return (
        f"By the rule that was fixed beforehand, on {cells} shifted: **{verdict}**. These pass: "
        f"{', '.join(passing) or 'none'}; {ANSWERED} cannot win, since bags spoke against it."
    )


def _half_a_verdict(results: Results, table: pd.DataFrame) -> list:
    """What the rule says of this study alone: that nothing changes, where no candidate is better."""
    if missing_cells(results.study, results.good):
        said = "Under shift nothing is measured yet, and not all of this study, so the rule has no answer."
    elif table["better"].any():
        said = "Under shift nothing is measured yet, so the rule has no answer."
    else:
        said = (
            "By the rule that was fixed beforehand: **nothing changes**, for no candidate is better on rows like those "
            "of training. So under shift nothing was measured."
        )
    return [said, *told(table, BASE, ALONE)]


def _taken(rows: pd.DataFrame) -> str:
    """How often validation chose the other fit."""
    said = []
    for name, (usual, other) in CHOSEN.items():
        taken = rows.loc[rows["label"] == name, "taken"]
        said.append(f"{name!r} took {other!r} in {(taken == other).sum()} of {len(taken)} runs, else {usual!r}.")
    return " ".join(said)
