"""How faithful synthetic rows are: do they pass for real ones, teach the target, and copy nobody?

`fidelity` measures on frames. Judge on real rows that the generator has not seen: against its own
training rows a generator that copies them is perfect. Of the package sdmetrics, which has some of
these measures, nothing is used: it depends on copulas, whose licence (BUSL-1.1) is not open source.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.checks import check_column
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.metrics.copying import closer_to_training, diversity
from autogluon_causalmix.table import TypedTable

__all__ = ["MAX_ROWS", "MIN_ROWS", "Estimate", "Fidelity", "fidelity", "two_sample_auc", "usefulness"]

#: More rows make the interval narrower than anything a mix ratio could use.
MAX_ROWS = 500
#: Spread of the two-sample ROC-AUC beside Hanley and McNeil's, which knows nothing of the forests' own: measured on
#: rows of one distribution, 20 to 200 of each; with it, 93 to 98 of 100 intervals hold .5, without 88 to 95.
OF_FOLDS = 1.35
#: Fewer rows of a kind say nothing.
MIN_ROWS = 10
#: Share of different rows above which a table is one of different rows.
MOSTLY_DISTINCT = 0.9
#: Levels of a category whose correlations are compared: of post codes or names all of them would fill the memory.
MAX_INDICATORS = 50
#: Trees of the forests that judge.
TREES = 100


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Fidelity:
    """What `fidelity` measures.

    Attributes
    ----------
    two_sample_auc
        Cross-validated ROC-AUC of a forest that tells synthetic from real rows, with its interval; .5:
        they cannot be told apart, 1: every row can. None for fewer than 10 rows.
    marginal_distance
        Mean over columns of ``columns["distance"]``.
    association_distance
        Mean absolute difference of the pairwise correlations of ranks, category indicators and missing values.
    usefulness
        ROC-AUC on real rows of a forest trained on synthetic ones, macro one-vs-rest; for a numeric
        target ``(1 + rank correlation) / 2``. .5 is chance. None without target.
    usefulness_of_training
        The same of a forest trained on the rows that the generator learned from; None without them.
    closer_to_training
        Share of synthetic rows that lie nearer to a training row than to any row that the generator
        has not seen, rescaled for their numbers: .5 is no copying, 1 copies. None without training rows.
    diversity
        Different rows among the synthetic ones, over those of as many draws from the training rows (without them, from
        the real ones); at most 1. Where it is low a few rows are repeated, and ``two_sample_auc`` does not show it.
    columns
        Per column: kind, distance (Kolmogorov-Smirnov of numbers, total variation of categories), and
        how much more often it is missing than in real rows.
    """

    two_sample_auc: Estimate | None
    marginal_distance: float
    association_distance: float
    usefulness: float | None
    usefulness_of_training: float | None
    closer_to_training: float | None
    diversity: float
    columns: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """The figures without the table of columns."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "columns"}


def fidelity(
    real: pd.DataFrame,
    synthetic: pd.DataFrame,
    target: Any = None,
    *,
    training: pd.DataFrame | None = None,
    categorical: Iterable = (),
    seed: int = 0,
) -> Fidelity:
    """Measure synthetic rows against real rows that their generator has not seen.

    Parameters
    ----------
    real, synthetic
        Frames with the same columns; categories that real rows lack count as missing.
    target
        Label of the column that a model would predict; a class where its dtype is one or text, or where it
        is in ``categorical``.
    training
        Rows that the generator learned from, for the figures that need them.
    categorical
        Columns to read as categories whatever their dtype, as classes that are written 0, 1, 2.
    seed
        Seed of subsamples and forests.

    Raises
    ------
    DataError
        If a frame is empty, or lacks columns or the target.
    OptionError
        If ``categorical`` names no column.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> real = pd.DataFrame(rng.standard_normal((200, 2)), columns=["a", "b"])
    >>> other = pd.DataFrame(rng.standard_normal((200, 2)) + 3, columns=["a", "b"])
    >>> bool(fidelity(real[:100], other).two_sample_auc.value > 0.9)  # every row can be told apart
    True
    >>> bool(fidelity(real[:100], real[100:]).two_sample_auc.low < 0.6)  # they cannot
    True
    """
    for name, frame in (("real", real), ("synthetic", synthetic), ("training", training)):
        if frame is not None and not isinstance(frame, pd.DataFrame):
            raise DataError(f"`{name}` must be a pandas DataFrame, found {type(frame).__name__}")
        if frame is not None and not len(frame):
            raise DataError(f"`{name}` has no rows: nothing to measure")
        absent = [] if frame is None else [column for column in real.columns if column not in frame.columns]
        if absent:
            raise DataError(f"columns {absent[:5]} are missing from `{name}`: pass the columns of `real`")
    known = real if training is None else pd.concat([real, training[real.columns]], ignore_index=True)
    categorical = [categorical] if isinstance(categorical, (str, bytes)) else list(categorical)
    for name in categorical:
        check_column("categorical", name, real.columns, "`real`")
    table = TypedTable.from_frame(known, categorical=categorical)
    rng = np.random.default_rng(seed)
    values = {
        name: _subsample(TypedTable.from_frame(frame, like=table).values, rng)
        for name, frame in (("real", real), ("synthetic", synthetic))
    }
    columns = _marginals(table, values["real"], values["synthetic"])
    levels = _told_apart(table)
    difference = _correlations(table, levels, values["real"]) - _correlations(table, levels, values["synthetic"])
    use = trained = None
    if target is not None and len(table.columns) > 1:
        at = table.position(target)
        order = [j for j in range(len(table.columns)) if j != at] + [at]
        is_class = table.columns[at].is_discrete
        use = usefulness(values["synthetic"][:, order], values["real"][:, order], is_class, rng)
        if training is not None:
            train_sample = _subsample(TypedTable.from_frame(training, like=table).values, rng)
            trained = usefulness(train_sample[:, order], values["real"][:, order], is_class, rng)
    seen = TypedTable.from_frame(real if training is None else training, like=table).values
    others = None if training is None else TypedTable.from_frame(real, like=table).values
    closer = None if others is None else closer_to_training(table, seen, others, values["synthetic"])
    return Fidelity(
        two_sample_auc(values["real"], values["synthetic"], rng),
        float(columns["distance"].mean()),
        _mean_over_pairs(table, levels, np.abs(difference)),
        use,
        trained,
        closer,
        diversity(TypedTable.from_frame(synthetic, like=table).values, seen),
        columns,
    )


def _subsample(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values[rng.permutation(len(values))[:MAX_ROWS]]


def two_sample_auc(real: np.ndarray, synthetic: np.ndarray, rng: np.random.Generator) -> Estimate | None:
    """Cross-validated ROC-AUC of a forest that tells synthetic rows from real ones.

    Parameters
    ----------
    real, synthetic
        Values ``(n, n_columns)`` of a typed table, NaN for missing; equal numbers are used.
        Real rows should be rows that the generator has not seen.

    Returns
    -------
    .5 where the two cannot be told apart, 1 where every row can, with Hanley and McNeil's 95 %
    interval (1982) of the rows, made `OF_FOLDS` times as wide; None for fewer than `MIN_ROWS` rows.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict

    n = min(len(real), len(synthetic), MAX_ROWS)
    if n < MIN_ROWS:
        return None
    rows = np.concatenate(
        (real[rng.choice(len(real), n, replace=False)], synthetic[rng.choice(len(synthetic), n, replace=False)])
    )
    label = np.repeat([0, 1], n)
    forest = RandomForestClassifier(TREES, min_samples_leaf=2, random_state=int(rng.integers(2**31)), n_jobs=1)
    rows = _ranks(rows)
    same = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    # Where real rows are all different, a row drawn twice stays in one fold: it must not give itself
    # away. Where they repeat (few classes), how often each occurs is what there is to tell.
    distinct = len(np.unique(same[:n])) > MOSTLY_DISTINCT * n
    folds = (StratifiedGroupKFold if distinct else StratifiedKFold)(
        3, shuffle=True, random_state=int(rng.integers(2**31))
    )
    chance = cross_val_predict(
        forest, rows, label, groups=same if distinct else None, cv=folds, method="predict_proba"
    )[:, 1]
    auc = float(roc_auc_score(label, chance))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    error = np.sqrt(max(0.0, auc * (1 - auc) + (n - 1) * (q1 + q2 - 2 * auc**2)) / n**2)
    reach = 1.96 * OF_FOLDS * float(error)
    return Estimate(auc, max(0.0, auc - reach), min(1.0, auc + reach))


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Places of cells among their column's, missing ones lowest: what a forest makes of values in any unit.

    scikit-learn's trees take values within 1e-7 of each other for equal, and read float32.
    """
    rows = np.where(np.isnan(rows), -np.inf, rows)
    ranks = [np.unique(column, return_inverse=True)[1].reshape(-1) for column in rows.T]
    return np.column_stack(ranks).astype(np.float64) if ranks else rows


def usefulness(synthetic: np.ndarray, real: np.ndarray, is_class: bool, rng: np.random.Generator) -> float | None:
    """Train a forest on synthetic rows, test it on real ones; the target is the last column.

    Returns
    -------
    ROC-AUC (macro one-vs-rest over the classes present), or ``(1 + rank correlation) / 2``; .5 is
    chance, and what rows of a single label are worth; None where real rows cannot tell.
    """
    from scipy.stats import spearmanr
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.metrics import roc_auc_score

    synthetic, real = (_subsample(rows[np.isfinite(rows[:, -1])], rng) for rows in (synthetic, real))
    truth = real[:, -1]
    present = np.unique(truth)
    if len(real) < MIN_ROWS or len(present) < 2:
        return None
    if len(np.unique(synthetic[:, -1])) < 2:
        return 0.5
    both = _ranks(np.concatenate((synthetic, real))[:, :-1])
    x, x_real = both[: len(synthetic)], both[len(synthetic) :]
    make = RandomForestClassifier if is_class else RandomForestRegressor
    forest = make(TREES, min_samples_leaf=2, random_state=int(rng.integers(2**31)), n_jobs=1)
    forest.fit(x, synthetic[:, -1])
    if not is_class:
        guess = forest.predict(x_real)
        return 0.5 if np.ptp(guess) == 0 else float((1 + spearmanr(guess, truth).statistic) / 2)
    chance = np.zeros((len(real), len(present)))
    for k, label in enumerate(present):
        if label in forest.classes_:
            chance[:, k] = forest.predict_proba(x_real)[:, np.flatnonzero(forest.classes_ == label)[0]]
    aucs = [roc_auc_score(truth == label, chance[:, k]) for k, label in enumerate(present)]
    return float(aucs[-1] if len(present) == 2 else np.mean(aucs))


def _marginals(table: TypedTable, real: np.ndarray, synthetic: np.ndarray) -> pd.DataFrame:
    from scipy.stats import ks_2samp

    rows = []
    for j, column in enumerate(table.columns):
        a, b = (x[:, j][~np.isnan(x[:, j])] for x in (real, synthetic))
        if not len(a) or not len(b):
            distance = float(len(a) != len(b))
        elif column.is_discrete:
            shares = [np.bincount(x.astype(int), minlength=column.n_levels) / len(x) for x in (a, b)]
            distance = 0.5 * float(np.abs(shares[0] - shares[1]).sum())
        else:
            distance = float(ks_2samp(a, b, method="asymp").statistic)
        missing = float(np.isnan(synthetic[:, j]).mean() - np.isnan(real[:, j]).mean())
        rows.append({"column": column.name, "kind": str(column.kind), "distance": distance, "more_missing": missing})
    return pd.DataFrame(rows)


def _told_apart(table: TypedTable) -> list[np.ndarray]:
    """Levels of each category that have an indicator: all, or the commonest of very many; none of a number."""
    levels = []
    for column, x in zip(table.columns, table.values.T, strict=True):
        known = x[~np.isnan(x)].astype(int) if column.is_discrete else np.empty(0, dtype=int)
        counts = np.bincount(known, minlength=column.n_levels if column.is_discrete else 0)
        levels.append(np.sort(np.argsort(-counts, kind="stable")[:MAX_INDICATORS]))
    return levels


def _correlations(table: TypedTable, levels: list[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Correlation matrix of ranks (missing values in the middle), of category indicators, and of what is missing."""
    parts = []
    for j, column in enumerate(table.columns):
        x = values[:, j]
        if column.is_discrete:
            parts += [(x == level).astype(float) for level in levels[j]]
        else:
            parts.append(pd.Series(x).rank().fillna((1 + (~np.isnan(x)).sum()) / 2).to_numpy())
        if np.isnan(table.values[:, j]).any():
            parts.append(np.isnan(x).astype(float))
    matrix = np.stack(parts, axis=1)
    matrix = matrix - matrix.mean(axis=0)
    std = matrix.std(axis=0)
    matrix = matrix / np.where(std > 0, std, 1.0)
    return matrix.T @ matrix / len(matrix)


def _mean_over_pairs(table: TypedTable, levels: list[np.ndarray], difference: np.ndarray) -> float:
    """Mean over pairs of columns of the mean within the pair's block."""
    missing = np.isnan(table.values).any(axis=0)
    sizes = [
        (len(kept) if column.is_discrete else 1) + int(some)
        for column, kept, some in zip(table.columns, levels, missing, strict=True)
    ]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    of = (owner[:, None] == np.arange(len(sizes))).astype(float)
    of /= np.maximum(of.sum(axis=0), 1.0)
    blocks = of.T @ difference @ of
    i, j = np.triu_indices(len(sizes), 1)
    return float(blocks[i, j].mean()) if len(i) else 0.0
