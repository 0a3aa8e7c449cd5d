"""``python -m benchmarks.report [study ...]``: make the reports again from the rows that lie in the results."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.report.study import write_report
from benchmarks.report.writer import RESULTS, ROWS


def main(
    studies: Annotated[list[str] | None, typer.Argument(help="Names; default: every study that has rows.")] = None,
    results: Annotated[Path, typer.Option(help="Folder that holds a folder per study.")] = RESULTS,
) -> None:
    """Write report.md of studies from their rows.csv.gz; the same rows give the same bytes."""
    for name in studies or sorted(path.parent.name for path in results.glob(f"*/{ROWS}")):
        try:
            study = importlib.import_module(f"benchmarks.studies.{name}").STUDY
        except (ImportError, AttributeError) as error:
            raise typer.BadParameter(f"no study {name!r} in benchmarks/studies") from error
        try:
            write_report(study, results / name)
        except FileNotFoundError as error:
            raise typer.BadParameter(str(error)) from error
        typer.echo(f"{results / name / 'report.md'}")


if __name__ == "__main__":
    typer.run(main)
