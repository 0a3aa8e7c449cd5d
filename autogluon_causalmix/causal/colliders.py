"""Which of the triples that look like colliders does a table tell to be ones?

PC calls ``i - k - j`` a collider where i and j were separated without k. On few rows that is weak: of a chain of
moderate effects the ends are seldom seen to depend on each other, and the chain would be called a collider, whose
ends are independent in every row that is drawn from it. But given a collider its causes depend on each other, which
the ends of a chain do not. A triple without that sign is left open.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.causal.independence import Blocks, p_values

__all__ = ["told_apart"]


def told_apart(
    blocks: Blocks, rows: np.ndarray, triples: np.ndarray, separators: dict, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colliders whose ends depend on each other given the middle, and the triples of which nothing is told.

    Parameters
    ----------
    rows
        Positions of the rows that are tested.
    triples
        From `orientation.unshielded_colliders`, ``(n, 3)``.
    separators
        What separated the ends; the test is given that and the middle.
    alpha
        Level of the test.

    Returns
    -------
    Two parts of ``triples``.
    """
    if not len(triples):
        return triples, triples
    given = [(*separators[min(i, j), max(i, j)], k) for i, k, j in triples.tolist()]
    depth, told = np.array([len(columns) for columns in given], dtype=int), np.zeros(len(triples), dtype=bool)
    correlation, n_rows = blocks.correlation(rows), blocks.n_known(rows)
    for size in np.unique(depth):
        at = np.flatnonzero(depth == size)
        sets = np.array([given[t] for t in at], dtype=int)
        # Of an end that is all but a copy of the middle nothing can be told.
        p, _ = p_values(blocks, correlation, n_rows, triples[at, 0], triples[at, 2], sets, untested=1.0)
        told[at] = p <= alpha
    return triples[told], triples[~told]
