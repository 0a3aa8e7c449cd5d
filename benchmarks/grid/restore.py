"""Goes on with a run whose files are gone: writes result files again from the rows that were committed.

    python -m benchmarks.grid.restore benchmarks/results/paper runs/paper

The study's command then measures only what has no row, if it runs in a checkout of the code that made the rows
(their column "version"): another code's cells are others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.grid.store import restore
from benchmarks.report.writer import read_rows


def main(
    results: Annotated[Path, typer.Argument(help="Folder of rows.csv.gz.")],
    out: Annotated[Path, typer.Argument(help="The run's folder, as --out of the study's command.")],
) -> None:
    """Write result files again from rows; files that are there stay."""
    written = restore(read_rows(results), out / "cells")
    typer.echo(f"{written} result files written to {out / 'cells'}")


if __name__ == "__main__":
    typer.run(main)
