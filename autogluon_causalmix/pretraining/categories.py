"""Families of categories: effects of levels, rules, look-up tables, parity, boards, patterns.

Each takes ``(rng, b, n, f, c, noise)`` as every family does; see `families`. A level's code says
nothing of its meaning: what a level does is drawn anew for every table.
"""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.pretraining.inputs import random_inputs, random_levels

__all__ = ["board", "level_effects", "lookup", "parity", "prototypes", "rules"]

#: Cells of a look-up table: each must be met by several rows.
MOST_CELLS = 40
MOST_RULES = 12


def _mixed_columns(rng: np.random.Generator, b: int, n: int, f: int) -> tuple[np.ndarray, np.ndarray]:
    """Categories, numbers or both: values ``(b, n, f)`` and which columns are categories ``(f,)``."""
    codes, _ = random_levels(rng, b, n, f)
    nominal = rng.random(f) < rng.choice([1.0, 0.6, 0.0], p=[0.6, 0.25, 0.15])
    if nominal.all():
        return codes.astype(float), nominal
    return np.where(nominal, codes, random_inputs(rng, b, n, f)), nominal


def _conjunctions(rng: np.random.Generator, x: np.ndarray, nominal: np.ndarray, n_rules: int) -> np.ndarray:
    """Which rows meet which of ``n_rules`` random conjunctions: bool ``(b, n, n_rules)``.

    A condition asks for a level, for any other level, or for a number above or below a bound; at
    least one row of each table, from which levels and bounds are taken, meets the whole rule.
    """
    b, n, f = x.shape
    tables = np.arange(b)
    most = int(rng.integers(1, min(4, f) + 1))
    used = rng.permutation(f)[: int(rng.integers(most, f + 1))]  # rules share columns
    hits = np.ones((b, n, n_rules), dtype=bool)
    for r in range(n_rules):
        model = rng.integers(0, n, b)
        for j in rng.permutation(used)[: int(rng.integers(max(1, most - 1), most + 1))]:
            value = x[tables, model, j][:, None]
            if not nominal[j]:
                hits[..., r] &= x[..., j] >= value if rng.random() < 0.5 else x[..., j] <= value
            elif rng.random() < 0.8:
                hits[..., r] &= x[..., j] == value
            else:
                other = (value + rng.integers(1, 3)) % (x[..., j].max(axis=1, keepdims=True) + 1)
                hits[..., r] &= (x[..., j] != other) | (value == other)
    return hits


def rules(rng, b, n, f, c, noise):
    """Conjunctions of conditions: any of them, the first that holds, how many hold, or their weights."""
    x, nominal = _mixed_columns(rng, b, n, f)
    kind = rng.random()
    any_of = c == 2 and kind < 0.7
    hits = _conjunctions(rng, x, nominal, MOST_RULES if any_of else int(rng.integers(1, MOST_RULES + 1)))
    if any_of:
        # As many of the rules as bring the share of the class nearest to a random target.
        covered = np.logical_or.accumulate(hits, axis=-1)
        wanted = rng.uniform(0.2, 0.7, (b, 1))
        take = np.abs(covered.mean(axis=1) - wanted).argmin(axis=1)
        return x, None, covered[np.arange(b), :, take].astype(np.int64)
    if c > 2 and kind < 0.7:
        first = np.where(hits.any(axis=-1), hits.argmax(axis=-1), hits.shape[-1])
        of_rule = rng.permuted(np.tile(np.arange(hits.shape[-1] + 1) % c, (b, 1)), axis=1)
        return x, None, np.take_along_axis(of_rule, first, axis=1)
    k = 1 if c <= 2 or rng.random() < 0.3 else c
    weights = np.ones((b, hits.shape[-1], k)) if rng.random() < 0.3 else rng.standard_normal((b, hits.shape[-1], k))
    # Ties are cut at random where a class is a quantile of the score.
    return x, hits @ weights + 1e-3 * rng.standard_normal((b, n, k)), None


def _as_in_a_game(rng: np.random.Generator, b: int, n: int, f: int) -> tuple[np.ndarray, np.ndarray]:
    """As `random_levels`, and each level has about as many cells in a row as in every other row."""
    n_levels = int(rng.integers(2, 5))
    turns = rng.choice([1.0, 3.0]) * rng.random((b, n, 1))
    place = (rng.random((b, n, f)).argsort(axis=-1).argsort(axis=-1) + turns) / (f + 3)
    cuts = rng.dirichlet(np.full(n_levels, 5.0), size=b).cumsum(axis=1)[:, None, None, :-1]
    return (place[..., None] > cuts).sum(axis=-1), np.full(f, n_levels)


def level_effects(rng, b, n, f, c, noise):
    """Every level of a category has an effect, and the effects add up; some pairs of columns matter together.

    Half of the tables have no noise: their classes are cut from the sum, as a logistic regression can.
    """
    codes, n_levels = (_as_in_a_game if rng.random() < 0.3 else random_levels)(rng, b, n, f)
    k = 1 if c <= 2 or rng.random() < 0.5 else c
    tables, columns = np.arange(b)[:, None, None], np.arange(f)
    strength = np.abs(rng.standard_normal((b, f, 1, 1))) * (rng.random((b, f, 1, 1)) < rng.uniform(0.3, 1.5))
    if rng.random() < 0.3:  # a level plays the same part in every column
        effects = strength * rng.standard_normal((b, 1, n_levels.max(), k))
    else:
        effects = strength * rng.standard_normal((b, f, n_levels.max(), k))
    parts = effects[tables, columns, codes]
    scores = parts.sum(axis=2)
    for _ in range(int(rng.choice([0, 0, 1, 3]))):
        left, right = rng.integers(0, f, 2)
        together = rng.standard_normal((b, n_levels.max(), n_levels.max(), k))
        scores = scores + together[np.arange(b)[:, None], codes[..., left], codes[..., right]]
    scores = scores + 1e-3 * rng.standard_normal(scores.shape)  # ties are cut at random
    if rng.random() < 0.5:
        return codes.astype(float), scores, None
    if k > 1:
        return codes.astype(float), None, scores.argmax(axis=-1)
    shares = rng.dirichlet(np.full(c, rng.choice([3.0, 30.0])), size=b).cumsum(axis=1)[:, None, :-1]
    ranks = scores[..., 0].argsort(axis=1).argsort(axis=1) / n
    return codes.astype(float), None, (ranks[..., None] >= shares).sum(axis=-1)


def lookup(rng, b, n, f, c, noise):
    """A table of two or three categories: each combination of levels has its own class or scores."""
    codes, n_levels = random_levels(rng, b, n, f)
    used, n_cells = [], 1
    for j in rng.permutation(f)[: int(rng.integers(2, 4))]:
        if n_cells * n_levels[j] <= MOST_CELLS:
            used.append(j)
            n_cells *= n_levels[j]
    cell = np.zeros((b, n), dtype=np.int64)
    for j in used:
        cell = cell * n_levels[j] + codes[..., j]
    x = codes.astype(float)
    if rng.random() < 0.6:
        classes = rng.permuted(np.tile(np.arange(n_cells) % c, (b, 1)), axis=1)
        return x, None, np.take_along_axis(classes, cell, axis=1)
    table = rng.standard_normal((b, n_cells, c if c > 2 else 1))
    scores = np.take_along_axis(table, cell[..., None], axis=1)
    return x, scores + 1e-3 * rng.standard_normal(scores.shape), None


def parity(rng, b, n, f, c, noise):
    """Two to four columns, each in ``q`` parts of its range: the class is the sum of parts modulo ``q``.

    Two classes make it an exclusive or. ``q`` is at most 4, so that cells are met by several rows.
    """
    q = min(c, 4)
    most = {2: 4, 3: 3}.get(q, 2)
    used = rng.permutation(f)[: int(rng.integers(2, max(2, min(most, f)) + 1))]
    x = random_inputs(rng, b, n, f)
    ranks = x[..., used].argsort(axis=1).argsort(axis=1) / n
    shares = rng.dirichlet(np.full(q, 10.0), size=(b, len(used))).cumsum(axis=-1)[..., :-1]
    part = (ranks[..., None] >= shares[:, None]).sum(axis=-1)
    if rng.random() < 0.7:  # the columns are categories; others may be so by chance
        x[..., used] = rng.permuted(np.tile(np.arange(q), (b, 1)), axis=1)[np.arange(b)[:, None, None], part]
        others = np.setdiff1d(np.flatnonzero(rng.random(f) < 0.7), used)
        x[..., others] = rng.integers(0, q, (b, n, len(others)))
    return x, None, part.sum(axis=-1) % q


def _lines(rng: np.random.Generator, f: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines of cells, as column numbers ``(n_lines, length)``, and the columns that are cells."""
    cells = rng.permutation(f)
    side = int(rng.integers(2, 5))
    if side * side <= f and rng.random() < 0.7:  # rows, columns and diagonals of a square
        grid = cells[: side * side].reshape(side, side)
        lines = [*grid, *grid.T]
        if rng.random() < 0.8:
            lines += [grid.diagonal(), grid[:, ::-1].diagonal()]
        return np.array(lines), grid.ravel()
    cells = cells[: int(rng.integers(2, min(f, 16) + 1))]
    length = int(rng.integers(2, min(4, len(cells)) + 1))
    lines = [rng.permutation(cells)[:length] for _ in range(int(rng.integers(2, 11)))]
    return np.array(lines), np.unique(lines)


def board(rng, b, n, f, c, noise):
    """A board on which a line of equal cells decides, as in noughts and crosses.

    The class says whether any line is wholly of the first level; with more than two classes, or of
    which level (the first that has one). Cells are filled by chance or, as in a game, each level
    has about as many cells as in every other row.
    """
    lines, cells = _lines(rng, f)
    n_levels = max(int(rng.integers(2, 5)), min(c, 4))
    n_winners = 1 if c == 2 else min(c - 1, n_levels)
    draws = rng.random((b, n, len(cells)))
    if rng.random() < 0.5:
        moves = rng.choice([1.0, 3.0]) * rng.random((b, n, 1))
        draws = (draws.argsort(axis=-1).argsort(axis=-1) + moves) / (len(cells) + 2)
    # A row has a line of the first level as soon as the level's share passes the row's threshold.
    at = np.argsort(cells)[np.searchsorted(np.sort(cells), lines)]
    thresholds = np.sort(draws[..., at].max(axis=-1).min(axis=-1), axis=1)
    wanted = rng.uniform(0.25, 0.75, b) / n_winners
    share = np.minimum(thresholds[np.arange(b), (wanted * n).astype(int)] + 1e-9, 0.95 / n_winners)[:, None]
    shares = np.repeat(share, n_levels, axis=1)
    rest = n_levels - n_winners
    if rest:
        shares[:, n_winners:] = (1 - n_winners * share) * rng.dirichlet(np.full(rest, 3.0), size=b)
    cuts = shares.cumsum(axis=1)[:, None, None, :-1]
    level = np.zeros((b, n, f), dtype=np.int64)
    level[..., cells] = (draws[..., None] > cuts).sum(axis=-1)
    others = np.setdiff1d(np.arange(f), cells)
    if rng.random() < 0.5:  # else the columns beside the board are empty
        level[..., others] = rng.integers(0, n_levels, (b, n, len(others)))
    y = np.zeros((b, n), dtype=np.int64)
    for winner in reversed(range(n_winners)):
        y[(level[..., lines] == winner).all(axis=-1).any(axis=-1)] = winner + 1
    names = rng.permuted(np.tile(np.arange(n_levels), (b, 1)), axis=1)
    return names[np.arange(b)[:, None, None], level].astype(float), None, y


def prototypes(rng, b, n, f, c, noise):
    """A class is one or several patterns of levels, each cell flipped at random (displays, votes, sites).

    Some columns may say nothing of the class, and some may be numbers with a mean per pattern.
    """
    n_patterns = c * int(rng.integers(1, 4))
    cluster = rng.integers(0, n_patterns, (b, n))
    tables = np.arange(b)[:, None]
    informative = rng.random((b, 1, f)) < rng.choice([1.0, rng.uniform(0.15, 0.9)])
    levels = int(rng.choice([2, 2, 3, 4, 5]))
    if rng.random() < 0.5:
        patterns = rng.integers(0, levels, (b, n_patterns, f))
        x = patterns[tables, cluster]
        flips = (rng.random(x.shape) < rng.uniform(0.02, 0.15 + 0.35 * noise)) | ~informative
        x = np.where(flips, rng.integers(0, levels, x.shape), x)
    else:  # a pattern gives every level of a cell its probability
        weights = rng.gamma(rng.choice([0.1, 0.3, 1.0]), size=(b, n_patterns, f, levels)) + 1e-6
        weights = np.where(informative[..., None], weights, weights[:, :1])
        cuts = (weights / weights.sum(axis=-1, keepdims=True)).cumsum(axis=-1)[..., :-1]
        x = (rng.random((b, n, f))[..., None] > cuts[tables, cluster]).sum(axis=-1)
    x = x.astype(float)
    if rng.random() < 0.3:
        numbers = np.flatnonzero(rng.random(f) < rng.uniform(0.2, 0.8))
        means = rng.standard_normal((b, n_patterns, len(numbers))) * rng.uniform(0.3, 2.0)
        means = np.where(informative[..., numbers], means, 0.0)
        x[..., numbers] = means[tables, cluster] + rng.standard_normal((b, n, len(numbers)))
    return x, None, cluster % c
