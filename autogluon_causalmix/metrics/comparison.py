"""Real beside synthetic rows, small enough for a report: bars, associations and a map, but no row.

What is kept is counts: of numbers between round edges (never a value of a row), of categories that at
least `LEAST_ROWS` real rows have (rarer ones are counted together, without their names), and of rows in the
cells of a map. See docs/report.md for what that tells about single rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.metrics.coding import RowCoding
from autogluon_causalmix.table import Column, Kind, TypedTable

__all__ = ["LEAST_ROWS", "compare"]

#: A category that fewer real rows have could point at a person: it is not named.
LEAST_ROWS = 5
#: Columns, categories and pairs beyond these make a report long, not clear.
MAX_COLUMNS, MAX_LEVELS, MAX_PAIRS = 60, 10, 12
#: Real rows beyond this change no bar that one can see.
MAX_ROWS = 1000
#: Bars of a number, about.
BARS = 16
#: Share of real rows beyond the outermost edges on either side; they are counted in the outermost bars.
TAIL = 0.01
#: Bars reach at most so many spreads of the middle half beyond it.
REACH = 5.0
#: Cells of the map along a side.
CELLS = 20
DAY = 86_400 * 10**9


def compare(table: TypedTable, real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any]:
    """Compare rows column by column, by pairs of columns, and on a map.

    Parameters
    ----------
    table
        The columns, the target last; its rows are not read.
    real, synthetic
        Values ``(n, n_columns)``; of the real ones `MAX_ROWS` are read.

    Returns
    -------
    dict, JSON-able
        ``rows_real``, ``rows_synthetic``; ``columns``: the target, then the others from the most different
        one on, at most `MAX_COLUMNS` (``columns_left_out`` says how many more there are); ``associations``: the
        pairs whose correlation (of ranks, and of categories being taken) differs most; ``map``: rows in
        the cells of the plane of the real rows' two main axes, row by row, or None if there is no such plane.
        Either side of a pair is a column's ``level``, its being missing (``is_missing``), or its rank.

        A column has ``name``, ``kind``, ``distance`` (total variation of the bars, missing cells aside),
        ``missing_real``, ``missing_synthetic`` (shares), ``real`` and ``synthetic`` (counts), and either
        ``levels`` with ``rare`` (levels counted together in a last bar), or ``low`` and ``step`` of its bars,
        in days since 1970 if ``is_date``, and in days for a span of time.
    """
    if len(real) > MAX_ROWS:  # a stream of its own: what else is measured does not depend on this
        real = real[np.random.default_rng(0).permutation(len(real))[:MAX_ROWS]]
    columns, levels = [], {}
    for j, column in enumerate(table.columns):
        bars = (_levels if column.is_discrete else _bars)(column, real[:, j], synthetic[:, j])
        levels[j] = bars.pop("codes", None)
        told = {
            "name": str(column.name),
            "kind": str(column.kind),
            "distance": _total_variation(bars["real"], bars["synthetic"]),
            "missing_real": float(np.isnan(real[:, j]).mean()),
            "missing_synthetic": float(np.isnan(synthetic[:, j]).mean()),
        }
        columns.append(told | bars)
    target = len(columns) - 1
    order = [target, *sorted(range(target), key=lambda j: -columns[j]["distance"])][:MAX_COLUMNS]
    part = TypedTable(tuple(table.columns[j] for j in order), real[:, order])
    coding = RowCoding(part, {k: levels[j] for k, j in enumerate(order)})
    coded = coding(real[:, order]), coding(synthetic[:, order])
    return {
        "rows_real": len(real),
        "rows_synthetic": len(synthetic),
        "columns": [columns[j] for j in order],
        "columns_left_out": len(columns) - len(order),
        "associations": _associations(part, coding, *coded),
        "map": _map(*coded),
    }


def _levels(column: Column, real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any]:
    """Counts of the commonest levels, and of all others together."""
    before, after = (np.bincount(x[np.isfinite(x)].astype(int), minlength=column.n_levels) for x in (real, synthetic))
    common = np.argsort(-before, kind="stable")[:MAX_LEVELS]
    common = common[before[common] >= LEAST_ROWS]
    counts = [[*x[common].tolist(), int(x.sum() - x[common].sum())] for x in (before, after)]
    rare = int(((before + after) > 0).sum()) - int((before[common] > 0).sum())
    if not rare:
        counts = [one[:-1] for one in counts]
    names = [str(column.levels[code]) for code in common]
    return {"levels": names, "rare": rare, "real": counts[0], "synthetic": counts[1], "codes": common}


def _bars(column: Column, real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any]:
    """Counts between edges that are round numbers; what lies beyond the outermost edges is in the outermost bars."""
    is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
    real, synthetic = (_on_a_line(column, x[~np.isnan(x)]) for x in (real, synthetic))
    finite = real[np.isfinite(real)]
    if not len(finite):
        return {"low": 0.0, "step": 1.0, "is_date": is_date, "real": [len(real)], "synthetic": [len(synthetic)]}
    low, first_quarter, third_quarter, high = np.quantile(finite, [TAIL, 0.25, 0.75, 1 - TAIL])
    reach = REACH * (third_quarter - first_quarter)
    if reach > 0:  # a few huge numbers would leave one bar to all others
        low, high = max(low, first_quarter - reach), min(high, third_quarter + reach)
    step = _round_step((high - low) / BARS)
    if column.kind is not Kind.NUMERIC:
        step = max(step, 1.0)
    whole = column.kind is Kind.INTEGER and step == 1.0
    # A whole number is in the middle of a bar of its own.
    first = np.floor(low) - 0.5 if whole else np.floor(low / step) * step
    n_bars = max(1, int(np.ceil((high - first) / step + 1e-9)))
    bars = [np.clip((x - first) / step, 0, n_bars - 0.5).astype(int) for x in (real, synthetic)]
    counts = [np.bincount(bar, minlength=n_bars) for bar in bars]
    return {
        "low": float(first),
        "step": float(step),
        "is_date": is_date,
        "real": counts[0].tolist(),
        "synthetic": counts[1].tolist(),
    }


def _on_a_line(column: Column, values: np.ndarray) -> np.ndarray:
    """Numbers for values that are codes of ordered levels: days since 1970, or the long integers themselves."""
    if column.levels is None or not len(column.levels):
        return values
    if column.kind is Kind.DATETIME:
        places = pd.Series(column.levels).astype(column.dtype).dt.as_unit("ns").astype("int64").to_numpy() / DAY
    else:
        places = pd.Series(column.levels).to_numpy(dtype=np.float64)
    return np.interp(values, np.arange(len(places)), places)


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``least``."""
    if not least > 0 or not np.isfinite(least):
        return 1.0
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(power * k for k in (1, 2, 5, 10) if power * k >= least * (1 - 1e-9)))


def _total_variation(real: list[int], synthetic: list[int]) -> float:
    if not sum(real) or not sum(synthetic):
        return float(sum(real) != sum(synthetic))
    shares = [np.array(one) / sum(one) for one in (real, synthetic)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _associations(table: TypedTable, coding: RowCoding, real: np.ndarray, synthetic: np.ndarray) -> list[dict]:
    """Of every pair of columns the coordinates that differ most, and of the pairs those that differ most."""
    before, after = _correlations(real), _correlations(synthetic)
    gap = np.abs(before - after)
    owner = np.array([j for j, _ in coding.parts])
    gap[owner[:, None] >= owner] = -1.0  # each pair once, and no column with itself
    pairs, seen = [], set()
    for at in np.argsort(-gap, axis=None, kind="stable"):
        a, b = np.unravel_index(at, gap.shape)
        if gap[a, b] <= 0 or len(pairs) == MAX_PAIRS:
            break
        if (owner[a], owner[b]) not in seen:
            seen.add((owner[a], owner[b]))
            sides = [_side(table.columns[coding.parts[k][0]], coding.parts[k][1]) for k in (a, b)]
            correlations = {"real": float(before[a, b]), "synthetic": float(after[a, b])}
            pairs.append({"a": sides[0], "b": sides[1]} | correlations)
    return pairs


def _side(column: Column, level: int | None) -> dict[str, Any]:
    has_name = level is not None and level >= 0
    return {
        "column": str(column.name),
        "level": str(column.levels[level]) if has_name else None,
        "is_missing": level is not None and level < 0,
    }


def _correlations(coded: np.ndarray) -> np.ndarray:
    """Correlation matrix; 0 for a coordinate that does not vary."""
    centred = coded - coded.mean(axis=0)
    std = centred.std(axis=0)
    scaled = centred / np.where(std > 1e-12, std, np.inf)
    return scaled.T @ scaled / len(scaled)


def _map(real: np.ndarray, synthetic: np.ndarray) -> dict[str, Any] | None:
    """Rows in the cells of the plane of the real rows' two main axes."""
    middle = real.mean(axis=0)
    variances, axes = np.linalg.eigh((real - middle).T @ (real - middle) / len(real))
    if len(variances) < 2 or variances[-2] <= 1e-12:
        return None
    axes = axes[:, [-1, -2]]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])  # an axis has no direction of its own
    points = [(rows - middle) @ axes for rows in (real, synthetic)]
    low, high = np.quantile(np.concatenate(points), [TAIL, 1 - TAIL], axis=0)
    counts = []
    for one in points:
        cell = np.clip(((one - low) / np.maximum(high - low, 1e-12) * CELLS).astype(int), 0, CELLS - 1)
        counts.append(np.bincount(cell[:, 1] * CELLS + cell[:, 0], minlength=CELLS**2).tolist())
    shares = variances[[-1, -2]] / variances.sum()
    return {"cells": CELLS, "real": counts[0], "synthetic": counts[1], "explained": shares.tolist()}
