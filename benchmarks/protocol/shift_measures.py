"""What is measured of a shift itself, without a model; imported by workers only."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.shift_size import shift_size

__all__ = ["size"]


def size(cell: Cell) -> dict[str, Any]:
    """Size of the cell's shift; its options are ``seed`` and ``draws``, as `shift_size` takes them.

    Returns
    -------
    Fields of `ShiftSize`, what is held out, the number of domains in it, and the rows of the four parts.
    """
    parts = cell.split.draw(read(cell.dataset, cell.content), cell.dataset)
    rng = np.random.default_rng(cell.options["seed"])
    return shift_size(parts, rng, cell.options["draws"]).to_dict() | {
        "held_out": parts.held_out,
        "held_out_domains": parts.domains.nunique(),
        "rows_of_parts": [len(part) for part in (parts.train, parts.validation, parts.test, parts.shifted)],
    }
