"""Body of the study of kept mixing: fits that are chosen by validation, beside those that they are chosen from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchmarks.report.results import RUN, Results
from benchmarks.report.scored_pairs import MEANS, better, by_table, mean_scores, scored_pairs, table_of_pairs

__all__ = ["PAIRS", "body", "rule", "with_chosen"]

ALONE = "default"
#: What is chosen between real rows alone and these.
CHOSEN = {"causalmix": "SCM rows chosen", "copula": "copula rows chosen"}
#: First less second; the first pair is what the rule is about.
PAIRS = (
    ("SCM rows chosen", "causalmix"),
    ("SCM rows chosen", "default"),
    ("copula rows chosen", "copula"),
    ("SCM rows chosen", "copula rows chosen"),
    ("causalmix", "default"),
)
LEVEL = 0.05


def with_chosen(rows: pd.DataFrame, margin: float, run: Sequence[str] = RUN) -> pd.DataFrame:
    """Add the rows of what is kept: mixing, unless real rows alone validate better by more than ``margin``.

    Methods are paired by the columns ``run``. ``validated`` is the validation loss of the step that was kept; where
    rows lack it, it is read from all of them. ``mixes`` of an added row says whether it is the mixing one.
    """
    if "validated" not in rows:
        steps = zip(rows["validation_scores"], rows["kept"], strict=True)
        rows = rows.assign(validated=[scores[0][kept[0]] for scores, kept in steps])
    by_run = {label: part.set_index(list(run)) for label, part in rows.groupby("label")}
    added = [rows]
    for label, name in CHOSEN.items():
        if label not in by_run or ALONE not in by_run:
            continue
        alone, mixing = by_run[ALONE], by_run[label]
        both = alone.index.intersection(mixing.index)
        mixes = ~(alone.loc[both, "validated"] < mixing.loc[both, "validated"] - margin)
        kept = pd.concat([mixing.loc[both][mixes], alone.loc[both][~mixes]])
        added.append(kept.assign(label=name, mixes=mixes.loc[kept.index].astype(float)).reset_index())
    return pd.concat(added, ignore_index=True)


def rule(table: pd.DataFrame) -> bool | None:
    """Whether choosing is better than always mixing; None where the pair was not measured."""
    return better(table, PAIRS[0], LEVEL)


def body(results: Results) -> list:
    """The rule's answer, the means, how often mixing is kept, the pairs, and both scores of every table."""
    from benchmarks.studies.kept_mixing import MARGIN

    rows = with_chosen(results.good, MARGIN)
    table = scored_pairs(rows, PAIRS)
    answer = {True: "yes", False: "no", None: "not measured"}[rule(table)]
    means = mean_scores(rows)
    if "mixes" in rows:
        means["runs that mix"] = rows.groupby("label")["mixes"].mean()
    return [
        f"Is mixing that is kept unless real rows alone validate better by {MARGIN:g} better than always mixing, by "
        f"the rule that was fixed beforehand, on {rows['fold'].nunique()} fold(s)? **{answer}**.",
        f"{MEANS} Of the runs that mix, all tables count.",
        means.round(4).to_markdown(),
        *table_of_pairs(table),
        *by_table(rows),
    ]
