"""Normalised scores: ``sign * (score / baseline - 1) * 100 %``, run by run, and what sums them up."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.results import RUN

__all__ = ["by_dataset", "normalised", "paired", "ranks", "summary"]

#: A run is clearly worse than the untuned model below this, in %.
CLEARLY_WORSE = -1.0
#: A method with fewer of the runs than this share of what the fullest one has is not paired with the others.
ENOUGH_RUNS = 0.5


def normalised(rows: pd.DataFrame, baseline: str = "untuned", score: str = "auc", sign: int = 1) -> pd.DataFrame:
    """Gains in % by (dataset, fold) and label; NaN where a run lacks the method or the baseline.

    ``sign`` is +1 where a higher score is better, else -1.
    """
    wide = rows.pivot_table(index=RUN, columns="label", values=score, sort=False)
    wide = wide[list(dict.fromkeys(rows["label"]))]
    if baseline not in wide:
        return wide * float("nan")
    return sign * (wide.div(wide[baseline], axis=0) - 1) * 100


def paired(gain: pd.DataFrame, enough: float = ENOUGH_RUNS) -> tuple[pd.DataFrame, list[str]]:
    """Runs that every method has, and the methods left out: those with less than a share of the most runs of any."""
    counts = gain.notna().sum()
    short = [label for label in gain if counts[label] < enough * counts.max()]
    return gain.drop(columns=short).dropna(), short


def by_dataset(gain: pd.DataFrame) -> pd.DataFrame:
    """Mean over the folds, ``(dataset, label)``: seeds are averaged before data sets are compared."""
    return gain.groupby("dataset", sort=False).mean()


def ranks(gain: pd.DataFrame) -> pd.Series:
    """Average rank over data sets of the means over folds; 1 is best."""
    return by_dataset(gain).rank(axis=1, ascending=False).mean()


def summary(gain: pd.DataFrame) -> pd.DataFrame:
    """One row per method of paired gains, best rank first."""
    means = by_dataset(gain)
    table = pd.DataFrame(
        {
            "median %": gain.median(),
            "± std": gain.std(),
            "IQR": _range(gain),
            "median % (sets)": means.median(),
            "± std (sets)": means.std(),
            "IQR (sets)": _range(means),
            "mean %": gain.mean(),
            "below -1 %": (gain < CLEARLY_WORSE).mean(),
            "rank": ranks(gain),
        }
    )
    return table.sort_values("rank")


def _range(gain: pd.DataFrame) -> pd.Series:
    low, high = gain.quantile(0.25), gain.quantile(0.75)
    return pd.Series({label: f"{low[label]:+.2f} to {high[label]:+.2f}" for label in gain}, dtype=object)
