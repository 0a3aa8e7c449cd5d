"""What the families draw from: random features and random activations."""

from __future__ import annotations

import numpy as np

__all__ = ["ACTIVATIONS", "random_inputs", "random_levels", "standardise"]

ACTIVATIONS = (
    np.tanh,
    np.sin,
    np.abs,
    np.square,
    np.sign,
    lambda z: np.maximum(z, 0),
    lambda z: np.maximum(z, 0.1 * z),
    lambda z: z,
    lambda z: z,
    lambda z: np.exp(-np.square(z)),
    lambda z: 1 / (1 + np.exp(-3 * np.clip(z, -10, 10))),
    lambda z: np.log1p(np.abs(z)),
    lambda z: np.round(z),
    lambda z: z * np.abs(z),
    lambda z: np.cos(2 * z),
    lambda z: np.minimum(np.abs(z), 1.0),
    lambda z: np.mod(z, 1.0),
)


def standardise(z: np.ndarray) -> np.ndarray:
    return (z - z.mean(axis=1, keepdims=True)) / (z.std(axis=1, keepdims=True) + 1e-6)


def random_inputs(rng: np.random.Generator, b: int, n: int, f: int) -> np.ndarray:
    """Random features: independent or correlated, normal, uniform or skewed."""
    kind = rng.integers(4)
    if kind == 0:
        return rng.standard_normal((b, n, f))
    if kind == 1:
        return rng.random((b, n, f)) * 2 - 1
    rank = int(rng.integers(1, f + 1))
    z = rng.standard_normal((b, n, rank)) @ rng.standard_normal((b, rank, f))
    z = standardise(z + rng.uniform(0.05, 1.0) * rng.standard_normal((b, n, f)))
    return z if kind == 2 else np.exp(0.5 * z)


def random_levels(rng: np.random.Generator, b: int, n: int, f: int, most: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Categories that are balanced or not, independent or tied to each other by hidden groups of rows.

    Returns
    -------
    (codes, n_levels)
        Int64 codes ``(b, n, f)`` and the number of levels of each column ``(f,)``, 2 to ``most``.
    """
    if rng.random() < 0.5:
        n_levels = np.full(f, min(most, int(rng.choice([2, 2, 3, 3, 4, 5]))))
    else:
        n_levels = rng.integers(2, most + 1, f)
    groups = int(rng.choice([1, 1, 1, 2, 3, 5]))
    weights = rng.gamma(rng.choice([0.7, 2.0, 8.0]), size=(b, groups, f, n_levels.max())) + 1e-3
    weights *= np.arange(n_levels.max()) < n_levels[:, None]
    shares = (weights / weights.sum(axis=-1, keepdims=True)).cumsum(axis=-1)[..., :-1]
    if groups == 1:
        cuts = shares[:, :1]
    else:
        cuts = shares[np.arange(b)[:, None], rng.integers(0, groups, (b, n))]
    # A last cut may end just below 1 by rounding: no code above a column's levels.
    codes = (rng.random((b, n, f))[..., None] > cuts).sum(axis=-1)
    return np.minimum(codes, n_levels - 1), n_levels
