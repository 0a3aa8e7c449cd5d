"""A grid of cells that cost nothing, for the tests; ``python -m tests.benchmarks.tiny FOLDER N`` runs it on Ray."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.grid.cell import Cell, Resources
from benchmarks.grid.runner import run_cells
from benchmarks.grid.store import Store


@dataclass(frozen=True)
class Fold:
    fold: int = 0


def cell(number=1, measure="square", resources=None, **about) -> Cell:
    default = {"label": "m", "dataset": "t", "content": "0", "split": Fold(), "version": "1"}
    return Cell(
        **default | about,
        measure=f"tests.benchmarks.tiny:{measure}",
        options={"number": number},
        resources=resources or Resources(),
    )


def square(cell: Cell) -> dict:
    return {"square": cell.options["number"] ** 2}


def slow_square(cell: Cell) -> dict:
    """Note who measured what, and take a while."""
    folder = Path(os.environ["TINY_NOTES"])
    (folder / f"{cell.options['number']}-{os.getpid()}-{time.monotonic_ns()}").touch()
    time.sleep(0.4)
    return square(cell)


def failing(cell: Cell) -> dict:
    raise RuntimeError(f"no result for {cell.options['number']}")


def leaving(cell: Cell) -> dict:
    raise SystemExit("goodbye")


def unkept(cell: Cell) -> dict:
    return {"what": object()}


def deadly(cell: Cell) -> dict:
    """Kill the worker where the number is 3; where it is 4, only the first one that tries."""
    if cell.options["number"] == 3:
        os._exit(9)
    if cell.options["number"] == 4:
        mark = Path(os.environ["TINY_NOTES"]) / "died once"
        if not mark.exists():
            mark.touch()
            os._exit(9)
    return square(cell) | {"pid": os.getpid()}


def granted(cell: Cell) -> dict:
    """What Ray gave to this worker, and its threads."""
    import ray

    return {"ray": ray.get_runtime_context().get_assigned_resources(), "threads": os.environ["OMP_NUM_THREADS"]}


if __name__ == "__main__":
    grid = [cell(number, "slow_square", split=Fold(number)) for number in range(int(sys.argv[2]))]
    sys.stdout.write(f"{run_cells(grid, Store(sys.argv[1]), workers=2)}\n")
