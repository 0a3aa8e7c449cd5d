"""The synthetic prior: batches of random tables to pretrain a small Mitra on.

Every batch is drawn from one `Difficulty` and one family of functions; structural draws
(graph, trees, prototypes) differ from table to table, sizes are shared so that tables stack.
Mitra ranks its inputs, so monotone transforms of columns would add nothing and are left out.

All functions take a `numpy.random.Generator` and return arrays with a leading axis of tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.pretraining.families import (
    FAMILIES,
    FAMILY_WEIGHTS,
    REGRESSION_FAMILIES,
    REGRESSION_WEIGHTS,
)
from autogluon_causalmix.pretraining.targets import regression_targets

__all__ = ["TASKS", "Difficulty", "TableBatch", "draw_size", "sample_batch"]

TASKS = ("classification", "regression")
MAX_CLASSES = 10
#: A single table may have so many cells where a step has fewer: small steps see long tables too.
LONG_TABLE_CELLS = 8192


@dataclass(frozen=True)
class Difficulty:
    """How wide, long and noisy tables may be; see `Difficulty.at`."""

    max_features: int
    max_rows: int
    max_noise: float
    share_binary: float

    @classmethod
    def at(cls, progress: float) -> Difficulty:
        """Curriculum: easy, signal-dense, mostly binary tables first, full width at 35 %.

        Without it, training of a small model stays at the class-prior loss for long.
        """
        t = min(1.0, max(0.0, progress) / 0.35)
        return cls(
            max_features=round(6 * (40 / 6) ** t),
            max_rows=round(130 * (700 / 130) ** t),
            max_noise=0.1 + 0.9 * t,
            share_binary=0.9 - 0.44 * t,
        )


@dataclass(frozen=True)
class TableBatch:
    """Tables of equal shape: ``x`` ``(b, n, f)`` float32, ``y`` ``(b, n)``, support first.

    ``y`` is int64 classes, or float32 targets on the scale on which the support spans [0, 1].
    """

    x: np.ndarray
    y: np.ndarray
    n_support: int
    family: str

    @property
    def n_cells(self) -> int:
        """Tokens that a model reads: cells with the target column."""
        b, n, f = self.x.shape
        return b * n * (f + 1)


def draw_size(rng: np.random.Generator, difficulty: Difficulty, cells: int) -> tuple[int, int, int, int]:
    """Number of tables, rows, support rows and features, for about ``cells`` cells in all."""
    n_features = round(2 * (difficulty.max_features / 2) ** rng.beta(1.6, 1.2))
    longest = max(60, min(difficulty.max_rows, max(2 * cells, LONG_TABLE_CELLS) // (n_features + 1)))
    n_rows = round(50 * (longest / 50) ** rng.beta(1.6, 1.0))
    n_tables = max(1, round(cells / (n_rows * (n_features + 1))))
    n_support = round(n_rows * rng.uniform(0.5, 0.85))
    return n_tables, n_rows, n_support, n_features


def _draw_classes(rng: np.random.Generator, difficulty: Difficulty) -> int:
    return 2 if rng.random() < difficulty.share_binary else int(rng.integers(3, MAX_CLASSES + 1))


def _labels(rng: np.random.Generator, scores: np.ndarray, n_classes: int, noise: float) -> np.ndarray:
    """Turn scores ``(b, n, k)`` into labels ``(b, n)``.

    One score is cut at random quantiles (classes are bins, balanced or not); several scores
    compete as logits with Gumbel noise and random class biases.
    """
    b, n, k = scores.shape
    scores = scores - scores.mean(axis=1, keepdims=True)
    scores = scores / (scores.std(axis=1, keepdims=True) + 1e-9)
    if k == 1:
        latent = scores[..., 0] + noise * 0.8 * rng.random((b, 1)) * rng.standard_normal((b, n))
        shares = rng.dirichlet(np.full(n_classes, rng.choice([1.5, 5.0, 50.0])), size=b)
        ranks = latent.argsort(axis=1).argsort(axis=1) / n
        y = (ranks[..., None] >= shares.cumsum(axis=1)[:, None, :-1]).sum(axis=-1)
    else:
        sharpness = np.exp(rng.uniform(np.log(1.5), np.log(12.0), size=(b, 1, 1)))
        gumbel = -np.log(-np.log(rng.uniform(1e-9, 1 - 1e-9, size=scores.shape)))
        bias = rng.standard_normal((b, 1, k)) * rng.choice([0.0, 0.3, 0.8])
        y = (sharpness * (scores + bias) + noise * gumbel).argmax(axis=-1)
    return y


def _discretise(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """Turn a random share of columns into 2 to 10 ordered or shuffled levels, or coarse grids."""
    b, n, f = x.shape
    share = rng.choice([0.0, 0.2, 0.5, 1.0], p=[0.35, 0.25, 0.25, 0.15])
    chosen = rng.random(f) < share
    for j in np.flatnonzero(chosen):
        levels = int(rng.choice([2, 2, 3, 4, 5, 6, 8, 10, 20]))
        cuts = np.sort(rng.dirichlet(np.full(levels, 2.0), size=b).cumsum(axis=1)[:, :-1], axis=1)
        ranks = x[..., j].argsort(axis=1).argsort(axis=1) / n
        codes = (ranks[..., None] >= cuts[:, None, :]).sum(axis=-1)
        if levels <= 10 and rng.random() < 0.5:  # nominal: codes carry no order
            order = rng.permuted(np.tile(np.arange(levels), (b, 1)), axis=1)
            codes = np.take_along_axis(order, codes, axis=1)
        x[..., j] = codes
    return x


def _spoil(rng: np.random.Generator, x: np.ndarray, gap_levels: bool = False) -> np.ndarray:
    """Add what real tables have: irrelevant columns, missing cells, copies.

    A gap is the column's mean or, with ``gap_levels``, in columns of few values a level below all
    others, as `finetune.encoding.FeatureEncoder` presents it.
    """
    b, n, f = x.shape
    if rng.random() < 0.35:  # irrelevant: the column keeps its marginal, loses its rows
        for j in np.flatnonzero(rng.random(f) < rng.uniform(0.0, 0.5)):
            x[..., j] = rng.permuted(x[..., j], axis=1)
    if rng.random() < 0.2:
        missing = rng.random(x.shape) < rng.uniform(0.0, 0.3, size=(b, 1, f)) * (rng.random((1, 1, f)) < 0.4)
        fill = np.broadcast_to(x.mean(axis=1, keepdims=True), x.shape)
        if gap_levels:
            ordered = np.sort(x, axis=1)
            few = ((np.diff(ordered, axis=1) > 0).sum(axis=1, keepdims=True) < 10) & (rng.random((1, 1, f)) < 0.5)
            fill = np.where(few, ordered[:, :1] - 1, fill)
        x = np.where(missing, fill, x)
    if f > 2 and rng.random() < 0.15:  # a noisy copy of another column
        source, target = rng.choice(f, size=2, replace=False)
        x[..., target] = x[..., source] + 0.2 * rng.random() * rng.standard_normal((b, n)) * x[..., source].std()
    return x


def _relabel(rng: np.random.Generator, y: np.ndarray, n_support: int) -> np.ndarray:
    """Number the classes seen in the support 0..k-1 in random order.

    A class that only query rows have cannot be known in context: its rows become -100, which
    the loss ignores.
    """
    out = np.full_like(y, -100)
    for i in range(len(y)):
        for new, old in enumerate(rng.permutation(np.unique(y[i, :n_support]))):
            out[i, y[i] == old] = new
    return out


def sample_batch(
    rng: np.random.Generator,
    difficulty: Difficulty,
    cells: int,
    task: str = "classification",
    size: tuple[int, int, int, int] | None = None,
) -> TableBatch:
    """Draw tables of one shape with about ``cells`` cells in all.

    Parameters
    ----------
    rng
        Source of all randomness: the same state gives the same batch.
    difficulty
        Bounds of shape and noise.
    cells
        Number of cells (rows x (features + 1)) over all tables; at least one table comes back.
    task
        "classification" or "regression".
    size
        Tables, rows, support rows and features; None draws them by `draw_size`.
    """
    size = draw_size(rng, difficulty, cells) if size is None else size
    if task == "regression":
        return _regression_batch(rng, difficulty, size)
    family = str(rng.choice(list(FAMILIES), p=FAMILY_WEIGHTS))
    n_classes = _draw_classes(rng, difficulty)
    n_tables, n_rows, n_support, n_features = size
    noise = difficulty.max_noise * rng.beta(1.0, 2.0)
    x, scores, y = FAMILIES[family](rng, n_tables, n_rows, n_features, n_classes, noise)
    if y is None:
        y = _labels(rng, scores, n_classes, noise)
        x = _discretise(rng, x)
    flips = rng.random(y.shape) < noise * 0.25 * rng.random((n_tables, 1)) * (rng.random() < 0.4)
    y = np.where(flips, rng.integers(0, n_classes, y.shape), y)
    x = _spoil(rng, x)[..., rng.permutation(n_features)]
    x, y = _shuffle_rows(rng, x, y)
    return TableBatch(x.astype(np.float32), _relabel(rng, y.astype(np.int64), n_support), n_support, family)


def _regression_batch(rng: np.random.Generator, difficulty: Difficulty, size: tuple[int, int, int, int]) -> TableBatch:
    family = str(rng.choice(list(REGRESSION_FAMILIES), p=REGRESSION_WEIGHTS))
    n_tables, n_rows, n_support, n_features = size
    noise = difficulty.max_noise * rng.beta(1.2, 1.2)
    groups = family in ("mixture", "prototypes")
    n_levels = int(rng.integers(2, MAX_CLASSES + 1)) if groups else 1
    x, scores, levels = REGRESSION_FAMILIES[family](rng, n_tables, n_rows, n_features, n_levels, noise)
    if levels is None:
        score = scores[..., 0]
    else:  # each group of rows has a level, and by chance a slope that all share
        score = np.take_along_axis(rng.standard_normal((n_tables, n_levels)), levels, axis=1)
        slopes = rng.standard_normal((n_tables, n_features, 1)) * rng.choice([0.0, 0.5]) / np.sqrt(n_features)
        score = score + (x @ slopes)[..., 0] / (x.std() + 1e-9)
    x, score = _shuffle_rows(rng, _discretise(rng, x), score)
    y = regression_targets(rng, score, n_support, noise)
    x = _spoil(rng, x, gap_levels=True)[..., rng.permutation(n_features)]
    return TableBatch(x.astype(np.float32), y.astype(np.float32), n_support, family)


def _shuffle_rows(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put each table's rows into an order of its own."""
    rows = rng.permuted(np.tile(np.arange(x.shape[1]), (len(x), 1)), axis=1)
    return np.take_along_axis(x, rows[..., None], axis=1), np.take_along_axis(y, rows, axis=1)
