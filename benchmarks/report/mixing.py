"""Body of the reports of ideas: gains on the six untuned views, paired tests, safety, gap, and verdicts.

Data sets are the units of every test; folds of one are averaged first.
"""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd

from benchmarks.report.comparison import against
from benchmarks.report.gains import CLEARLY_WORSE, normalised, paired, summary
from benchmarks.report.ideas import FLOOR, table
from benchmarks.report.results import RUN, Results
from benchmarks.report.twins import beside_twins, without_synthetic_rows

__all__ = ["body", "gap", "safety"]

#: What everything is compared with beside the floor, where a study has it: fine-tuning that ideas are added to.
BASES = {
    "strong": "the strong baseline without synthetic rows",
    "default": "default fine-tuning of one member",
}


def body(results: Results) -> list:
    """Every size on its own."""
    rows = results.good
    if FLOOR not in set(rows["label"]):
        return [f"No row of the method {FLOOR!r}, which the others are compared with."]
    ideas = importlib.import_module(f"benchmarks.studies.{results.study.name}").IDEAS
    sizes = sorted(rows["rows"].unique())
    parts: list = [
        "Gains are test ROC-AUC (macro one-vs-rest) against the six untuned views, (score / baseline - 1) * 100 %. "
        "All methods have the same rows."
    ]
    for size in sizes:
        if len(sizes) > 1:
            parts.append(f"## {size} rows")
        parts += _of_one_size(rows[rows["rows"] == size], ideas)
    return parts


def _of_one_size(rows: pd.DataFrame, ideas: tuple) -> list:
    gain, short = paired(normalised(rows, FLOOR))
    parts: list = []
    if short:
        parts.append(f"Left out of this table, for they lack more than half of the runs: {', '.join(short)}.")
    if len(gain):
        parts += [f"Over the {len(gain)} runs that these methods have:", summary(gain).round(3).to_markdown()]
    every = normalised(rows, FLOOR)
    for other, what in ({FLOOR: "the six untuned views"} | BASES).items():
        if other in every:
            parts += [
                f"Against {what}: tables won and lost, mean difference of the tables' gains with its 95 % interval, "
                "Wilcoxon's test over tables, Holm's correction over the table:",
                against(every, other).round(3).to_markdown(),
            ]
    parts += [
        f"Safety and gap. Below {CLEARLY_WORSE:g} %: share of runs so far under the six untuned views, and the worst. "
        "Spread: standard deviation of the gains over runs. Gap: |drop in validation loss - drop in test loss| from "
        "step 0 to the kept step, each member against its own first step (mean over runs; 0 where the untuned model "
        "was kept); optimism is the same with its sign. Seconds: medians of a fit.",
        safety(rows).round(4).to_markdown(),
        "The ideas, by the rule that the study states:",
        table(ideas, rows).to_markdown(disable_numparse=True),
    ]
    if tests := beside_twins(ideas, rows):
        parts += [
            "Each idea beside its base and its twins, in log loss (lower is better): tables where it is lower and "
            "higher, mean difference over tables with its 95 % interval, Wilcoxon's test, Holm's correction over the "
            "lines:",
            tests,
        ]
    return [*parts, without_synthetic_rows(rows)]


def safety(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per method: share of runs clearly below the floor, worst run, spread, log loss, gap, kept untuned."""
    gain = normalised(rows, FLOOR)
    by_label = rows.groupby("label", sort=False)
    gaps = gap(rows)
    columns = {
        "runs": gain.notna().sum(),
        "below -1 %": (gain < CLEARLY_WORSE).sum() / gain.notna().sum(),
        "worst %": gain.min(),
        "spread %": gain.std(),
        "log loss": by_label["log_loss"].mean(),
        "gap": gaps["gap"],
        "optimism": gaps["optimism"],
        "untuned kept": by_label["kept"].agg(lambda kept: np.mean([not any(steps) for steps in kept])),
        "refused": by_label["refused"].mean(),
        "seconds": by_label["seconds"].median(),
    }
    return pd.DataFrame(columns).reindex(list(gain.columns))


def gap(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean over runs by method: how far validation rows mislead about the kept step, in log loss."""
    some = rows[["label", *RUN]].assign(
        optimism=rows["validation_gain"].astype(float) - rows["test_gain"].astype(float)
    )
    some["gap"] = some["optimism"].abs()
    return some.groupby("label", sort=False)[["gap", "optimism"]].mean()
