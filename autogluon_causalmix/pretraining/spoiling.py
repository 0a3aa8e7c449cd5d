"""What real tables do to their columns: few values, noise, copies and missing cells."""

from __future__ import annotations

import numpy as np

__all__ = ["discretise", "gaps", "spoil"]

#: A column of fewer distinct values may be a category: a gap may then be a level of its own.
FEW_VALUES = 10


def discretise(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Turn a random share of columns into 2 to 20 ordered or shuffled levels; those that are codes already stay.

    A code cut by its rank would be torn: rows of one level would fall into two, by chance.
    """
    b, n, f = x.shape
    share = rng.choice([0.0, 0.2, 0.5, 1.0], p=[0.35, 0.25, 0.25, 0.15])
    chosen = (rng.random(f) < share) & (x != np.round(x)).any(axis=(0, 1))
    for j in np.flatnonzero(chosen):
        levels = int(rng.choice([2, 2, 3, 4, 5, 6, 8, 10, 20]))
        cuts = np.sort(rng.dirichlet(np.full(levels, 2.0), size=b).cumsum(axis=1)[:, :-1], axis=1)
        ranks = x[..., j].argsort(axis=1).argsort(axis=1) / n
        codes = (ranks[..., None] >= cuts[:, None, :]).sum(axis=-1)
        if levels <= 10 and rng.random() < 0.5:  # nominal: codes carry no order
            order = rng.permuted(np.tile(np.arange(levels), (b, 1)), axis=1)
            codes = np.take_along_axis(order, codes, axis=1)
        x[..., j] = codes
    return x


def gaps(rng: np.random.Generator, x: np.ndarray, kind: str) -> np.ndarray:
    """Which cells are missing: bool ``(b, n, f)``, in a random share of columns.

    ``kind`` says what a cell's chance of being missing depends on: "mcar" nothing, "mar" another
    column's value (of the complete table), "mnar" its own.
    """
    b, n, f = x.shape
    affected = rng.random((b, 1, f)) < rng.choice([0.15, 0.4, 0.8])
    rate = rng.uniform(0.0, 0.4, (b, 1, f)) * affected
    if kind == "mcar":
        return rng.random(x.shape) < rate
    driver = x if kind == "mnar" else x[..., [rng.integers(f)]]
    ranks = (driver.argsort(axis=1).argsort(axis=1) + 0.5) / n
    ranks = np.where(rng.random((b, 1, f)) < 0.5, ranks, 1 - ranks)
    steepness = rng.choice([1.0, 3.0, 10.0])
    return rng.random(x.shape) < np.minimum(0.98, rate * (steepness + 1) * ranks**steepness)


def _fill(rng: np.random.Generator, x: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Present gaps as `finetune.encoding.FeatureEncoder` does: the mean of what is there or, in
    categories, a level below all others.
    """
    there = np.where(missing, np.nan, x)
    there[:, 0] = x[:, 0]  # no column is wholly missing
    missing = np.isnan(there)
    mean = np.nanmean(there, axis=1, keepdims=True)
    ordered = np.sort(x, axis=1)
    few = (np.diff(ordered, axis=1) > 0).sum(axis=1, keepdims=True) < FEW_VALUES - 1
    is_category = few & (rng.random((1, 1, x.shape[2])) < 0.6)
    return np.where(missing, np.where(is_category, ordered[:, :1] - 1, mean), x)


def spoil(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Add what real tables have: columns that say nothing, noisy copies of others, gaps."""
    b, n, f = x.shape
    if rng.random() < 0.35:  # the column keeps its marginal, loses its rows
        for j in np.flatnonzero(rng.random(f) < rng.uniform(0.0, 0.5 if f < 15 else 0.85)):
            x[..., j] = rng.permuted(x[..., j], axis=1)
    if f > 2 and rng.random() < 0.15:
        source, target = rng.choice(f, size=2, replace=False)
        x[..., target] = x[..., source] + 0.2 * rng.random() * rng.standard_normal((b, n)) * x[..., source].std()
    if rng.random() < 0.3:
        x = _fill(rng, x, gaps(rng, x, str(rng.choice(["mcar", "mar", "mnar"]))))
    return x
