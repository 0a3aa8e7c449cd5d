"""Whether synthetic rows repeat themselves or the rows that their generator learned from."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.metrics.coding import RowCoding
from autogluon_causalmix.table import TypedTable

__all__ = ["closer_to_training", "diversity", "finite", "lost_levels"]

#: A level counts as lost if as many draws from the training rows had missed it with less than this probability.
BY_CHANCE = 0.001
#: Distances that differ by less are the same, up to rounding.
SAME_DISTANCE = 1e-7
#: Distances that are held at once.
CELLS_AT_ONCE = 2_000_000


def finite(rows: np.ndarray) -> np.ndarray:
    """Missing values as a value below all others, infinities as very large numbers."""
    finite = np.where(np.isfinite(rows), rows, np.nan)
    low = np.nanmin(finite, axis=0, initial=0.0, where=np.isfinite(finite)) - 1.0
    return np.where(np.isnan(rows), low, np.clip(rows, -1e30, 1e30))


def diversity(synthetic: np.ndarray, training: np.ndarray) -> float:
    """Different rows among the synthetic ones, over those of as many draws from ``training``; at most 1.

    Few: the generator has collapsed onto some rows, which the two-sample test does not see.
    """
    _, counts = np.unique(finite(training), axis=0, return_counts=True)
    expected = (1.0 - (1.0 - counts / len(training)) ** len(synthetic)).sum()
    return min(1.0, len(np.unique(finite(synthetic), axis=0)) / expected)


def lost_levels(table: TypedTable, training: np.ndarray, synthetic: np.ndarray) -> dict[str, list[str]]:
    """Levels of discrete columns, by column, that training rows have and synthetic ones lack, beyond chance."""
    lost = {}
    for j, column in enumerate(table.columns):
        if column.is_discrete:
            before, after = (
                np.bincount(x[np.isfinite(x)].astype(int), minlength=column.n_levels)
                for x in (training[:, j], synthetic[:, j])
            )
            missed = (1.0 - before / len(training)) ** len(synthetic)
            gone = [str(column.levels[k]) for k in np.flatnonzero((after == 0) & (missed < BY_CHANCE))]
            if gone:
                lost[str(column.name)] = gone
    return lost


def closer_to_training(table: TypedTable, training: np.ndarray, real: np.ndarray, synthetic: np.ndarray) -> float:
    """Share of synthetic rows nearer to training than to unseen rows; see `fidelity.Fidelity`.

    Distances are Euclidean over ranks in [0, 1], category indicators and missing values. Where rows of both
    sides are as near, a synthetic row counts by the training rows' share of those that are nearest: the
    expectation is then that of chance for fresh rows, however many of a coarse table's rows are alike.
    """
    from sklearn.neighbors import NearestNeighbors

    levels, (training, real) = _levels_apart(table, synthetic, (training, real))
    coded = RowCoding(table, levels)
    sides, rows = [coded(training), coded(real)], coded(synthetic)
    near = [NearestNeighbors(n_neighbors=1).fit(side).kneighbors(rows)[0][:, 0] for side in sides]
    tied = np.abs(near[0] - near[1]) <= SAME_DISTANCE
    closer = (near[0] < near[1]).astype(float)
    closer[tied] = _share_of_nearest(sides[0], sides[1], rows[tied])
    share = float(closer.mean())
    by_chance = len(training) / (len(training) + len(real))
    return 0.5 * share / by_chance if share <= by_chance else 0.5 + 0.5 * (share - by_chance) / (1 - by_chance)


def _levels_apart(
    table: TypedTable, synthetic: np.ndarray, others: tuple[np.ndarray, ...]
) -> tuple[dict[int, np.ndarray], list[np.ndarray]]:
    """Levels that need an indicator, by column, and ``others`` with one level for all that no synthetic row has.

    These are all as far from synthetic rows: ten thousand post codes take the memory of those that were drawn.
    """
    levels, merged = {}, [side.copy() for side in others]
    for j, column in enumerate(table.columns):
        if not column.is_discrete:
            continue
        drawn = np.unique(synthetic[:, j][~np.isnan(synthetic[:, j])]).astype(int)
        absent = np.setdiff1d(np.arange(column.n_levels), drawn)
        levels[j] = np.append(drawn, absent[:1])
        for side in merged:
            side[np.isin(side[:, j], absent), j] = absent[0] if len(absent) else np.nan
    return levels, merged


def _share_of_nearest(first: np.ndarray, second: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of the rows of both that are nearest to each of ``rows`` ``(n, d)``, the share that ``first`` has."""
    from scipy.spatial.distance import cdist

    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    shares = np.empty(len(distinct))
    at_once = max(1, CELLS_AT_ONCE // (len(first) + len(second)))
    for begin in range(0, len(distinct), at_once):
        some = slice(begin, begin + at_once)
        distances = [cdist(distinct[some], side) for side in (first, second)]
        nearest = np.minimum(distances[0].min(axis=1), distances[1].min(axis=1))[:, None] + SAME_DISTANCE
        counts = [(one <= nearest).sum(axis=1) for one in distances]
        shares[some] = counts[0] / (counts[0] + counts[1])
    return shares[which.reshape(-1)]
