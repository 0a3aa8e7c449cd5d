"""Runs the cells of a grid that have no row yet; killed at any moment, it loses the cells in work."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.grid.cell import Cell, plain
from benchmarks.grid.machine import machine
from benchmarks.grid.memory import peak_memory
from benchmarks.grid.store import Store, error_row, result_row
from benchmarks.grid.workers import WorkError, run_bundles

__all__ = ["Tally", "run_cell", "run_cells"]

#: Last characters of a traceback that an error row keeps.
TRACEBACK_CHARACTERS = 2000


@dataclass(frozen=True)
class Tally:
    """Cells of a run: ``asked`` for, ``waiting`` without a row before, ``measured`` and ``failed`` now."""

    asked: int
    waiting: int
    measured: int
    failed: int

    def __str__(self) -> str:
        left = self.waiting - self.measured - self.failed
        return (
            f"{self.asked} cells, {self.waiting} had no row; "
            f"{self.measured} measured, {self.failed} failed, {left} left"
        )


def run_cell(cell: Cell) -> dict[str, Any]:
    """Measure a cell here and return its row; whatever it raises becomes the row's error.

    ``seconds`` of the row do not hold the import of the measuring module.
    """
    began, memory = time.perf_counter(), None
    try:
        measure = cell.function()
        began = time.perf_counter()
        with peak_memory() as memory, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = plain(measure(cell), "result")
        seconds = time.perf_counter() - began
        if not isinstance(result, dict):
            raise TypeError(f"{cell.measure} returned {result!r}, not a dictionary")
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}\n{traceback.format_exc()[-TRACEBACK_CHARACTERS:]}"
        return error_row(cell, text, time.perf_counter() - began, machine(), memory)
    return result_row(cell, result, seconds, machine(), memory)


def run_cells(
    cells: Iterable[Cell],
    store: Store,
    *,
    workers: int | None = None,
    address: str | None = None,
    retry_errors: bool = False,
    minutes: float = float("inf"),
) -> Tally:
    """Measure what has no row in ``store``, with a progress bar that shows the time left.

    Parameters
    ----------
    workers, address
        See `grid.workers.run_bundles`.
    retry_errors
        Whether to measure cells again whose row is an error.
    minutes
        No cell is begun after so long.
    """
    from tqdm import tqdm

    until = time.monotonic() + 60 * minutes
    cells = list(cells)
    waiting = store.waiting(cells, retry_errors)
    measured = failed = 0
    with tqdm(total=len(waiting), unit="cell", desc="cells", dynamic_ncols=True) as progress:
        for resources in dict.fromkeys(cell.resources for cell in waiting):
            bundles: dict[str, list[Cell]] = {}
            for cell in waiting:
                if cell.resources == resources:
                    bundles.setdefault(cell.bundle, []).append(cell)
            results = run_bundles(
                run_cell, bundles.values(), resources=resources, workers=workers, address=address, until=until
            )
            for cell, result in results:
                row = error_row(cell, str(result), None, None) if isinstance(result, WorkError) else result
                store.write(cell, row)
                measured += row["status"] == "ok"
                failed += row["status"] == "error"
                progress.set_postfix(failed=failed, refresh=False)
                progress.update()
    return Tally(len(cells), len(waiting), measured, failed)
