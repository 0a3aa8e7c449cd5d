"""What was asked of the paper's table with 500 training rows before it was measured."""

from __future__ import annotations

from benchmarks.report.choice import choices
from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results
from benchmarks.report.shift_runs import compare

__all__ = ["answers"]

MIXED, DEFAULT = "causalmix", "default"


def answers(results: Results) -> str:
    """The two answers of `benchmarks/studies/paper_500.py`."""
    rows = results.good
    loss = by_dataset(rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False))
    less = compare(loss, MIXED, DEFAULT)
    if less is None:
        return "No run has both methods that are compared."
    text = (
        f"What was asked beforehand, on {rows['fold'].nunique()} fold(s): {MIXED} less {DEFAULT} in log loss, below "
        f"zero is better, {less.words}, lower on {less.wins} and higher on {less.losses}."
    )
    chosen = choices(rows)
    asked = f"{MIXED} or none, less none, log loss"
    if asked in chosen.index:
        row = chosen.loc[asked]
        text += (
            f" Whichever of both validates better, less {DEFAULT}: {-row['mean difference']:+.4f}, lower on "
            f"{int(row['wins'])} and higher on {int(row['losses'])}, p = {row['p']:.3g}."
        )
    return text
