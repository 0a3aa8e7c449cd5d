"""Body of the study of mended generators: what mixing gains with them, and what it gained before."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.comparison import LEVEL
from benchmarks.report.gains import by_dataset
from benchmarks.report.paper import fidelity_by_method
from benchmarks.report.results import RUN, Results
from benchmarks.report.shift_runs import Comparison, compare

__all__ = ["body", "comparisons", "fidelity"]

#: Sign that makes less of a score better.
SCORES = {"log_loss": 1, "auc": -1}
WORDS = {"log_loss": "log loss", "auc": "ROC-AUC (its sign is turned)"}
#: Where a method's rows were mixed in before.
BEFORE = {"causalmix": "paper", "copula": "controls"}


def comparisons(new: pd.DataFrame, old: pd.DataFrame) -> dict[tuple[str, str], Comparison]:
    """By question and score, the first less the second over tables; below zero the first is better."""
    found = {}
    for score, sign in SCORES.items():
        now, before = (
            by_dataset(sign * rows.pivot_table(index=RUN, columns="label", values=score)) for rows in _same(new, old)
        )
        gains = pd.DataFrame(
            {"now": now["causalmix"] - now["default"], "then": before["causalmix"] - before["default"]}
        )
        asked = {
            "mended less unmended SCM rows, each less default": compare(gains, "now", "then"),
            "causalmix less default": compare(now, "causalmix", "default"),
            "causalmix less copula": compare(now, "causalmix", "copula"),
        }
        found |= {(question, WORDS[score]): one for question, one in asked.items()}
    return found


def fidelity(new: pd.DataFrame, before: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Mean fidelity on test rows of a method's rows, unmended and mended, over the runs that both have."""
    parts = {}
    for label, old in before.items():
        both = [rows[rows["label"] == label].set_index(RUN) for rows in (old, new)]
        runs = both[0].index.intersection(both[1].index)
        for word, rows in zip(("unmended", "mended"), both, strict=True):
            parts[f"{label}, {word}"] = fidelity_by_method(Results(rows.loc[runs].reset_index()))[-1]
    return pd.concat(parts).droplevel(1)


def _same(new: pd.DataFrame, old: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the runs that all four methods have here and both have there."""
    ours = new.pivot_table(index=RUN, columns="label", values="auc")[["default", "causalmix", "copula"]].dropna().index
    theirs = old.pivot_table(index=RUN, columns="label", values="auc")[["default", "causalmix"]].dropna().index
    runs = ours.intersection(theirs)
    return tuple(rows.set_index(RUN).loc[lambda one: one.index.isin(runs)].reset_index() for rows in (new, old))


def body(results: Results) -> list:
    """The primary comparison's verdict, all comparisons, the methods' means, and what mending did to the rows."""
    from statsmodels.stats.multitest import multipletests

    from benchmarks.studies.mended import METHODS

    new, old = results.good, results.sister("paper")
    lacking = set(METHODS) - set(new["label"])
    if lacking or not len(old):
        return [f"Nothing to compare yet: lacks {sorted(lacking) or 'the rows of `paper`'}."]
    found = comparisons(new, old)
    first = next(iter(found.values()))
    verdict = "undecided" if first.p >= LEVEL else "more" if first.mean < 0 else "less"
    family = multipletests([one.p for one in found.values()], method="holm")[1]
    corrected = ["", *(f"{p:.2g}" for p in family[1:])]
    shown = pd.DataFrame([{"question": key[0], "score": key[1]} | vars(one) for key, one in found.items()]).round(4)
    shown = shown.assign(p=[f"{one.p:.2g}" for one in found.values()], **{"p (Holm)": corrected})
    means = {label: rows[[*SCORES]].mean() for label, rows in _same(new, old)[0].groupby("label")}
    before = {label: results.sister(study) for label, study in BEFORE.items() if len(results.sister(study))}
    return [
        f"Do mended SCM rows gain more than unmended ones, in log loss? By the rule that was fixed beforehand: "
        f"**{verdict}** ({first.words}).",
        "Differences over tables' means, below zero the first is better; Wilcoxon's test over tables; the first row "
        "decides by itself, Holm's correction of the others is over all of them.",
        shown.to_markdown(index=False),
        "Means over the runs that all methods have:",
        pd.DataFrame(means).T.round(4).to_markdown(),
        "Fidelity on test rows, means over the runs that were measured before mending and after:",
        fidelity(new, before).round(4).to_markdown(),
    ]
