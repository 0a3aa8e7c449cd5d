"""Options of a cell that are no options of a fit: what `protocol.whole_measures` does before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.protocol.methods import Setting, causalmix

__all__ = ["FILLER", "GRAPH", "filling", "knowing"]

#: Whether the true graph of a simulated table is stated; the generator whose rows fill missing numbers, None for none.
GRAPH, FILLER = "true_graph", "cells_from"


def knowing(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Resolved options of CAUSALMIX, and whether the true graph is stated."""
    return _marked(GRAPH, False, hyperparameters, setting)


def filling(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Resolved options of CAUSALMIX, and what fills missing numbers."""
    return _marked(FILLER, None, hyperparameters, setting)


def _marked(name: str, default: Any, hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    given = dict(hyperparameters)
    mark = given.pop(name, default)
    return causalmix(given, setting) | {name: mark}
