"""What does a cell of the paper's grid cost as its rows grow, and what do more workers win?

    python -m benchmarks.costs.cells

By rows: every method of `studies.paper` on two tables, one worker, medians over folds. By cores: the same cells
by one worker, two, and so on up to a worker for every core; seconds of the whole run, the start of Ray included.
Alone on the machine, or it measures the others.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from benchmarks.grid.cell import Cell
from benchmarks.grid.machine import describe
from benchmarks.grid.runner import run_cells
from benchmarks.grid.store import Store
from benchmarks.report.writer import RESULTS, markdown, save_figure, write_markdown
from benchmarks.studies.paper import STUDY
from benchmarks.studies.study import Study

__all__ = ["by_cores", "by_rows"]

#: 5 and 20 columns, and rows enough for a thousand.
TABLES = ("phoneme", "ring")
ROWS = (50, 100, 200, 500, 1000)
#: Cheap and dear methods, in as many cells as keep two workers busy to the end.
TABLES_BY_CORES = ("phoneme", "ring", "heart", "german")


def by_rows(study: Study, tables: Sequence[str], rows: Sequence[int], folds: int) -> pd.DataFrame:
    """Median seconds of a cell: columns dataset, rows, label, cell_seconds."""
    cells = [cell for n in rows for cell in study.cells(datasets=list(tables), folds=folds, rows=n)]
    with tempfile.TemporaryDirectory() as folder:
        measured = _measured(cells, Path(folder), workers=1)
    return measured.groupby(["dataset", "rows", "label"], sort=False)["cell_seconds"].median().reset_index()


def by_cores(study: Study, tables: Sequence[str], workers: Sequence[int]) -> pd.DataFrame:
    """Seconds of the same cells by so many workers, how many times as fast as the first, and a cell's median growth."""
    cells = list(study.cells(datasets=list(tables), folds=1))
    rows, alone = [], None
    for n in workers:
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            measured = _measured(cells, Path(folder), workers=n).set_index("key")["cell_seconds"]
            seconds = time.perf_counter() - began
        alone = measured if alone is None else alone
        rows.append(
            {"workers": n, "cells": len(cells), "seconds": seconds, "a cell, in times": (measured / alone).median()}
        )
    table = pd.DataFrame(rows)
    table.insert(3, "times as fast", table["seconds"].iloc[0] / table["seconds"])
    return table


def _measured(cells: list[Cell], folder: Path, workers: int) -> pd.DataFrame:
    store = Store(folder)
    run_cells(cells, store, workers=workers)
    table = store.table(cells)
    failed = table[table["status"] != "ok"]
    if len(failed):
        raise RuntimeError(f"{len(failed)} of {len(table)} cells failed; the first one: {failed['error'].iloc[0]}")
    return table


def _picture(rows: pd.DataFrame, cores: pd.DataFrame, path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    tables = list(dict.fromkeys(rows["dataset"]))
    *by_table, last = figure.subplots(1, len(tables) + 1)
    for axes, name in zip(by_table, tables, strict=True):
        for label, part in rows[rows["dataset"] == name].groupby("label", sort=False):
            axes.plot(part["rows"], part["cell_seconds"], "o-", markersize=3, linewidth=1, label=label)
        axes.set(
            xscale="log", yscale="log", title=name, xlabel="training and validation rows", ylabel="seconds of a cell"
        )
        sizes = sorted(set(rows["rows"]))
        axes.set_xticks(sizes, [str(n) for n in sizes])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter("{x:g}")
    by_table[0].legend(fontsize=6)
    last.plot(cores["workers"], cores["times as fast"], "o-", label="measured")
    last.plot(cores["workers"], cores["workers"], color="0.7", linewidth=0.8, label="as many times")
    last.set(
        title="workers", xlabel="workers, a core each", ylabel="times as fast as one", xticks=list(cores["workers"])
    )
    last.legend(fontsize=7)
    save_figure(figure, path)


def main(
    folds: Annotated[int, typer.Option(help="Folds, of which medians are taken.", min=1)] = 3,
    smoke: Annotated[bool, typer.Option(help="One table, two methods, two sizes, short.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of report.md and cost.png.")] = RESULTS / "grid_cost",
) -> None:
    """What does a cell of the paper's grid cost as its rows grow, and what do more workers win?"""
    study, tables, sizes, cores = STUDY, TABLES, ROWS, TABLES_BY_CORES
    if smoke:
        few = {label: STUDY.methods[label] for label in ("untuned", "default")}
        study = dataclasses.replace(STUDY, methods=few, common=STUDY.smoke)
        tables, sizes, cores, folds = TABLES[:1], (50, 100), TABLES_BY_CORES[:2], 1
    rows = by_rows(study, tables, sizes, folds)
    workers = by_cores(study, cores, range(1, (os.cpu_count() or 1) + 1))
    out.mkdir(parents=True, exist_ok=True)
    _picture(rows, workers, out / "cost.png")
    wide = rows.pivot_table(index=["dataset", "label"], columns="rows", values="cell_seconds", sort=False).reset_index()
    typer.echo(
        write_markdown(
            out / "report.md",
            "# What a cell of the paper's grid costs",
            f"Seconds of a cell by training and validation rows, one worker, medians of {folds} folds. {describe()}",
            markdown(wide, 1, index=False),
            "The same cells by more workers. The last column: how much longer a cell takes than with one.",
            markdown(workers, 2, index=False),
            "![seconds by rows, and speed by workers](cost.png)",
        )
    )


if __name__ == "__main__":
    typer.run(main)
