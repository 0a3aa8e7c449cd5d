"""Measures the cells of a grid one after the other into a csv file; what is in it is not measured again."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

__all__ = ["measure_grid"]


def measure_grid(
    path: Path, cells: Iterable[dict], measure: Callable[..., dict], minutes: float = float("inf")
) -> pd.DataFrame:
    """Return one row per cell: the cell's entries and what ``measure(**cell)`` found.

    Parameters
    ----------
    path
        The csv file, written after every cell.
    cells
        What tells one measurement from another, the same keys in each.
    minutes
        No cell is begun after so long.
    """
    until = time.monotonic() + 60 * minutes
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    for cell in cells:
        if time.monotonic() > until or any(all(row[k] == v for k, v in cell.items()) for row in rows):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows.append({**cell, **measure(**cell)})
        pd.DataFrame(rows).to_csv(path, index=False)
        sys.stderr.write(f"{cell}\n")
    return pd.DataFrame(rows)
