"""Families with sharp local boundaries, and classes whose columns are points of a curve.

Each takes ``(rng, b, n, f, c, noise)`` as every family does; see `families`.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.pretraining.inputs import random_inputs, standardise

__all__ = ["curves", "regions"]


def _cells(rng: np.random.Generator, z: np.ndarray, c: int) -> np.ndarray:
    """The class of the nearest of some sites (Voronoi cells); every class has a site."""
    b, n, d = z.shape
    n_sites = c * int(np.ceil(np.exp(rng.uniform(0, np.log(10)))))
    sites = z[np.arange(b)[:, None], rng.integers(0, n, (b, n_sites))] + 0.3 * rng.standard_normal((b, n_sites, d))
    scale = np.exp(0.4 * rng.standard_normal((b, 1, d)))
    z, sites = z * scale, sites * scale
    distance = (sites**2).sum(axis=-1)[:, None] - 2 * z @ sites.transpose(0, 2, 1)
    return distance.argmin(axis=-1) % c


def _checkers(rng: np.random.Generator, z: np.ndarray, c: int) -> np.ndarray:
    """Squares of a board with ``c`` colours in up to two dimensions, or stripes in one."""
    z = z[..., :2]
    b, _, d = z.shape
    squares = np.floor(z * rng.uniform(0.5, 2.0 if d == 1 else 1.2, (b, 1, d)) + rng.random((b, 1, d)))
    return squares.sum(axis=-1).astype(np.int64) % c


def _stripes(rng: np.random.Generator, z: np.ndarray, c: int) -> np.ndarray:
    """Bands across a random direction."""
    b, _, d = z.shape
    along = standardise(z @ rng.standard_normal((b, d, 1)))[..., 0]
    return np.floor(along * rng.uniform(0.5, 1.5, (b, 1)) + rng.random((b, 1))).astype(np.int64) % c


def _spirals(rng: np.random.Generator, z: np.ndarray, c: int) -> np.ndarray:
    """Rings round a point or, with turns, arms of a spiral."""
    b, _, d = z.shape
    z = z - 0.5 * rng.standard_normal((b, 1, d))
    radius = np.sqrt((z**2).mean(axis=-1))
    turns = rng.integers(0, 2, (b, 1)) * c if d > 1 else 0
    angle = np.arctan2(z[..., 0], z[..., -1]) / (2 * np.pi)
    return np.floor(radius * rng.uniform(1.0, 2.5, (b, 1)) + turns * angle).astype(np.int64) % c


def regions(rng, b, n, f, c, noise):
    """The space of a few columns is cut into regions with sharp borders, each wholly of one class."""
    x = random_inputs(rng, b, n, f)
    used = rng.permutation(f)[: int(rng.integers(1, min(f, int(rng.choice([3, 6, 16]))) + 1))]
    z = standardise(x[..., used])
    kind = rng.random()
    cut = _cells if kind < 0.6 else _checkers if kind < 0.72 else _stripes if kind < 0.86 else _spirals
    return x, None, cut(rng, z, c)


def curves(rng, b, n, f, c, noise):
    """Rows are curves seen at ``f`` points: a class has a mean curve, a row deviates from it smoothly.

    Digits, spectra and signals are such tables: many columns, few degrees of freedom.
    """
    order = int(rng.integers(3, 13))
    at = rng.random(f) if rng.random() < 0.5 else np.linspace(0, 1, f)
    waves = np.cos(np.pi * np.arange(order)[:, None] * at + np.pi * rng.random((order, 1)))
    waves *= (np.arange(order)[:, None] + 1.0) ** -rng.uniform(0.0, 1.0)
    y = rng.integers(0, c, (b, n))
    cluster = y + c * rng.integers(0, int(rng.integers(1, 4)), (b, n))
    means = rng.standard_normal((b, cluster.max() + 1, order)) * rng.uniform(0.4, 2.0)
    deviations = rng.standard_normal((b, n, order)) * np.exp(0.5 * rng.standard_normal((b, 1, order)))
    x = (means[np.arange(b)[:, None], cluster] + deviations) @ waves
    x = x * np.exp(rng.choice([0.0, 0.3]) * rng.standard_normal((b, n, 1)))  # some are louder than others
    x = x + rng.uniform(0.02, 0.5) * rng.standard_normal(x.shape)
    kind = rng.random()
    if kind < 0.3:  # pixels: nothing below zero, few grey values
        x = np.round(np.clip(x, 0, 3) * rng.choice([1.0, 3.0, 5.0]))
    elif kind < 0.4:
        x = np.abs(x)
    return x, None, y
