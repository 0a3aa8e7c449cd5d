"""In which order do a category's levels lie, as other columns see them?

Dependent noise takes a category for a normal variable that is cut into intervals, one a level: what goes along with
it does so in their order. By frequency, both ends of a scale would lie side by side. So levels are ordered by the
first axis of a correspondence analysis of the column with all others (Greenacre, Correspondence Analysis in
Practice): of a scale that others go along with, that is its own order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from autogluon_causalmix.causal.nodes import Node

__all__ = ["order_levels"]

#: So many of its most frequent levels stand for a category where another one is ordered: more cost time.
SEEN_LEVELS = 5


def order_levels(nodes: Sequence[Node], copies: Collection[int] = ()) -> None:
    """Order the levels of every category of three or more, in place; before anything is learned of the nodes.

    Positions in ``copies`` are of columns that repeat another one, of which they tell nothing new.
    """
    seen = [_scores(node, 0 if j in copies else SEEN_LEVELS) for j, node in enumerate(nodes)]
    ends = np.cumsum([scores.shape[1] for scores in seen])
    every = np.concatenate(seen, axis=1)
    orders = {}
    for j, node in enumerate(nodes):
        if node.is_discrete and node.n_levels > 2 and len(nodes) > 1:
            own = _scores(node, len(node.kept))
            others = np.delete(np.arange(ends[-1]), np.arange(ends[j] - seen[j].shape[1], ends[j]))
            if not len(others):
                continue
            left, _, _ = np.linalg.svd(own.T @ every[:, others] / len(own), full_matrices=False)
            axis = left[:, 0] / np.sqrt(node.shares[: len(node.kept)])
            orders[j] = np.argsort(axis * np.sign(axis[np.abs(axis).argmax()]), kind="stable")
    for j, order in orders.items():  # after all were looked at
        nodes[j].reorder(order)


def _scores(node: Node, most: int) -> np.ndarray:
    """Standardised scores ``(n, k)``: a number's own, a category's first ``most`` levels as indicators."""
    if not node.is_discrete:
        return node.encoded[:, None][:, :most]
    shares = node.shares[:most]
    return ((node.encoded[:, None] == np.arange(len(shares))) - shares) / np.sqrt(shares)
