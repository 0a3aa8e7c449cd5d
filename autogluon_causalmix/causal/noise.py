"""Exogenous noise that is dependent: a Gaussian copula over the nodes of a structural causal model.

The paper's noise is independent, which says that no two columns have a cause that is not in the
table. Correlated noise stands for such latent confounding.

What is observed of a node's noise is an interval of the normal distribution: that of the observed category in
the cumulative probabilities, or that of a residual's rank, ties sharing theirs. The mean of the normal variable over
its interval is the row's score. Scores are less correlated than the noise behind them, the more so the coarser they
are, so a pair's correlation is the one under which scores vary together as they were seen to: for bivariate normal
variables of correlation r (Mehler's series) their covariance is the sum over k of ``r**k * a_k * b_k``, where
``a_k`` is the mean over the rows of score times mean k-th Hermite polynomial over the interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from scipy.special import eval_hermitenorm, ndtri

from autogluon_causalmix.causal.nodes import Node, rows_to_learn_from

__all__ = ["NOISES", "NoiseScores", "copula_factor", "noise_of", "quantiles"]

NOISES = ("independent", "dependent")
#: Terms of Mehler's series.
TERMS = 12
#: Correlations that are tried, denser at the ends; fewer rows that know both nodes say nothing of theirs.
CORRELATIONS, LEAST_ROWS = np.tanh(np.linspace(-4.0, 4.0, 401)), 10
#: Variance that every direction keeps of a matrix of correlations that were found pair by pair.
LEAST_VARIANCE = 1e-6


@dataclass(frozen=True)
class NoiseScores:
    """Mean Hermite polynomials of the noise ``(n, n_nodes, TERMS)``, 0 where ``known`` ``(n, n_nodes)`` is not."""

    polynomials: np.ndarray
    known: np.ndarray


def noise_of(model: Any, dag: nx.DiGraph, nodes: list[Node]) -> tuple[NoiseScores, dict[int, np.ndarray]]:
    """Read the nodes' noise from the rows that they were fitted to.

    A numeric node's noise is its residual, a categorical one's the place of the observed category in the
    cumulative probabilities. It is known of the rows that a node learned from (`nodes.rows_to_learn_from`).

    Parameters
    ----------
    model
        ``dowhy.gcm.StructuralCausalModel`` with fitted mechanisms.

    Returns
    -------
    The noise, and every numeric node's residuals, one a row it learned from.
    """
    n, p = len(nodes[0].encoded), len(nodes)
    polynomials, known_rows, residuals = np.zeros((n, p, TERMS)), np.zeros((n, p), dtype=bool), {}
    for j, node in enumerate(nodes):
        parents = sorted(dag.predecessors(j))
        X = np.stack([nodes[k].encoded for k in parents], axis=1) if parents else None
        rows = rows_to_learn_from(node, [nodes[k] for k in parents])
        if node.is_discrete:
            codes = node.encoded.astype(np.int64)
            chances = np.tile(node.shares, (n, 1)) if X is None else model.causal_mechanism(j).estimate_probabilities(X)
            high = chances.cumsum(axis=1)[np.arange(n), codes]
            low = high - chances[np.arange(n), codes]
        else:
            own, shared = (
                known if X is None else model.causal_mechanism(j).estimate_noise(known, X[rows]).ravel()
                for known in (node.own[rows], node.encoded[rows])
            )
            residuals[j], ordered = own, np.sort(shared)
            low, high = (np.searchsorted(ordered, shared, side=side) / len(ordered) for side in ("left", "right"))
        polynomials[rows, j], known_rows[:, j] = _mean_polynomials(low, high), rows
    return NoiseScores(polynomials, known_rows), residuals


def _mean_polynomials(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Means ``(n, TERMS)`` of the normalised Hermite polynomials 1, 2, ... between two ranks of a normal variable."""
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    ends = [np.clip(ndtri(rank), -38.0, 38.0) for rank in (low, high)]  # where the density is 0 in float64
    width = np.maximum(high - low, 1e-12)
    means = np.empty((len(low), TERMS))
    for k in range(1, TERMS + 1):
        at_low, at_high = (eval_hermitenorm(k - 1, z) * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) for z in ends)
        means[:, k - 1] = (at_low - at_high) / width / math.sqrt(math.factorial(k))
    return means


def copula_factor(noise: NoiseScores) -> np.ndarray:
    """Return ``L`` ``(p, p)`` such that ``L @ L.T`` is the correlation of the nodes' noise.

    It is shrunk towards none as much as Ledoit and Wolf's rule shrinks the scores' covariance.
    """
    from sklearn.covariance import ledoit_wolf

    scores, known = noise.polynomials[:, :, 0], noise.known.astype(np.float64)
    both = known.T @ known
    covariance = (scores.T @ scores) / np.maximum(both, 1.0)
    own = np.einsum("nj,njk->jk", scores, noise.polynomials) / np.maximum(known.sum(axis=0), 1.0)[:, None]
    powers = CORRELATIONS[:, None] ** np.arange(1, TERMS + 1)
    correlation = np.eye(len(own))
    for i in range(1, len(own)):
        expected = powers @ (own[i] * own[:i]).T  # (n_correlations, i)
        found = CORRELATIONS[np.abs(expected - covariance[i, :i]).argmin(axis=0)]
        correlation[i, :i] = correlation[:i, i] = np.where(both[i, :i] < LEAST_ROWS, 0.0, found)
    spread = scores.std(axis=0)
    _, shrinkage = ledoit_wolf(scores / np.where(spread > 0, spread, 1.0))
    correlation = (1.0 - shrinkage) * correlation + shrinkage * np.eye(len(own))
    values, vectors = np.linalg.eigh(correlation)
    factor = vectors * np.sqrt(np.maximum(values, LEAST_VARIANCE))
    return factor / np.linalg.norm(factor, axis=1, keepdims=True)


def quantiles(values: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Observed values at the ranks ``uniform`` ``(n,)`` in [0, 1]."""
    ordered = np.sort(values)
    return ordered[np.minimum((uniform * len(ordered)).astype(np.int64), len(ordered) - 1)]
