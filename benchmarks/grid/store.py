"""The results of a grid: one JSON file per cell, written beside its place and renamed into it.

A file is there in full or not at all, so a killed run leaves nothing to repair. Errors are rows
too. Several runs may share a folder; of two that measure one cell the later keeps its row.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.grid.cell import Cell

__all__ = ["Store", "error_row", "restore", "result_row"]


#: A dictionary about a row, see `grid.machine` and `grid.memory`; None where it is not known.
About = dict[str, Any] | None


def result_row(cell: Cell, result: dict[str, Any], seconds: float, machine: About, memory: About = None) -> dict:
    """Row of a cell that was measured."""
    return _row(cell, seconds, machine, memory) | {"status": "ok", "found": result, "error": None}


def error_row(cell: Cell, error: str, seconds: float | None, machine: About, memory: About = None) -> dict:
    """Row of a cell that failed, with the message."""
    return _row(cell, seconds, machine, memory) | {"status": "error", "found": {}, "error": error}


def _row(cell: Cell, seconds: float | None, machine: About, memory: About) -> dict[str, Any]:
    about = {"key": cell.key, "label": cell.label, "dataset": cell.dataset}
    return about | {"cell": cell.definition, "seconds": seconds, "machine": machine, "memory": memory}


class Store:
    """Result files in ``folder``, which is made."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, cell: Cell) -> Path:
        """Where the row of a cell lies, or will lie."""
        return self.folder / f"{cell.key}.json"

    def read(self, cell: Cell) -> dict[str, Any] | None:
        """Row of a cell, None if it was not measured yet."""
        try:
            return json.loads(self.path(cell).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write(self, cell: Cell, row: dict[str, Any]) -> None:
        """Put a row in its place; the place holds the old row or the new one at any moment."""
        _put(self.path(cell), row)

    def waiting(self, cells: Iterable[Cell], retry_errors: bool = False) -> list[Cell]:
        """Cells without a row, in order and each once; with ``retry_errors`` those whose row is an error too."""
        by_key = {}
        for cell in cells:
            if cell.key not in by_key:
                row = self.read(cell)
                done = row is not None and not (retry_errors and row["status"] == "error")
                by_key[cell.key] = None if done else cell
        return [cell for cell in by_key.values() if cell is not None]

    def table(self, cells: Iterable[Cell]) -> pd.DataFrame:
        """One row per cell that has a result or an error, in the order of ``cells``.

        Columns: key, label, dataset, the split's fields, status, error, seconds, version, what was
        measured, options, memory and machine. Labels are the cells' own: a renamed method keeps its rows.
        """
        rows = []
        for cell in cells:
            row = self.read(cell)
            if row is None:
                continue
            about = {"key": cell.key, "label": cell.label, "dataset": cell.dataset}
            split = {k: v for k, v in row["cell"]["split"].items() if k != "kind"}
            state = {"status": row["status"], "error": row["error"], "cell_seconds": row["seconds"]}
            ends = {"options": row["cell"]["options"], "memory": row.get("memory"), "machine": row["machine"]}
            rows.append(about | split | state | {"version": cell.version} | row["found"] | ends)
        return pd.DataFrame(rows)


def restore(table: pd.DataFrame, folder: str | Path) -> int:
    """Write the result files of rows that `Store.table` gathered, and return how many lacked one.

    A run whose files are gone goes on from its committed rows, in a checkout of the code that measured them.
    """
    folder, written = Path(folder), 0
    folder.mkdir(parents=True, exist_ok=True)
    names = list(table.columns)
    split_names = names[names.index("dataset") + 1 : names.index("status")]
    known = {"key", "label", "dataset", *split_names, "status", "error", "cell_seconds", "version"}
    for values in table.astype(object).to_dict("records"):
        given = {k: v for k, v in values.items() if isinstance(v, (list, dict)) or not pd.isna(v)}
        path = folder / f"{given['key']}.json"
        if path.exists():
            continue
        found = {k: v for k, v in given.items() if k not in known and k not in ("options", "memory", "machine")}
        cell = {"split": {k: given[k] for k in split_names if k in given}, "options": given.get("options", {})}
        row = {k: given[k] for k in ("key", "label", "dataset", "status")} | {"cell": cell, "found": found}
        row |= {k: given.get(k) for k in ("error", "memory", "machine")} | {"seconds": given.get("cell_seconds")}
        _put(path, row)
        written += 1
    return written


def _put(path: Path, row: dict[str, Any]) -> None:
    text = json.dumps(row)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
