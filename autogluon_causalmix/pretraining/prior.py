"""The synthetic prior: batches of random tables to pretrain a small Mitra on.

A batch's tables have one size, so that they stack, and one `Difficulty`. They fall into groups;
each has its own family of functions, and within it structural draws (graph, trees, prototypes)
differ from table to table. So a step sees several kinds of tables. Mitra ranks its inputs, so
monotone transforms of columns would add nothing and are left out.

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
from autogluon_causalmix.pretraining.spoiling import discretise, spoil
from autogluon_causalmix.pretraining.targets import regression_targets

__all__ = ["TASKS", "Difficulty", "TableBatch", "draw_size", "sample_batch"]

TASKS = ("classification", "regression")
MAX_CLASSES = 10
#: A single table may have so many cells where a step has fewer, and in a few steps four times as
#: many: small steps see long and wide tables too.
LONG_TABLE_CELLS, LONGER_SHARE = 8192, 0.1
#: Groups of tables in a batch, each of one family.
GROUPS = 8
#: Families that draw a class for every row first, of which real tables with many classes are kin.
MANY_CLASSES = ("mixture", "prototypes", "regions", "curves")
#: How often a family that makes its labels itself has its numbers rounded to a few values.
ROUNDED_SHARE = 0.25


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
            max_features=round(6 * (60 / 6) ** t),
            max_rows=round(130 * (1000 / 130) ** t),
            max_noise=0.1 + 0.9 * t,
            share_binary=0.9 - 0.44 * t,
        )


@dataclass(frozen=True)
class TableBatch:
    """Tables of equal shape: ``x`` ``(b, n, f)`` float32, ``y`` ``(b, n)``, support first.

    ``y`` is int64 classes, or float32 targets on the scale on which the support spans [0, 1].
    ``family`` names the families of the groups of tables, in order.
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
    most_cells = max(2 * cells, LONG_TABLE_CELLS * (4 if rng.random() < LONGER_SHARE else 1))
    longest = max(60, min(difficulty.max_rows, most_cells // (n_features + 1)))
    n_rows = round(50 * (longest / 50) ** rng.beta(1.6, 1.0))
    n_tables = max(1, round(cells / (n_rows * (n_features + 1))))
    n_support = round(n_rows * rng.uniform(0.5, 0.85))
    return n_tables, n_rows, n_support, n_features


def _draw_classes(rng: np.random.Generator, difficulty: Difficulty, family: str) -> int:
    share_binary = difficulty.share_binary * (0.5 if family in MANY_CLASSES else 1.0)
    return 2 if rng.random() < share_binary else int(rng.integers(3, MAX_CLASSES + 1))


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
    n_tables, n_rows, n_support, n_features = size
    x, y = np.empty((n_tables, n_rows, n_features)), np.empty((n_tables, n_rows), dtype=np.int64)
    families = []
    for group in np.array_split(np.arange(n_tables), min(GROUPS, n_tables)):
        families.append(str(rng.choice(list(FAMILIES), p=FAMILY_WEIGHTS)))
        x[group], y[group] = _classification_tables(rng, difficulty, families[-1], len(group), n_rows, n_features)
    x, y = _shuffle_rows(rng, x, y)
    return TableBatch(x.astype(np.float32), _relabel(rng, y, n_support), n_support, ", ".join(families))


def _classification_tables(
    rng: np.random.Generator, difficulty: Difficulty, family: str, b: int, n: int, f: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tables ``(b, n, f)`` of one family with labels ``(b, n)``."""
    n_classes = _draw_classes(rng, difficulty, family)
    noise = difficulty.max_noise * rng.beta(1.0, 2.0)
    x, scores, y = FAMILIES[family](rng, b, n, f, n_classes, noise)
    if y is None:
        y = _labels(rng, scores, n_classes, noise)
    if scores is not None or rng.random() < ROUNDED_SHARE:
        x = discretise(rng, x)
    flips = rng.random(y.shape) < noise * 0.25 * rng.random((b, 1)) * (rng.random() < 0.4)
    y = np.where(flips, rng.integers(0, n_classes, y.shape), y)
    return spoil(rng, x)[..., rng.permutation(f)], y


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
    x, score = _shuffle_rows(rng, discretise(rng, x), score)
    y = regression_targets(rng, score, n_support, noise)
    x = spoil(rng, x)[..., rng.permutation(n_features)]
    return TableBatch(x.astype(np.float32), y.astype(np.float32), n_support, family)


def _shuffle_rows(rng: np.random.Generator, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put each table's rows into an order of its own."""
    rows = rng.permuted(np.tile(np.arange(x.shape[1]), (len(x), 1)), axis=1)
    return np.take_along_axis(x, rows[..., None], axis=1), np.take_along_axis(y, rows, axis=1)
