"""Real beside synthetic rows: what `metrics.comparison` counted, as shapes and words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["compared"]

#: Cards shown at once; the others are folded away.
FIRST = 12
#: The plane in which a column's bars are drawn.
WIDTH, HEIGHT = 120, 40
#: Shades of the map.
SHADES = 5


def compared(folds: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Show the fold whose rows are told apart most easily, of those that have a comparison; None if none has.

    Returns
    -------
    dict or None
        ``fold``, ``n_folds`` that have one, ``rows_real``, ``rows_synthetic``, ``cards`` and ``more_cards`` (a column
        each), ``columns_left_out``, ``associations``, ``map`` (see `_map`).
    """
    having = {fold: report for fold, report in folds.items() if report.get("comparison")}
    if not having:
        return None
    worst = max(having, key=lambda fold: (having[fold]["fidelity"] or {}).get("two_sample_auc") or 0.0)
    one = having[worst]["comparison"]
    cards = [_card(column) for column in one["columns"]]
    return {
        "fold": worst,
        "n_folds": len(having),
        "rows_real": one["rows_real"],
        "rows_synthetic": one["rows_synthetic"],
        "cards": cards[:FIRST],
        "more_cards": cards[FIRST:],
        "columns_left_out": one["columns_left_out"],
        "associations": [pair | {side: _side(pair[side]) for side in ("a", "b")} for pair in one["associations"]],
        "map": one["map"] and _map(one["map"]),
    }


def _card(column: Mapping[str, Any]) -> dict[str, Any]:
    shares = {side: _shares(column[side]) for side in ("real", "synthetic")}
    card = {key: column[key] for key in ("name", "kind", "distance", "missing_real", "missing_synthetic")}
    if "levels" in column:
        names = [*column["levels"], *([f"{column['rare']} rarer"] if column["rare"] else [])]
        rows = zip(names, shares["real"], shares["synthetic"], strict=True)
        return card | {"levels": [{"name": name, "real": a, "synthetic": b} for name, a, b in rows]}
    top = max(*shares["real"], *shares["synthetic"]) or 1.0
    # A whole number is in the middle of a bar of its own: name that one.
    inside = 0.5 if column["low"] % 1 == 0.5 and column["step"] == 1 else 0.0
    ends = (column["low"] + inside, column["low"] + column["step"] * len(column["real"]) - inside)
    return card | {
        "real": _steps([share / top for share in shares["real"]], closed=True),
        "synthetic": _steps([share / top for share in shares["synthetic"]], closed=False),
        "ends": [_written(end, column["step"], column["is_date"]) for end in ends],
    }


def _side(side: Mapping[str, Any]) -> str:
    if side["is_missing"]:
        return f"{side['column']} missing"
    return side["column"] if side["level"] is None else f"{side['column']} = {side['level']}"


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _written(number: float, step: float, is_date: bool) -> str:
    """An end of the bars, with as many digits as tell it from the next bar's."""
    if is_date:
        return str(np.datetime64(math.floor(number), "D"))  # beyond 2262 too, where pandas ends
    if number == round(number) and abs(number) < 1e9:
        return f"{number:.0f}" if abs(number) < 10_000 else f"{number:,.0f}"  # 2020 may be a year
    digits = math.floor(math.log10(abs(number))) - math.floor(math.log10(step)) + 1 if number and step > 0 else 0
    return f"{number:.{min(max(4, digits), 12)}g}"


def _steps(heights: Sequence[float], *, closed: bool) -> str:
    """A path along the tops of bars, from the base line and back to it; or of the tops alone."""
    width = WIDTH / len(heights)
    tops = [f"{HEIGHT * (1 - height):.1f}" for height in heights]
    along = "".join(f"V{top}H{(k + 1) * width:.1f}" for k, top in enumerate(tops))
    return f"M0,{HEIGHT}{along}V{HEIGHT}Z" if closed else f"M0,{tops[0]}{along.removeprefix('V' + tops[0])}"


def _map(one: Mapping[str, Any]) -> dict[str, Any]:
    """Paths by shade, of either kind of rows; the darkest is the fullest cell of both, as a share of the rows."""
    cells = one["cells"]
    shares = {side: _shares(one[side]) for side in ("real", "synthetic")}
    top = max(*shares["real"], *shares["synthetic"])
    paths = {}
    for side, values in shares.items():
        by_shade = [""] * SHADES
        for k, share in enumerate(values):
            if share:
                # Square roots: cells of a single row would not be seen beside full ones.
                shade = min(SHADES - 1, int((share / top) ** 0.5 * SHADES))
                by_shade[shade] += f"M{k % cells},{cells - 1 - k // cells}h1v1h-1z"
        paths[side] = [{"opacity": (k + 1) / SHADES, "path": path} for k, path in enumerate(by_shade) if path]
    return {"cells": cells, "explained": one["explained"], **paths}
