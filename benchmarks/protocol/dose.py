"""What the study of dose and response measures: a fit whose generator may be told which table it is for."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any

from autogluon_causalmix.generators.catalogue import maker_of
from benchmarks.grid.cell import Cell
from benchmarks.protocol.methods import Setting, causalmix

__all__ = ["dose", "told", "tuned_with_truth"]

MORE = "more_real_rows"


def dose(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Resolved options of CAUSALMIX, and the share of real rows that join the training rows.

    The table that a generator of `protocol.true_graphs` is for is in the cell already, by its content, and is
    given to it by `tuned_with_truth`.
    """
    given = dict(hyperparameters)
    more = float(given.pop(MORE, 0.0))
    return causalmix(given, setting) | {MORE: more}


def told(cell: Cell) -> Cell:
    """Return the cell as a fit sees it: the generator knows the table, the split the real rows that join it."""
    options = dict(cell.options)
    if "table" in inspect.signature(maker_of(options["generator"])).parameters:
        options["generator_options"] = {**options["generator_options"], "table": cell.dataset}
    return dataclasses.replace(cell, options=options, split=dataclasses.replace(cell.split, more=options[MORE]))


def tuned_with_truth(cell: Cell) -> dict[str, Any]:
    """Measure as `measures.fine_tuned` does."""
    from benchmarks.protocol.measures import fine_tuned

    return fine_tuned(told(cell))
