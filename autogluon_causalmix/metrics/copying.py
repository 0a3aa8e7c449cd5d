"""Whether synthetic rows repeat themselves or the rows that their generator learned from."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.metrics.coding import RowCoding
from autogluon_causalmix.table import TypedTable

__all__ = ["closer_to_training", "diversity", "finite", "lost_levels"]

#: A level counts as lost if as many draws from the training rows had missed it with less than this probability.
BY_CHANCE = 0.001


def finite(rows: np.ndarray) -> np.ndarray:
    """Missing values as a value below all others, infinities as very large numbers."""
    finite = np.where(np.isfinite(rows), rows, np.nan)
    low = np.nanmin(finite, axis=0, initial=0.0, where=np.isfinite(finite)) - 1.0
    return np.where(np.isnan(rows), low, np.clip(rows, -1e30, 1e30))


def diversity(synthetic: np.ndarray, training: np.ndarray) -> float:
    """Different rows among the synthetic ones, over those of as many draws from ``training``; at most 1.

    Few: the generator has collapsed onto some rows, which the two-sample test does not see.
    """
    n, pool = len(synthetic), len(np.unique(finite(training), axis=0))
    expected = pool * (1.0 - (1.0 - 1.0 / pool) ** n)
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

    Distances are Euclidean over ranks in [0, 1], category indicators and missing values; ties count half.
    """
    from sklearn.neighbors import NearestNeighbors

    sides, coded = (training, real), RowCoding(table)
    near = [NearestNeighbors(n_neighbors=1).fit(coded(side)).kneighbors(coded(synthetic))[0][:, 0] for side in sides]
    share = float(np.mean((near[0] < near[1]) + 0.5 * (near[0] == near[1])))
    by_chance = len(training) / (len(training) + len(real))
    return 0.5 * share / by_chance if share <= by_chance else 0.5 + 0.5 * (share - by_chance) / (1 - by_chance)
