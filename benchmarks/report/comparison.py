"""Is one method better than another? Wilcoxon's signed-rank test over data sets, Holm's correction, intervals.

Data sets are the units: folds of one table are not independent, so their mean counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.report.gains import by_dataset

__all__ = ["Verdict", "against", "bootstrap_interval", "verdicts"]

#: Differences of means in % that count as none: they come from rounding.
NOTHING = 1e-6
#: Level of all tests.
LEVEL = 0.05
RESAMPLES = 2000
#: Fewer data sets decide nothing at this level: 2 ** -5 of all signs is .06, two-sided.
FEWEST_SETS = 6


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean of ``values`` ``(n_datasets,)``, drawn over data sets."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def wilcoxon_p(difference: np.ndarray) -> float:
    """Two-sided p value; 1 where nothing differs."""
    from scipy.stats import wilcoxon

    if not (np.abs(difference) > NOTHING).any():
        return 1.0
    return float(wilcoxon(np.where(np.abs(difference) > NOTHING, difference, 0.0), zero_method="zsplit").pvalue)


def against(gain: pd.DataFrame, other: str) -> pd.DataFrame:
    """Every method against ``other`` on the data sets that both have.

    Returns
    -------
    By method: sets, wins, ties, losses, mean difference in % with its 95 % interval over data sets, p of
    Wilcoxon's test, and p after Holm's correction over the methods of the table.
    """
    from statsmodels.stats.multitest import multipletests

    rows = {}
    for label in gain.columns.drop(other):
        means = by_dataset(gain[[label, other]].dropna())
        difference = (means[label] - means[other]).to_numpy()
        if not len(difference):
            continue
        low, high = bootstrap_interval(difference)
        wins, losses = int((difference > NOTHING).sum()), int((difference < -NOTHING).sum())
        rows[label] = {
            "sets": len(difference),
            "wins": wins,
            "ties": len(difference) - wins - losses,
            "losses": losses,
            "mean difference %": difference.mean(),
            "95 % low": low,
            "95 % high": high,
            "p": wilcoxon_p(difference),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    if len(table):
        table["p (Holm)"] = multipletests(table["p"], method="holm")[1]
    return table


@dataclass(frozen=True)
class Verdict:
    """What a comparison of ``first`` with ``second`` says: "ahead", "behind", "tie" or "too few sets"."""

    first: str
    second: str
    result: str
    sentence: str


def verdicts(gain: pd.DataFrame, first: str, others: list[str]) -> list[Verdict]:
    """Compare ``first`` with each of the others; a tie is what Holm's corrected test cannot tell apart."""
    present = [label for label in others if label in gain]
    table = against(gain[[first, *present]], first)
    compared = []
    for label, row in table.iterrows():
        difference, p = -row["mean difference %"], row["p (Holm)"]
        if row["sets"] < FEWEST_SETS:
            result = "too few sets"
        elif p >= LEVEL:
            result = "tie"
        else:
            result = "ahead" if difference > 0 else "behind"
        sentence = (
            f"{first} less {label}: {difference:+.3f} % (95 % interval {-row['95 % high']:+.3f} to "
            f"{-row['95 % low']:+.3f}), {row['losses']:.0f} wins, {row['ties']:.0f} ties, {row['wins']:.0f} losses on "
            f"{row['sets']:.0f} sets, p = {p:.3f}"
        )
        compared.append(Verdict(first, str(label), result, sentence))
    return compared
