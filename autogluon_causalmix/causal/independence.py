"""Conditional independence of mixed columns from one correlation matrix.

Numeric columns become normal scores, categories become whitened indicator columns; every column is
then a block of one or a few standardised coordinates. For columns X, Y and a set Z, with the
partial covariance of their blocks given Z's, the statistic

    n_eff * sum of squared canonical correlations  ~  chi-square(dim X * dim Y)

under independence (the likelihood-ratio test's first order, Bartlett's sample size
``n_eff = n - dim Z - (dim X + dim Y + 3) / 2``). Where all blocks are one coordinate wide it is
Fisher's z of the partial correlation, ``(n - dim Z - 3) * atanh(r)**2``, as in causal-learn.

Measured in tests/test_independence.py on 200 rows: type I error .02 to .08 at a nominal .05 for every
pairing of numeric and categorical columns given nothing, a numeric or a categorical column; a
correlation of .25 is seen more than 85 times in 100. Too keen where both columns are categories of
very many levels, whose most frequent ones have a handful of rows: .09 for 50 levels each on 200 rows,
.18 for 200. Blind spots: dependence that is even in the scores (Y = X**2), and dependence that only
shows given a third column (exclusive or).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincc, gammaln, ndtri

from autogluon_causalmix.table import TypedTable

__all__ = ["Blocks", "embed", "normal_scores", "p_values", "row_ids"]

#: Classes beyond the most frequent ones share one indicator, and there is one for every so many rows: more would cost
#: power and time.
MAX_INDICATORS, ROWS_PER_INDICATOR = 5, 20
#: Added to the diagonal: keeps collinear columns testable (their partial correlation goes to 0).
RIDGE = 1e-3
#: A column that a set explains so well that fewer rows' worth of its variance is left is not tested given it, from
#: `LEAST_UNEXPLAINED` of it on: independence would say that the two repeat each other, not that one has no effect.
#: Both keep their edges.
ROWS_LEFT, LEAST_UNEXPLAINED = 20.0, 0.2
#: Floats in one batch of block matrices, about 3 MB: the quickest of 200,000 to 3,000,000 on german.
BATCH_FLOATS = 400_000
#: Bytes of one batch of tests' known rows, and the ones in a byte.
BATCH_BYTES = 10_000_000
ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)


def normal_scores(x: np.ndarray) -> np.ndarray:
    """Normal scores of the ranks of ``x`` ``(n,)``; ties share one, NaN becomes the median's 0."""
    rank = pd.Series(np.where(np.isinf(x), np.sign(x) * np.finfo(np.float64).max, x)).rank().to_numpy()
    n = max(1, int(np.isfinite(rank).sum()))
    return np.nan_to_num(ndtri((rank - 0.5) / n))


class Blocks:
    """Embedded columns: coordinates ``(n_rows, n_coordinates)`` and where each column's lie.

    ``slots`` has shape ``(n_columns, width)``: positions of a column's coordinates, filled up
    with the position ``n_coordinates``, which stands for noise that is uncorrelated with all.
    ``known`` ``(n_rows, n_columns)`` is where a column has a value, None if everywhere.
    """

    def __init__(self, coordinates: list[np.ndarray], known: np.ndarray | None = None) -> None:
        self.known = None if known is None or known.all() else known
        self.dims = np.array([block.shape[1] for block in coordinates], dtype=np.int64)
        self.coordinates = np.concatenate(coordinates, axis=1)
        ends = self.dims.cumsum()
        self.starts = ends - self.dims
        self.n_coordinates = int(ends[-1])
        offset = np.arange(self.dims.max())
        self.slots = np.where(offset < self.dims[:, None], self.starts[:, None] + offset, self.n_coordinates)

    @property
    def n_columns(self) -> int:
        """Number of embedded columns."""
        return len(self.dims)

    def correlation(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Correlation matrix of the coordinates over ``rows``, slightly shrunk to be invertible.

        With missing values it is that of each pair over the rows that know both: a value in a gap's place would
        tell less of the column than is known, and given it what the column separates would seem to be joined.
        """
        every = slice(None) if rows is None else rows
        z = self.coordinates[every]
        if self.known is not None:
            return _pairwise(z, np.repeat(self.known[every], self.dims, axis=1))
        z = z - z.mean(axis=0)
        std = z.std(axis=0)
        z = z / np.where(std > 1e-12, std, 1.0)
        matrix = z.T @ z / len(z)
        matrix[np.diag_indices_from(matrix)] = 1.0 + RIDGE
        return matrix

    def n_known(self, rows: np.ndarray | None = None) -> int | np.ndarray:
        """How many of ``rows`` know all columns or, if some have gaps, which know which: bits ``(p, n_bytes)``."""
        if self.known is None:
            return len(self.coordinates) if rows is None else len(rows)
        return np.packbits(self.known[slice(None) if rows is None else rows].T, axis=1)


def _pairwise(z: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Correlations of each pair of coordinates ``(n, d)`` over the rows that know both, made positive definite."""
    at = known.astype(np.float64)
    n = np.maximum(at.T @ at, 1.0)
    z = (z - (z * at).sum(axis=0) / np.maximum(at.sum(axis=0), 1.0)) * at
    mean = z.T @ at / n  # of a coordinate over the rows that know another one too
    spread = (z**2).T @ at / n - mean**2
    scale = np.sqrt(np.maximum(spread * spread.T, 0.0))
    matrix = np.where(scale > 1e-12, (z.T @ z / n - mean * mean.T) / np.where(scale > 1e-12, scale, 1.0), 0.0)
    matrix[np.diag_indices_from(matrix)] = 1.0 + RIDGE
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < RIDGE:
        matrix = (vectors * np.maximum(values, RIDGE)) @ vectors.T
        std = np.sqrt(np.diag(matrix))
        matrix = matrix / np.outer(std, std) * (1.0 + RIDGE)
    return matrix


def _indicators(codes: np.ndarray) -> np.ndarray:
    """Whitened indicators of the most frequent categories, missing being one of its own."""
    codes = np.where(np.isnan(codes), -1, codes)
    levels, counts = np.unique(codes, return_counts=True)
    most = min(MAX_INDICATORS, max(1, len(codes) // ROWS_PER_INDICATOR))
    frequent = levels[np.argsort(-counts, kind="stable")][: most + 1]
    if len(frequent) == len(levels):
        frequent = frequent[:-1]  # the last category is what the others are not
    z = (codes[:, None] == frequent[None, :most]).astype(np.float64)
    z -= z.mean(axis=0)
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    return u[:, s > 1e-8 * max(1.0, s.max(initial=0.0))] * np.sqrt(len(z))


def embed(table: TypedTable) -> Blocks:
    """Embed every column of ``table``; each must have at least two distinct values."""
    blocks, known = [], np.ones(table.values.shape, dtype=bool)
    for j, column in enumerate(table.columns):
        x = table.values[:, j]
        blocks.append(_indicators(x) if column.is_discrete else normal_scores(x)[:, None])
        if not column.is_discrete:  # a category's absence is a level
            known[:, j] = ~np.isnan(x)
    return Blocks(blocks, known)


def p_values(
    blocks: Blocks,
    correlation: np.ndarray,
    n_rows: int | np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    untested: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Test ``x[t]`` against ``y[t]`` given the columns ``z[t]`` for many ``t`` at once.

    Parameters
    ----------
    correlation
        From `Blocks.correlation`.
    n_rows
        From `Blocks.n_known`: a test counts the rows that know all of its columns.
    x, y
        Column positions, shape ``(n_tests,)``.
    z
        Conditioning column positions, shape ``(n_tests, depth)``.
    untested
        The p-value of a column that the set explains nearly in full (`ROWS_LEFT`): 0 keeps its edge.

    Returns
    -------
    p-values and strengths in [0, 1], each ``(n_tests,)``. A strength is about the squared correlation of two numbers
    that would be as improbable: mean squared canonical correlations favour columns of many coordinates, which have more
    of them by chance.
    """
    which, n_rows = row_ids(z, blocks.n_columns), _complete(n_rows, np.column_stack((x, y, z)))
    dx, dy, given = blocks.dims[x], blocks.dims[y], blocks.dims[z].sum(axis=1)
    wide = int(blocks.dims.max())
    floats = int((given * (given + 2 * wide) + 3 * wide**2).sum())
    padded = np.pad(correlation, (0, 1))
    squared, unexplained = np.zeros(len(x)), np.ones(len(x))
    # Sets of about the same width together: the widest one of a batch sets the padding of all.
    for part in np.array_split(np.lexsort((which, given)), max(1, -(-floats // BATCH_FLOATS))):
        if len(part):
            squared[part], unexplained[part] = _squared_correlations(
                blocks, padded, x[part], y[part], z[part], which[part]
            )
    partial = np.sqrt(np.minimum(squared, 1 - 1e-12))
    fisher = np.maximum(n_rows - given - 3, 0.0) * np.arctanh(partial) ** 2
    bartlett = np.maximum(n_rows - given - (dx + dy + 3) / 2, 0.0) * squared
    single = (dx == 1) & (dy == 1) & (given == z.shape[1])
    shape, statistic = dx * dy / 2, np.where(single, fisher, bartlett) / 2
    p = gammaincc(shape, statistic)
    repeated = unexplained < np.minimum(LEAST_UNEXPLAINED, ROWS_LEFT / np.maximum(n_rows, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        far = -statistic + (shape - 1.0) * np.log(statistic) - gammaln(shape)  # where p is 0 in float64
        log_p = np.where(p > 0.0, np.log(p), far)
    return np.where(repeated, untested, p), -np.expm1(2.0 * log_p / max(1, np.max(n_rows, initial=1)))


def _complete(known: int | np.ndarray, columns: np.ndarray) -> int | np.ndarray:
    """How many rows know all ``columns`` ``(n_tests, k)`` of each test, by what `Blocks.n_known` says.

    Correlations of pairs come of more rows than these, but of different ones, whose errors do not cancel: with 30 %
    gaps, tests given a column that counted the rows of a pair rejected 19 times in 100 at a level of .1.
    """
    if np.ndim(known) == 0:
        return known
    n_rows = np.zeros(len(columns))
    size = max(1, BATCH_BYTES // known.shape[1])
    for start in range(0, len(columns), size):
        part = columns[start : start + size]
        n_rows[start : start + size] = ONES[np.bitwise_and.reduce(known[part], axis=1)].sum(axis=1, dtype=np.int64)
    return n_rows


def row_ids(rows: np.ndarray, base: int) -> np.ndarray:
    """A number for each of ``rows`` ``(n, k)`` of integers below ``base``; equal rows share it."""
    ids = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        ids = np.unique(ids * base + column, return_inverse=True)[1]
    return ids


def _squared_correlations(
    blocks: Blocks, padded: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray, which: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of squared canonical partial correlations, and what z leaves of x or y unexplained, each ``(n_tests,)``.

    ``which`` numbers the conditioning sets. Tests share them, and columns given a set: each set
    is factorised once, each column's covariance given a set is inverted once.
    """
    _, first, which = np.unique(which, return_index=True, return_inverse=True)
    sets = z[first]
    noise = blocks.n_coordinates
    given = np.sort(blocks.slots[sets].reshape(len(sets), -1), axis=1)  # noise comes last
    given = given[:, : blocks.dims[sets].sum(axis=1).max(initial=0)]
    root = np.linalg.inv(np.linalg.cholesky(_covariance(padded, given, noise)))
    on_z = root @ padded[given]  # (n_sets, dim Z, n_coordinates + 1)
    side, at = np.unique(
        np.concatenate((which * blocks.n_columns + x, which * blocks.n_columns + y)), return_inverse=True
    )
    set_of, column = np.divmod(side, blocks.n_columns)
    slots = blocks.slots[column]
    wide = slots.shape[1]
    loads, precision = np.zeros((len(side), given.shape[1], wide)), np.zeros((len(side), wide, wide))
    unexplained = np.ones(len(side))
    for w in np.unique(blocks.dims[column]):
        sides = np.flatnonzero(blocks.dims[column] == w)
        load = on_z[set_of[sides], :, slots[sides, :w].T].transpose(1, 2, 0)
        left = _covariance(padded, slots[sides, :w], noise) - load.transpose(0, 2, 1) @ load
        loads[sides, :, :w] = load
        unexplained[sides] = np.trace(left, axis1=1, axis2=2) / w
        precision[sides, :w, :w] = 1.0 / left if w == 1 else np.linalg.inv(left)
    x_at, y_at = np.split(at, 2)
    width = np.maximum(blocks.dims[x], blocks.dims[y])
    squared = np.zeros(len(x))
    for w in np.unique(width):
        chosen = np.flatnonzero(width == w)
        i, j = x_at[chosen], y_at[chosen]
        sxy = padded[slots[i, :w, None], slots[j, None, :w]]
        sxy = sxy - loads[i, :, :w].transpose(0, 2, 1) @ loads[j, :, :w]
        # trace(Sxx^-1 Sxy Syy^-1 Syx)
        squared[chosen] = ((precision[i, :w, :w] @ sxy) * (sxy @ precision[j, :w, :w])).sum(axis=(1, 2))
    return np.maximum(squared, 0.0), np.minimum(unexplained[x_at], unexplained[y_at])


def _covariance(padded: np.ndarray, slots: np.ndarray, noise: int) -> np.ndarray:
    """Covariances ``(n, width, width)`` of coordinates ``(n, width)``; noise has variance 1."""
    matrix = padded[slots[:, :, None], slots[:, None, :]]
    diagonal = np.arange(slots.shape[1])
    matrix[:, diagonal, diagonal] += slots == noise
    return matrix
