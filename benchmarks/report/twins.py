"""Ideas tested beside their bases and their twins in log loss: what a study's stated tests read.

Data sets are the units; folds of one are averaged first. Holm's correction is over the lines of a table.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from benchmarks.report.gains import by_dataset
from benchmarks.report.ideas import Idea
from benchmarks.report.results import RUN
from benchmarks.report.shift_runs import compare, holm, rounded

__all__ = ["beside_twins", "without_synthetic_rows"]


def beside_twins(ideas: Iterable[Idea], rows: pd.DataFrame) -> str:
    """One line per idea and per base or twin of it: tables won and lost, difference with its interval, p.

    Empty where nothing can be compared.
    """
    losses, lines = rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False), []
    for idea in ideas:
        for role, others in (("base", (idea.base,)), ("twin", idea.twins)):
            for other in others:
                both = losses.reindex(columns=[idea.arm, other]).dropna()
                if (found := compare(by_dataset(both), idea.arm, other)) is not None:
                    names = {"idea": idea.arm, "less": other, "which is its": role, "sets": found.tables}
                    lines.append(
                        names
                        | {"lower": found.wins, "higher": found.losses, "difference": found.mean}
                        | {"95 % low": found.low, "95 % high": found.high, "p": found.p}
                    )
    if not lines:
        return ""
    table = pd.DataFrame(lines)
    return rounded(table.assign(**{"p (Holm)": holm(table["p"])}), index=False)


def without_synthetic_rows(rows: pd.DataFrame) -> str:
    """Which fits fell back to less than was asked for: as their reports say it, counted by method."""
    said = rows.explode("fallbacks")[["label", "fallbacks"]].dropna()
    counts = said.groupby(["label", "fallbacks"], sort=False).size()
    if counts.empty:
        return "No fit fell back to less than it was asked for."
    return "; ".join(f"{label}, {count} fits: {why}" for (label, why), count in counts.items()) + "."
