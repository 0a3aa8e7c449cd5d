"""Functions of numbers: networks, trees, mixtures, polynomials, bumps and additive effects.

Each takes ``(rng, b, n, f, c, noise)`` as every family does; see `families`.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.pretraining.inputs import ACTIVATIONS, random_inputs, standardise

__all__ = ["effects", "forest", "mixture", "network", "polynomial", "radial", "structural"]


def structural(rng, b, n, f, c, noise):
    """Layered structural causal model: features and target are nodes of one random network."""
    width, depth = int(rng.integers(max(3, f // 2), max(5, f) + 3)), int(rng.integers(1, 6))
    layer = rng.standard_normal((b, n, width)) if rng.random() < 0.7 else rng.random((b, n, width)) * 2 - 1
    nodes = [layer]
    density = rng.uniform(0.15, 0.7)
    for _ in range(depth):
        weight = rng.standard_normal((b, width, width)) * (rng.random((b, width, width)) < density)
        pre = layer @ weight / np.sqrt(density * width)
        act = np.empty_like(pre)
        pieces = np.array_split(rng.permutation(width), int(rng.integers(1, 4)))
        for piece in pieces:
            act[..., piece] = ACTIVATIONS[rng.integers(len(ACTIVATIONS))](pre[..., piece])
        layer = standardise(act) + noise * rng.uniform(0.02, 0.6) * rng.standard_normal(act.shape)
        nodes.append(layer)
    target = int(rng.integers(1, len(nodes)))
    if rng.random() < 0.7:  # columns near the target in the graph: more of it can be known from them
        pool = nodes[max(0, target - 1) : target + 2]
    else:
        pool = nodes if rng.random() < 0.5 else nodes[1:]
    pool = np.concatenate(pool, axis=-1)
    chosen = rng.permutation(pool.shape[-1])[:f]
    if len(chosen) < f:
        chosen = np.concatenate((chosen, rng.choice(pool.shape[-1], size=f - len(chosen))))
    x, late = pool[..., chosen], nodes[target]
    style = rng.random()
    if style < 0.45:
        return x, late[..., [int(rng.integers(width))]], None
    if style < 0.75:
        return x, late @ rng.standard_normal((b, width, 1)), None
    return x, late @ rng.standard_normal((b, width, c)), None


def forest(rng, b, n, f, c, noise):
    """Sum of random trees over random features."""
    x = random_inputs(rng, b, n, f)
    if rng.random() < 0.3:
        x = np.round(x * rng.uniform(0.8, 2.0))
    n_trees, depth = int(np.exp(rng.uniform(0, np.log(25)))), int(rng.integers(1, 7))
    k = 1 if rng.random() < 0.5 else c
    used = rng.permutation(f)[: int(rng.integers(1, f + 1))]
    scores = np.zeros((b, n, k))
    tables = np.arange(b)[:, None]
    for _ in range(n_trees):
        inner = 2**depth - 1
        feature = rng.choice(used, size=(b, inner))
        threshold = x[tables, rng.integers(0, n, (b, inner)), feature]
        leaf_value = rng.standard_normal((b, inner + 1, k))
        node = np.zeros((b, n), dtype=np.int64)
        for _ in range(depth):
            at = feature[tables, node]
            right = np.take_along_axis(x, at[..., None], axis=2)[..., 0] > threshold[tables, node]
            node = 2 * node + 1 + right
        scores += leaf_value[tables, node - inner]
    return x, scores, None


def mixture(rng, b, n, f, c, noise):
    """Class-conditional mixtures of low-rank normals; classes overlap by random margins."""
    per_class, rank = int(rng.integers(1, 4)), int(rng.integers(1, min(f, 6) + 1))
    y = rng.integers(0, c, (b, n))
    if rng.random() < 0.5:
        shares = rng.dirichlet(np.full(c, 3.0), size=b).cumsum(axis=1)
        y = (rng.random((b, n))[..., None] > shares[:, None, :-1]).sum(axis=-1)
    cluster = y * per_class + rng.integers(0, per_class, (b, n))
    tables = np.arange(b)[:, None]
    separation = np.exp(rng.uniform(np.log(0.4), np.log(3.0)))
    informative = rng.random((b, 1, f)) < rng.uniform(0.2, 1.0)
    means = rng.standard_normal((b, c * per_class, f)) * separation * informative
    factors = rng.standard_normal((b, c * per_class if rng.random() < 0.5 else 1, rank, f)) * rng.uniform(0.2, 1.5)
    scale = np.exp(0.4 * rng.standard_normal((b, factors.shape[1], f)))
    which = cluster if factors.shape[1] > 1 else np.zeros_like(cluster)
    low = np.einsum("bnr,bnrf->bnf", rng.standard_normal((b, n, rank)), factors[tables, which])
    x = means[tables, cluster] + low + scale[tables, which] * rng.standard_normal((b, n, f))
    return x, None, y


def polynomial(rng, b, n, f, c, noise):
    """Linear scores, with squares and pairwise products by chance."""
    x = random_inputs(rng, b, n, f)
    k = 1 if rng.random() < 0.5 else c
    sparse = rng.random((b, f, k)) < rng.uniform(0.2, 1.0)
    scores = x @ (rng.standard_normal((b, f, k)) * sparse)
    if rng.random() < 0.6:
        pairs = int(rng.integers(1, 4))
        left, right = rng.integers(0, f, pairs), rng.integers(0, f, pairs)
        scores = scores * rng.choice([0.0, 0.5, 1.0]) + (x[..., left] * x[..., right]) @ rng.standard_normal(
            (b, pairs, k)
        )
    return x, scores, None


def radial(rng, b, n, f, c, noise):
    """Distances to random prototypes over a few features."""
    x = random_inputs(rng, b, n, f)
    used = rng.permutation(f)[: int(rng.integers(1, min(f, 8) + 1))]
    centres = int(rng.integers(1, 9))
    z = standardise(x[..., used])
    at = z[:, rng.integers(0, n, centres)]
    distance = ((z[:, :, None] - at[:, None]) ** 2).mean(axis=-1)
    bumps = np.exp(-distance / rng.uniform(0.2, 1.5))
    return x, bumps @ rng.standard_normal((b, centres, 1 if rng.random() < 0.6 else c)), None


def network(rng, b, n, f, c, noise):
    """A small random multilayer perceptron over the features."""
    x = random_inputs(rng, b, n, f)
    z, width = standardise(x), int(rng.integers(3, 20))
    sparse = rng.random((b, f, 1)) < rng.uniform(0.2, 1.0)
    hidden = z @ (rng.standard_normal((b, f, width)) * sparse) + rng.standard_normal((b, 1, width))
    hidden = ACTIVATIONS[rng.integers(len(ACTIVATIONS))](hidden)
    if rng.random() < 0.4:
        hidden = np.tanh(standardise(hidden) @ rng.standard_normal((b, width, width)) / np.sqrt(width))
    return x, hidden @ rng.standard_normal((b, width, 1 if rng.random() < 0.5 else c)), None


def effects(rng, b, n, f, c, noise):
    """Additive model: smooth effects of numbers, one effect per level of categories, some products."""
    x = random_inputs(rng, b, n, f)
    z = standardise(x)
    strength = np.abs(rng.standard_normal((b, 1, f))) * (rng.random((b, 1, f)) < rng.uniform(0.25, 1.0))
    parts = np.empty_like(z)
    nominal = rng.random(f) < rng.choice([0.0, 0.3, 0.6])
    for j in range(f):
        if nominal[j]:
            levels = int(rng.integers(2, 9))
            edges = rng.dirichlet(np.full(levels, 2.0)).cumsum()[:-1]
            code = (rng.random((b, n, 1)) > edges).sum(axis=-1)
            x[..., j] = code
            parts[..., j] = np.take_along_axis(rng.standard_normal((b, levels)), code, axis=1)
            continue
        kind, at, slope = rng.random(), rng.standard_normal((b, 1)), rng.uniform(0.5, 3.0)
        u = z[..., j]
        if kind < 0.35:
            part = u
        elif kind < 0.5:
            part = np.maximum(u - at, 0)  # a hinge
        elif kind < 0.65:
            part = np.tanh(slope * (u - at))
        elif kind < 0.8:
            part = np.square(u - at)
        else:
            part = np.sin(slope * u + at)
        parts[..., j] = part * rng.choice([-1.0, 1.0], (b, 1))
    parts = standardise(parts)
    score = (parts * strength).sum(axis=-1)
    for _ in range(int(rng.integers(0, 4))):
        left, right = rng.integers(0, f, 2)
        score = score + rng.standard_normal((b, 1)) * parts[..., left] * parts[..., right]
    if c <= 2 or rng.random() < 0.5:
        return x, score[..., None], None
    return x, parts @ (strength.transpose(0, 2, 1) * rng.standard_normal((b, f, c))), None
