"""Writes rows, tables and figures; nothing in them depends on when or where they are written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.report.figures import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RESULTS", "markdown", "markdown_of", "read_rows", "save_figure", "write_markdown", "write_rows"]

RESULTS = Path(__file__).parents[1] / "results"
ROWS = "rows.csv.gz"


def write_rows(table: pd.DataFrame, folder: Path) -> Path:
    """Write rows as compressed CSV; lists and dictionaries as JSON. No time stamp in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ROWS
    flat = table.map(lambda v: json.dumps(v, sort_keys=True) if isinstance(v, (list, dict)) else v)
    flat.to_csv(path, index=False, compression={"method": "gzip", "mtime": 0})
    return path


def read_rows(folder: Path) -> pd.DataFrame:
    """Read what `write_rows` wrote; FileNotFoundError says how rows are made."""
    path = folder / ROWS
    if not path.exists():
        raise FileNotFoundError(f"no {path}: a study's own command measures and gathers its rows")
    table = pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""])
    for column in table.columns:
        given = table[column].dropna()
        if len(given) and given.map(lambda v: isinstance(v, str) and v[:1] in ("{", "[")).all():
            table[column] = table[column].map(lambda v: json.loads(v) if isinstance(v, str) else v)
    return table


def markdown(table: pd.DataFrame, digits: int = 3, index: bool = True) -> str:
    """Return a Markdown table of rounded numbers."""
    return table.round(digits).to_markdown(index=index)


def markdown_of(parts: Iterable[Any]) -> str:
    """Paragraphs, tables (frames with their index) and links to pictures, with a blank line between."""
    return "\n\n".join(_text(part) for part in parts) + "\n"


def _text(part: Any) -> str:
    if isinstance(part, pd.DataFrame):
        return markdown(part)
    return f"![{part.caption}]({part.name})" if isinstance(part, Picture) else str(part)


def write_markdown(path: Path, *parts: Any) -> str:
    """Write parts as `markdown_of` puts them, and pictures beside the file; returns the text."""
    text = markdown_of(parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    for picture in parts:
        if isinstance(picture, Picture):
            save_figure(picture.figure, path.parent / picture.name)
    path.write_text(text, encoding="utf-8")
    return text


def save_figure(figure: Figure, path: Path) -> None:
    """Save a figure as PNG without the name and version of its software."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, metadata={"Software": None})
