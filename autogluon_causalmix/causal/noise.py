"""Exogenous noise that is dependent: a Gaussian copula over the nodes of a structural causal model.

The paper's noise is independent, which says that no two columns have a cause that is not in the
table. Correlated noise stands for such latent confounding.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from scipy.special import ndtri

from autogluon_causalmix.causal.nodes import Node, rows_to_learn_from

__all__ = ["NOISES", "copula_factor", "noise_of", "quantiles"]

NOISES = ("independent", "dependent")


def noise_of(
    model: Any, dag: nx.DiGraph, nodes: list[Node], rng: np.random.Generator
) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """Read the nodes' noise from the rows that they were fitted to.

    A numeric node's noise is its residual, a categorical one's the (randomised) place of the
    observed category in the cumulative probabilities. A row that a numeric node did not learn from
    (`nodes.rows_to_learn_from`) has the middle score, 0, there.

    Parameters
    ----------
    model
        ``dowhy.gcm.StructuralCausalModel`` with fitted mechanisms.

    Returns
    -------
    Normal scores ``(n, n_nodes)`` of the noise, and every numeric node's residuals, one a row it learned from.
    """
    n, p = len(nodes[0].encoded), len(nodes)
    scores, residuals = np.zeros((n, p)), {}
    for j, node in enumerate(nodes):
        parents = sorted(dag.predecessors(j))
        X = np.stack([nodes[k].encoded for k in parents], axis=1) if parents else None
        if node.is_discrete:
            codes = node.encoded.astype(np.int64)
            if X is None:
                shares = np.bincount(codes, minlength=node.n_levels) / n
                chances = np.tile(shares, (n, 1))
            else:
                chances = model.causal_mechanism(j).estimate_probabilities(X)
            observed = chances[np.arange(n), codes]
            place = chances.cumsum(axis=1)[np.arange(n), codes] - rng.random(n) * observed
        else:
            rows = rows_to_learn_from(node, [nodes[k] for k in parents])
            known = node.encoded[rows]
            noise = known if X is None else model.causal_mechanism(j).estimate_noise(known, X[rows])
            residuals[j] = np.asarray(noise, dtype=np.float64).ravel()
            order = np.lexsort((rng.random(len(known)), residuals[j]))
            place = np.full(n, 0.5)
            place[np.flatnonzero(rows)[order]] = (np.arange(len(known)) + 0.5) / len(known)
        scores[:, j] = ndtri(np.clip(place, 0.5 / n, 1 - 0.5 / n))
    return scores, residuals


def copula_factor(scores: np.ndarray) -> np.ndarray:
    """Return ``L`` ``(p, p)`` such that ``L @ L.T`` is the correlation of ``scores`` ``(n, p)``.

    The covariance is shrunk by Ledoit and Wolf's rule.
    """
    from sklearn.covariance import ledoit_wolf

    covariance, _ = ledoit_wolf(scores)
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    return vectors * np.sqrt(np.maximum(values, 0.0))


def quantiles(values: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Observed values at the ranks ``uniform`` ``(n,)`` in [0, 1]."""
    ordered = np.sort(values)
    return ordered[np.minimum((uniform * len(ordered)).astype(np.int64), len(ordered) - 1)]
