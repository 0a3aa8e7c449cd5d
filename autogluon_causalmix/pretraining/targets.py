"""Regression targets of the prior: noise, warps and scaling, as real targets have them.

A score becomes ``y = warp(score + noise)``, scaled to [0, 1] over the support rows as
`finetune.encoding.TargetScale` does. Query rows get the mean of ``y`` over several draws of the
noise instead of one draw: the best prediction is the same, the gradient is far less noisy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["regression_targets"]

#: Pairs of opposite noise draws that a query row's target is the mean of.
NOISE_PAIRS = 8
#: A query target may leave the support's range by this much of its span: no more can be guessed.
OVERSHOOT = 0.5


def _noise(rng: np.random.Generator, z: np.ndarray, level: float, pairs: int) -> np.ndarray:
    """Noise ``(1 + 2 pairs, b, n)`` for standardised scores ``(b, n)``: the observed draw first.

    Its scale is drawn per table, and in some batches grows with the score.
    """
    b, n = z.shape
    scale = level * np.exp(rng.uniform(np.log(0.05), np.log(2.5), (b, 1)))
    if rng.random() < 0.2:
        slope = rng.uniform(0.2, 0.8) * rng.choice([-1.0, 1.0])
        scale = scale * np.exp(slope * np.clip(z, -2.5, 2.5))
    if rng.random() < 0.7:
        draws = rng.standard_normal((1 + pairs, b, n))
    else:  # heavy tails
        draws = np.clip(rng.standard_t(float(rng.choice([3.0, 5.0])), (1 + pairs, b, n)), -12, 12)
    return scale * np.concatenate((draws, -draws[1:]))


def _warp(rng: np.random.Generator, difficulty: float) -> Callable[[np.ndarray], np.ndarray]:
    """A random map of standardised values: skewed, heavy-tailed, bounded, counted or censored."""
    kind = rng.random() * (1.0 if difficulty >= 1 else 1.0 + (1.0 - difficulty))
    a, sign = rng.uniform(0.3, 1.2), float(rng.choice([1.0, 1.0, -1.0]))
    cut, grid = rng.uniform(-1.0, 0.8), rng.uniform(0.8, 6.0)
    offset = rng.uniform(0.5, 2.5)

    def warp(z: np.ndarray) -> np.ndarray:
        z = np.clip(z, -6, 6)
        if kind < 0.25:
            z = sign * np.exp(a * z)
        elif kind < 0.33:
            z = np.sinh(a * z)
        elif kind < 0.40:
            z = sign * np.square(z + offset)
        elif kind < 0.48:
            z = np.tanh(2 * a * z)
        elif kind < 0.56:
            z = sign * np.maximum(z, cut)
        return z

    if rng.random() < 0.2 * min(1.0, difficulty):  # counts and grades
        return lambda z: np.round(warp(z) * grid)
    return warp


def regression_targets(rng: np.random.Generator, scores: np.ndarray, n_support: int, noise: float) -> np.ndarray:
    """Turn scores ``(b, n)`` into scaled targets ``(b, n)``, support rows first.

    Parameters
    ----------
    noise
        Between 0 and 1: scales the noise, and makes warps less frequent where it is small.
    """
    z = scores - scores.mean(axis=1, keepdims=True)
    z = z / (z.std(axis=1, keepdims=True) + 1e-9)
    draws = _noise(rng, z, noise, NOISE_PAIRS)
    warp = _warp(rng, noise)
    y = warp(z[None] + draws)
    observed, expected = y[0], y[1:].mean(axis=0)
    if rng.random() < 0.1:  # a few support rows carry another row's target
        wrong = rng.random(observed.shape) < rng.uniform(0.0, 0.05)
        observed = np.where(wrong, rng.permuted(observed, axis=1), observed)
    support = observed[:, :n_support]
    lower = support.min(axis=1, keepdims=True)
    span = support.max(axis=1, keepdims=True) - lower
    span = np.where(span > 0, span, 1.0)
    targets = np.concatenate((support, expected[:, n_support:]), axis=1)
    return np.clip((targets - lower) / span, -OVERSHOOT, 1 + OVERSHOOT)
