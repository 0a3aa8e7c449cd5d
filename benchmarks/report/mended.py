"""Body of the study of mended generators: what mixing gains with them, and what it gained before."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.comparison import LEVEL, bootstrap_interval, wilcoxon_p
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results

__all__ = ["body", "comparisons"]

#: Sign that makes less of a score better.
SCORES = {"log_loss": 1, "auc": -1}
WORDS = {"log_loss": "log loss", "auc": "ROC-AUC (its sign is turned)"}


def comparisons(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Differences over tables, below zero the first is better; Holm's correction over all but the primary.

    Returns
    -------
    One row per question and score: tables, wins, losses, difference, its 95 % interval, p, and p (Holm).
    """
    from statsmodels.stats.multitest import multipletests

    found = []
    for score, sign in SCORES.items():
        now, before = (
            by_dataset(sign * rows.pivot_table(index=RUN, columns="label", values=score)) for rows in _same(new, old)
        )
        gains = {
            "mended less unmended SCM rows, each less default": (now["causalmix"] - now["default"])
            - (before["causalmix"] - before["default"]),
            "causalmix less default": now["causalmix"] - now["default"],
            "causalmix less copula": now["causalmix"] - now["copula"],
        }
        for question, gain in gains.items():
            low, high = bootstrap_interval(gain.to_numpy())
            known = {"question": question, "score": WORDS[score], "tables": len(gain)}
            counts = {"wins": int((gain < 0).sum()), "losses": int((gain > 0).sum()), "difference": gain.mean()}
            found.append(known | counts | {"95 % low": low, "95 % high": high, "p": wilcoxon_p(gain.to_numpy())})
    table = pd.DataFrame(found)
    table["p (Holm)"] = float("nan")
    table.loc[1:, "p (Holm)"] = multipletests(table["p"][1:], method="holm")[1]
    return table


def _same(new: pd.DataFrame, old: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the runs that all four methods have here and both have there."""
    ours = new.pivot_table(index=RUN, columns="label", values="auc")[["default", "causalmix", "copula"]].dropna().index
    theirs = old.pivot_table(index=RUN, columns="label", values="auc")[["default", "causalmix"]].dropna().index
    runs = ours.intersection(theirs)
    return tuple(rows.set_index(RUN).loc[lambda one: one.index.isin(runs)].reset_index() for rows in (new, old))


def body(results: Results) -> list:
    """The primary comparison's verdict, all comparisons, and the methods' means."""
    from benchmarks.studies.mended import METHODS

    new, old = results.good, results.sister("paper")
    lacking = set(METHODS) - set(new["label"])
    if lacking or not len(old):
        return [f"Nothing to compare yet: lacks {sorted(lacking) or 'the rows of `paper`'}."]
    table = comparisons(new, old)
    first = table.iloc[0]
    verdict = "undecided" if first["p"] >= LEVEL else "more" if first["difference"] < 0 else "less"
    means = {label: rows[[*SCORES]].mean() for label, rows in _same(new, old)[0].groupby("label")}
    shown = table.round(4).assign(**{name: [f"{p:.2g}" for p in table[name]] for name in ("p", "p (Holm)")})
    interval = f"95 % interval {first['95 % low']:+.4f} to {first['95 % high']:+.4f}"
    return [
        f"Do mended SCM rows gain more than unmended ones, in log loss? By the rule that was fixed beforehand: "
        f"**{verdict}** ({first['difference']:+.4f}, {interval}, "
        f"p = {first['p']:.3g}, {first['tables']} tables).",
        "Differences over tables' means, below zero the first is better; Wilcoxon's test over tables, Holm's "
        "correction over all but the first row.",
        shown.to_markdown(index=False),
        "Means over the runs that all methods have:",
        pd.DataFrame(means).T.round(4).to_markdown(),
    ]
