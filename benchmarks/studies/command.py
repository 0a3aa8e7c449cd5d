"""The command line that every study has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from benchmarks.grid.cell import Cell, Resources
from benchmarks.grid.estimate import forecast, spread
from benchmarks.grid.runner import run_cells
from benchmarks.grid.store import Store
from benchmarks.protocol.domain_tables import DriftFolderError
from benchmarks.protocol.wheels import WheelError
from benchmarks.report.study import write_report
from benchmarks.report.writer import markdown_of, write_rows
from benchmarks.studies.study import Study

__all__ = ["run_study", "with_the_rest"]


def run_study(study: Study) -> None:
    """Parse the command line, measure the cells that have no row, gather all rows and write the report."""

    def command(
        out: Annotated[Path, typer.Option(help="Folder of cells/, rows.csv.gz and report.md.")] = (
            Path("runs") / study.name
        ),
        datasets: Annotated[str, typer.Option(help="Tables, with commas between.")] = ",".join(study.datasets),
        folds: Annotated[int, typer.Option(help="Folds of each table.", min=1)] = study.folds,
        methods: Annotated[str, typer.Option(help="Labels, with commas between.")] = ",".join(study.methods),
        rows: Annotated[
            int | None, typer.Option(help="Training and validation rows; default: the study's sizes.", min=20)
        ] = None,
        checkpoint: Annotated[str, typer.Option(help='"mini", a folder, or a hub id with a pinned commit.')] = "mini",
        device: Annotated[str, typer.Option(help='"cpu" or "cuda".')] = "cpu",
        workers: Annotated[
            int | None, typer.Option(help="Ray workers; default: as many as fit; 0: in this process.")
        ] = None,
        cpus: Annotated[int, typer.Option(help="CPUs of a worker.")] = 1,
        gpus: Annotated[
            float | None, typer.Option(help="GPUs of a worker, or a part of one; default: 1 with cuda.")
        ] = None,
        address: Annotated[str | None, typer.Option(help='A Ray cluster, e.g. "auto"; default: this machine.')] = None,
        retry_errors: Annotated[bool, typer.Option(help="Measure cells again whose row is an error.")] = False,
        minutes: Annotated[float, typer.Option(help="Begin no cell after so many minutes; 0 only reports.")] = 1e9,
        estimate: Annotated[
            int, typer.Option(help="Measure so many cells, of every method in turn, and extrapolate; then stop.", min=0)
        ] = 0,
        smoke: Annotated[bool, typer.Option(help="Two tables, one fold, short.")] = False,
    ) -> None:
        gpus = float(device.startswith("cuda")) if gpus is None else gpus
        try:
            cells = list(
                study.cells(
                    datasets=datasets.split(","),
                    folds=folds,
                    methods=methods.split(","),
                    rows=rows,
                    checkpoint=checkpoint,
                    device=device,
                    resources=Resources(cpus, gpus),
                    smoke=smoke,
                )
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        store = Store(out / "cells")
        asked = spread(store.waiting(cells), estimate) if estimate else cells
        tally = run_cells(
            asked, store, workers=workers, address=address, retry_errors=retry_errors, minutes=minutes or -1
        )
        typer.echo(str(tally))
        if estimate:
            typer.echo(_forecast(cells, store, workers or os.cpu_count() or 1))
            return
        more = {"checkpoint": checkpoint, "device": device, "resources": Resources(cpus, gpus), "smoke": smoke}
        table = store.table(with_the_rest(study, cells, folds=folds, rows=rows, **more))
        if len(table):
            write_rows(table, out)
            typer.echo(write_report(study, out))

    try:
        typer.run(_documented(command, study))
    except (WheelError, DriftFolderError) as missing:
        raise SystemExit(str(missing)) from None


def with_the_rest(study: Study, cells: list[Cell], *, folds: int, rows: int | None, **more: Any) -> list[Cell]:
    """The cells, and the others of the study in its order: a run of a part takes no rows out of the table."""
    try:
        whole = list(study.cells(folds=max(folds, study.folds), rows=None if study.sizes else rows, **more))
    except (WheelError, DriftFolderError):  # of tables that this run does without
        whole = []
    return list({(cell.label, cell.key): cell for cell in (*whole, *cells)}.values())


def _forecast(cells: list[Cell], store: Store, workers: int) -> str:
    rows = store.table(cells)
    good = rows[rows["status"] == "ok"] if len(rows) else pd.DataFrame({"label": [], "cell_seconds": []})
    return markdown_of(forecast(good, store.waiting(cells), workers))


def _documented(command, study: Study):
    command.__doc__ = f"{study.question}\n\nResumes: a cell that has a row is not measured again."
    return command
