"""What a grid will take: some of its cells are measured, the rest is extrapolated.

Cells of one label cost alike and those of another may cost ten times as much, so the sample takes every label in
turn, on tables and folds drawn at random. The rows that are measured count: the run finds them later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.grid.cell import Cell

__all__ = ["extrapolated", "forecast", "spread"]


def spread(cells: Sequence[Cell], n: int, seed: int = 0) -> list[Cell]:
    """``n`` of the cells: as many of each label as can be, of each label a random draw."""
    rng = np.random.default_rng(seed)
    by_label: dict[str, list[Cell]] = {}
    for cell in cells:
        by_label.setdefault(cell.label, []).append(cell)
    queues = [[group[k] for k in rng.permutation(len(group))] for group in by_label.values()]
    chosen: list[Cell] = []
    while len(chosen) < min(n, len(cells)):
        chosen += [queue.pop() for queue in queues if queue][: n - len(chosen)]
    return chosen


def extrapolated(rows: pd.DataFrame, left: Sequence[Cell]) -> pd.DataFrame:
    """Seconds that cells without a row will take, by label.

    Parameters
    ----------
    rows
        Columns label and cell_seconds of cells that were measured.
    left
        Cells to measure.

    Returns
    -------
    Columns measured, mean seconds, cells left, hours left (of one worker) and ± hours, the standard error; a label
    of which nothing was measured takes the mean of all others, without an error.
    """
    groups = rows.groupby("label")["cell_seconds"]
    n_left = pd.Series([cell.label for cell in left], dtype=object).value_counts(sort=False)
    labels = list(dict.fromkeys([*rows["label"], *n_left.index]))
    table = pd.DataFrame(index=pd.Index(labels, name="label"))
    table["measured"] = groups.size().reindex(labels, fill_value=0)
    table["mean seconds"] = groups.mean().reindex(labels).fillna(rows["cell_seconds"].mean())
    table["cells left"] = n_left.reindex(labels, fill_value=0)
    table["hours left"] = table["mean seconds"] * table["cells left"] / 3600
    table["± hours"] = groups.sem().reindex(labels) * table["cells left"] / 3600
    return table


def forecast(rows: pd.DataFrame, left: Sequence[Cell], workers: int) -> list:
    """A sentence, and the table of `extrapolated`."""
    if not len(rows):
        return ["No cell was measured: nothing to extrapolate from."]
    table = extrapolated(rows, left)
    hours, error = table["hours left"].sum(), float(np.sqrt((table["± hours"] ** 2).sum()))
    sentence = (
        f"{len(left)} cells left: {hours:.1f} hours of one worker (standard error {error:.1f}), "
        f"{hours / workers:.1f} hours on {workers}, by {len(rows)} measured cells."
    )
    return [sentence, table]
