"""What does a fit take beside other busy processes, and three fits at once?

    python -m benchmarks.costs.load [--before PATH]

Seconds of whole fits in fresh processes, imports not counted: alone, beside one busy process per core,
and three at the same time. ``--before`` measures another checkout of the project in the same run, in turn.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

__all__ = ["busy_cores", "fit_seconds"]

ROOT = Path(__file__).parents[2]
ONE_FIT = Path(__file__).parent / "one_fit.py"
#: Rows, columns, steps, generator.
CASES = ((200, 10, 50, "scm"), (200, 10, 50, "mixed_model"), (500, 20, 10, "scm"), (2000, 20, 4, "scm"))


@contextlib.contextmanager
def busy_cores() -> Iterator[None]:
    """One process per core that never sleeps."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def fit_seconds(case: tuple, at_once: int = 1, tree: Path = ROOT, timeout: float = 600) -> list[float]:
    """Seconds of so many fits at the same time, each in a process of its own."""
    command = [sys.executable, "-P", str(ONE_FIT), *map(str, case)]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    fits = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(at_once)]
    try:
        return [float(fit.communicate(timeout=timeout)[0].splitlines()[-1]) for fit in fits]
    finally:
        for fit in fits:
            fit.kill()


def measure(case: tuple, tree: Path) -> dict[str, float]:
    """Seconds alone, beside busy cores, and the slowest of three."""
    alone = fit_seconds(case, tree=tree)[0]
    with busy_cores():
        beside = fit_seconds(case, tree=tree)[0]
    return {"alone": alone, "beside busy cores": beside, "three at once": max(fit_seconds(case, 3, tree))}


def main(
    before: Annotated[Path | None, typer.Option(help="Root of another checkout to measure in turn.")] = None,
    repeats: Annotated[int, typer.Option(min=1)] = 1,
    first: Annotated[int, typer.Option(help="Measure only the first so many cases.", min=1)] = len(CASES),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "load",
) -> None:
    """What does a fit take beside other busy processes, and three fits at once?"""
    trees = ({"before": before} if before else {}) | {"now": ROOT}
    rows = []
    for case in CASES[:first]:
        runs_by_tree = {name: [] for name in trees}
        for _ in range(repeats):
            for name, tree in trees.items():
                runs_by_tree[name].append(measure(case, tree.resolve()))
        for name, runs in runs_by_tree.items():
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            ratios = {f"{key} / alone": middle[key] / middle["alone"] for key in list(middle)[1:]}
            label = f"{case[0]} x {case[1]}, {case[2]} steps, {case[3]}"
            rows.append({"fit": label, "code": name, **middle, **ratios})
            typer.echo(rows[-1])
        title = "# Seconds of a fit on a busy machine"
        note = f"Medians of {repeats} repeats, in turn. Three at once: the slowest of them. {describe()}"
        write_markdown(out / "report.md", title, note, markdown(pd.DataFrame(rows), 2, index=False))


if __name__ == "__main__":
    typer.run(main)
