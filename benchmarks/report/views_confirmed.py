"""Body of the second confirmation: claims fixed beforehand, on tables under shift whose first test is like training.

Tables are the units: a table's splits and worlds are averaged first. The rule stands in
`benchmarks/studies/views_confirmed.py`.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.report.candidates import apart
from benchmarks.report.comparison import LEVEL
from benchmarks.report.results import Results
from benchmarks.report.shift import overview
from benchmarks.report.shift_runs import CONTROL, RUN, Comparison, by_table, compare, runs, wide

__all__ = ["body", "claims", "twins", "verdict"]

#: Measures of the first test; the sign that makes less better.
MEASURES = {"in_auc": -1, "in_log_loss": 1}
SHIFTED = "out_log_loss"
WORDS = {
    "in_auc": "first test, ROC-AUC",
    "in_log_loss": "first test, log loss",
    SHIFTED: "shifted test, log loss",
}


def claims(table: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """First less second of every pair, over tables; signs are such that below zero the first is better.

    Parameters
    ----------
    table
        As `shift_runs.runs` returns it.

    Returns
    -------
    One row per pair and measure. Holm's correction is over the two measures of the first pair's first test, and
    over those of all other pairs.
    """
    from statsmodels.stats.multitest import multipletests

    found = []
    for first, second in pairs:
        both = {name: _comparison(table, name, first, second) for name in WORDS}
        if None not in both.values():
            found += [{"first": first, "less": second, "measure": name} | vars(one) for name, one in both.items()]
    rows = pd.DataFrame(found)
    if len(rows):
        rows["p (Holm)"] = float("nan")
        is_primary = (rows["first"] == pairs[0][0]) & (rows["less"] == pairs[0][1])
        for family in (is_primary, ~is_primary):
            corrected = family & rows["measure"].isin(list(MEASURES))
            if corrected.any():
                rows.loc[corrected, "p (Holm)"] = multipletests(rows.loc[corrected, "p"], method="holm")[1]
    return rows


def verdict(table: pd.DataFrame, first: str, second: str, level: float = LEVEL) -> str:
    """What a pair's rows of `claims` say: "ahead", "behind", "undecided" or "not measured".

    "Ahead" is better in the means of both measures of the first test, significantly so in one, and not significantly
    worse on the shifted test; "behind" is the reverse.
    """
    pair = table[(table["first"] == first) & (table["less"] == second)] if len(table) else table
    if not len(pair):
        return "not measured"
    pair = pair.set_index("measure")
    inside, outside = pair.loc[list(MEASURES)], pair.loc[SHIFTED]
    certain = (inside["p (Holm)"] < level).any()
    for word, sign in (("ahead", -1), ("behind", 1)):
        against = outside["p"] < LEVEL and sign * outside["mean"] < 0
        if certain and (sign * inside["mean"] > 0).all() and not against:
            return word
    return "undecided"


def twins(table: pd.DataFrame, method: str, others: tuple[str, ...]) -> list[str]:
    """A sentence on a method less those that mix in rows without a graph, on the shifted test; none without them."""
    from statsmodels.stats.multitest import multipletests

    found = {other: _comparison(table, SHIFTED, method, other) for other in others}
    known = {other: one for other, one in found.items() if one is not None}
    if not known:
        return []
    corrected = multipletests([one.p for one in known.values()], method="holm")[1]
    said = [
        f"less {other} {one.words}, {p:.2g} after Holm's correction"
        for (other, one), p in zip(known.items(), corrected, strict=True)
    ]
    return [f"Is it the graph? Log loss on the shifted test, {method} {'; '.join(said)}."]


def body(results: Results) -> list:
    """The verdicts, the claims, and scores of all methods on both tests."""
    from benchmarks.studies.views_confirmed import CLAIMS, TWINS

    table = runs(results.good, pd.concat([results.good, *map(results.sister, results.sisters)], ignore_index=True))
    found = claims(table, CLAIMS)
    looks = table["fold"].nunique()
    said = [
        f"{first} less {second}: **{verdict(found, first, second, LEVEL / looks if k == 0 else LEVEL)}**"
        for k, (first, second) in enumerate(CLAIMS)
    ]
    parts: list = [f"By the rule that was fixed beforehand: {'; '.join(said)}."]
    if len(found):
        shown = found.assign(measure=found["measure"].map(WORDS)).rename(
            columns={"mean": "difference", "low": "95 % low", "high": "95 % high"}
        )
        small = {name: ["" if pd.isna(p) else f"{p:.2g}" for p in shown[name]] for name in ("p", "p (Holm)")}
        columns = ["first", "less", "measure", "tables", "wins", "losses", "difference", "95 % low", "95 % high"]
        parts += [
            "First less second, means over tables; below zero the first is better, in ROC-AUC too (its sign is "
            "turned). Wilcoxon's test over tables; Holm's correction over the two measures of the first pair's first "
            "test, and over those of the other pairs'. Rows of the first test are like those of training; the shifted "
            "test holds out domains or comes from other worlds, those aside whose shift is told from none by neither "
            "the features nor the target (`shift` measures it). The first pair is looked at once for every fold, at "
            f"{LEVEL:.2g} over their number.",
            shown.round(4).assign(**small)[[*columns, "p", "p (Holm)"]].to_markdown(index=False),
        ]
    parts += twins(table, "causalmix 6 views", TWINS)
    rows = table[table["kind"] != CONTROL]
    parts += [
        f"Means over the tables of the {len(wide(rows, SHIFTED)[0])} shifted runs that every method has.",
        overview(rows).round(4).to_markdown(),
    ]
    parts += apart(rows, [("causalmix 6 views", "default 6 views")])
    return parts


def _comparison(table: pd.DataFrame, score: str, first: str, second: str) -> Comparison | None:
    """Compare two methods in a score; on the shifted test without runs that are not shifted."""
    rows = table[table["kind"] != CONTROL] if score == SHIFTED else table
    rows = rows[rows["label"].isin([first, second])]
    if rows["label"].nunique() < 2:
        return None
    values = rows.pivot_table(index=RUN, columns="label", values=score).dropna()
    return compare(by_table(MEASURES.get(score, 1) * values), first, second)
