"""Rows of the studies under shift as the report reads them: runs, kinds of shift, controls, and means over a table.

A run is a table, a shift, a choice and a fold; methods are paired by it. Tables are the units of all that is tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.report.comparison import FEWEST_SETS, bootstrap_interval, wilcoxon_p
from benchmarks.report.gains import paired

__all__ = [
    "BASELINE",
    "CONTROL",
    "KINDS",
    "SCORES",
    "Comparison",
    "by_table",
    "closeness",
    "compare",
    "controls",
    "holm",
    "pair",
    "residuals",
    "rounded",
    "runs",
    "size_table",
    "wide",
]

BASELINE = "default"
RUN = ["dataset", "shift", "choice", "fold"]
#: Scores of a test; the sign that makes more better.
SCORES = {"log_loss": -1, "auc": 1, "ece": -1}
#: Kind of shift by the split's own name.
CONTROL = "no shift"
KINDS = {
    "domain": "natural",
    "tail": "covariate",
    "category": "covariate",
    "cluster": "covariate",
    "label": "label",
    "parents": "intervention",
    "children": "intervention",
    "spurious": "intervention",
    "mechanism": "mechanism",
    "nothing": CONTROL,
    "none": CONTROL,
}


def runs(rows: pd.DataFrame, measured: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per run and method: `RUN`, label, kind, ``in_`` and ``out_`` scores, ``worst_log_loss``.

    A fit that was tested in several worlds is a run for each of them. Splits of `controls` have the kind `CONTROL`;
    where ``rows`` do not measure the sizes of their shifts, those of other studies do, ``measured``.
    """
    models = rows[rows["by_domain"].map(lambda value: isinstance(value, dict))] if "by_domain" in rows else rows[:0]
    inside, outside = ([f"{side}_{name}" for name in SCORES] for side in ("in", "out"))
    flat = []
    for row in models.to_dict("records"):
        about = {name: row[name] for name in [*RUN, "label", *inside]}
        if row["shift"] == "worlds":
            for world, found in row["by_domain"].items():
                scores = {f"out_{name}": found[name] for name in SCORES}
                flat.append(about | {"shift": world, "worst_log_loss": found["log_loss"]} | scores)
        else:
            flat.append(about | {name: row[name] for name in ["worst_log_loss", *outside]})
    table = pd.DataFrame(flat, columns=[*RUN, "label", *inside, *outside, "worst_log_loss"])
    scores = [*inside, *outside, "worst_log_loss"]
    table[scores] = table[scores].astype(float)
    split = pd.MultiIndex.from_frame(table[["dataset", "shift", "choice"]])
    table["kind"] = np.where(
        split.isin(controls(rows if measured is None else measured)), CONTROL, table["shift"].map(KINDS)
    )
    return table


def sizes(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per split whose shift was measured: dataset, shift, choice, kind, and what `ShiftSize` says."""
    some = rows[rows["sizes"].map(lambda value: isinstance(value, dict))] if "sizes" in rows else rows[:0]
    found = [
        {"dataset": row["dataset"], "shift": shift, "choice": row["choice"], "kind": KINDS[shift]} | size
        for row in some.to_dict("records")
        for shift, size in row["sizes"].items()
    ]
    return pd.DataFrame(found)


def controls(rows: pd.DataFrame) -> list[tuple]:
    """Splits (dataset, shift, choice) whose shift cannot be told from none; those of no shift count anyway."""
    found = sizes(rows)
    if found.empty:
        return []
    some = found[found["is_control"].astype(bool)]
    return list(some[["dataset", "shift", "choice"]].itertuples(index=False, name=None))


def size_table(rows: pd.DataFrame) -> pd.DataFrame:
    """By shift: splits, how well features tell the sides apart, and the shares that are told from none."""
    found = sizes(rows)
    if found.empty:
        return found
    groups = found.groupby(["kind", "shift"], sort=False)
    known = found["target_differs"].notna()
    differs = found["target_differs"].where(known).astype(float)
    return pd.DataFrame(
        {
            "splits": groups.size(),
            "domain ROC-AUC": groups["domain_auc"].mean(),
            "P(x) differs": groups["features_differ"].mean(),
            "P(y given x) differs": differs.groupby([found["kind"], found["shift"]], sort=False).mean(),
            "cannot be told": (~known).groupby([found["kind"], found["shift"]], sort=False).mean(),
            "controls": groups["is_control"].sum(),
        }
    )


def wide(table: pd.DataFrame, score: str) -> tuple[pd.DataFrame, list[str]]:
    """A score by run and label, of runs that every method has, and the methods with too few runs to be paired."""
    values = table.pivot_table(index=RUN, columns="label", values=score, sort=False)
    values = values[[label for label in dict.fromkeys(table["label"]) if label in values]]
    return paired(values)


def by_table(values: pd.DataFrame) -> pd.DataFrame:
    """Means over a table's runs ``(dataset, label)``."""
    return values.groupby("dataset", sort=False).mean()


@dataclass(frozen=True)
class Comparison:
    """A method less another one over tables: in log loss, below zero is better.

    Attributes
    ----------
    tables, wins, losses
        Tables that have both, and those where the first is lower, or higher.
    mean, low, high
        Mean difference and its 95 % bootstrap interval over tables.
    p
        Of Wilcoxon's signed-rank test.
    """

    tables: int
    wins: int
    losses: int
    mean: float
    low: float
    high: float
    p: float

    @property
    def decides(self) -> bool:
        """Whether there are tables enough for a test to say anything."""
        return self.tables >= FEWEST_SETS

    @property
    def words(self) -> str:
        """The figures, for a sentence."""
        interval = f"95 % interval {self.low:+.4f} to {self.high:+.4f}"
        return f"{self.mean:+.4f}, {interval}, p = {self.p:.3g}, {self.tables} tables"


def compare(means: pd.DataFrame, first: str, second: str) -> Comparison | None:
    """Compare two methods by their tables' means; None where no table has both."""
    if not {first, second} <= set(means):
        return None
    both = means[[first, second]].dropna()
    if both.empty:
        return None
    difference = (both[first] - both[second]).to_numpy()
    low, high = bootstrap_interval(difference)
    wins, losses = int((difference < 0).sum()), int((difference > 0).sum())
    return Comparison(len(both), wins, losses, float(difference.mean()), low, high, wilcoxon_p(difference))


def pair(table: pd.DataFrame, score: str, first: str, second: str) -> tuple[pd.DataFrame, str, str]:
    """Means over tables of the runs that both methods have, as `compare` takes them."""
    values = table[table["label"].isin((first, second))].pivot_table(
        index=RUN, columns="label", values=score, sort=False
    )
    return by_table(values.dropna() if {first, second} <= set(values) else values[:0]), first, second


def holm(p: Iterable[float]) -> list[float]:
    """p values after Holm's correction over all of them."""
    from statsmodels.stats.multitest import multipletests

    return list(multipletests(list(p), method="holm")[1])


def rounded(frame: pd.DataFrame, index: bool = True) -> str:
    """A table of rounded numbers; p values keep two digits, however small."""
    small = {name: [f"{p:.2g}" for p in frame[name]] for name in ("p", "p (Holm)") if name in frame}
    return frame.round(4).assign(**small).to_markdown(index=index)


def residuals(inside: pd.DataFrame, outside: pd.DataFrame) -> pd.DataFrame:
    """What the second test's score is beyond the line through all methods and tables of it on the first one's.

    Parameters
    ----------
    inside, outside
        Means ``(dataset, label)`` on both tests.
    """
    x, y = inside.to_numpy().ravel(), outside[inside.columns].loc[inside.index].to_numpy().ravel()
    known = np.isfinite(x) & np.isfinite(y)
    if np.ptp(x[known]) == 0:
        return outside - outside.to_numpy()[np.isfinite(outside.to_numpy())].mean()
    slope, level = np.polyfit(x[known], y[known], 1)
    return outside - (level + slope * inside)


def closeness(inside: pd.DataFrame, outside: pd.DataFrame, label: str, seed: int = 0) -> tuple[float, float, float]:
    """By how much nearer a method's second test is to its first than the baseline's, as a share of that distance.

    1 less the ratio of the mean distances over tables, and its 95 % bootstrap interval over tables; not a number
    where the baseline's mean distance is not above zero.
    """
    gaps = (outside - inside)[[label, BASELINE]].dropna().to_numpy()
    if not len(gaps):
        return (float("nan"),) * 3

    def share(part: np.ndarray) -> np.ndarray:
        own, base = part.mean(axis=-2).T
        return np.where(base > 0, 1 - own / np.where(base > 0, base, 1.0), np.nan)

    rng = np.random.default_rng(seed)
    drawn = share(gaps[rng.integers(len(gaps), size=(2000, len(gaps)))])
    if np.isnan(drawn).mean() > 0.025:  # the ratio has no interval where its denominator may be zero
        return float(share(gaps)), float("nan"), float("nan")
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(share(gaps)), float(low), float(high)
