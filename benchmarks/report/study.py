"""A study's report: its question, where its rows come from, what failed, and the body that it names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.grid.machine import sentence
from benchmarks.report.results import Results
from benchmarks.report.writer import ROWS, read_rows, write_markdown

if TYPE_CHECKING:
    from benchmarks.studies.study import Study

__all__ = ["write_report"]


def write_report(study: Study, folder: Path) -> str:
    """Write ``folder/report.md`` from ``folder/rows.csv.gz`` and from those of sister studies; returns the text."""
    rows = read_rows(folder)
    beside = {name: folder.parent / name for name in study.sisters}
    results = Results(rows, study, {name: read_rows(at) for name, at in beside.items() if (at / ROWS).exists()})
    module, _, name = study.report.partition(":")
    body = getattr(importlib.import_module(module), name)(results) if len(results.good) else ["No cell was measured."]
    return write_markdown(
        folder / "report.md", f"# {study.question}", _about(rows, study.n_cells), *body, *_errors(rows)
    )


def _about(rows: pd.DataFrame, declared: int) -> str:
    failed = int((rows["status"] == "error").sum())
    machines = list(dict.fromkeys(sentence(machine) for machine in rows["machine"].dropna()))
    versions = ", ".join(dict.fromkeys(rows["version"]))
    of_tables = f"{rows['dataset'].nunique()} tables, {rows['fold'].nunique()} folds, {rows['label'].nunique()} methods"
    return (
        f"{len(rows)} cells of {declared} in the whole study ({of_tables}), {failed} failed. Code {versions}. "
        f"{' '.join(machines)}"
    )


def _errors(rows: pd.DataFrame) -> list[str]:
    failed = rows[rows["status"] == "error"]
    lines = [
        f"- {row.label}, {row.dataset}, fold {row.fold}: {str(row.error).splitlines()[0]}"
        for row in failed.itertuples()
    ]
    return ["Failed cells:", "\n".join(lines)] if lines else []
