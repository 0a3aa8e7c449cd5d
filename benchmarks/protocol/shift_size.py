"""How large a shift is: whether the features' distribution differs, and whether the target's given the features does.

Features: a classifier learns to tell rows of the two tests apart; its cross-validated ROC-AUC is compared with
those after the sides are permuted, each with its own training.

Target given the features: how much lower the cross-validated log loss of a model is that sees which side a row is
from, beside the features. Sides cannot be permuted freely here: where the features differ, the side would lose
what it tells about them, and any shift of the features would count. It is drawn anew from its cross-validated
probability given the features instead (a conditional randomisation test: Candes, Fan, Janson and Lv, 2018), under
which the target is independent of the side given the features and nothing else changes. Only rows that could be
from either side say anything; where too few are (a held-out tail has none), the answer is that it cannot be told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.protocol.shifts import ShiftedRows
from benchmarks.protocol.tables import TARGET

__all__ = ["ALPHA", "ShiftSize", "shift_size"]

#: A shift is told apart from none where its p-value is at most this.
ALPHA = 0.05
#: Folds of the cross-validation, rows used of each side at most, sides drawn for a null.
FOLDS, ROWS, DRAWS = 3, 500, 99
#: A row could be from either side where its probability of each is at least this; rows that must be so.
LEAST_CHANCE, LEAST_OVERLAP = 0.05, 50


@dataclass(frozen=True)
class ShiftSize:
    """Measured size of one split's shift.

    Attributes
    ----------
    rows
        Rows used of the in-distribution test and of the other.
    domain_auc, domain_p
        Cross-validated ROC-AUC of telling the sides apart by features, and its permutation p-value.
    target_gain, target_p
        By how much seeing the side lowers the target's held-out log loss, in nats per row that could be from
        either side, and its p-value; None where there are too few such rows.
    overlap
        Share of rows that could be from either side.
    """

    rows: tuple[int, int]
    domain_auc: float
    domain_p: float
    target_gain: float | None
    target_p: float | None
    overlap: float

    @property
    def features_differ(self) -> bool:
        """Whether P(x) is told apart from unchanged."""
        return self.domain_p <= ALPHA

    @property
    def target_differs(self) -> bool | None:
        """Whether P(y|x) is told apart from unchanged; None where the rows cannot tell."""
        return None if self.target_p is None else self.target_p <= ALPHA

    @property
    def is_control(self) -> bool:
        """Whether no shift can be told: such a split is kept as a negative control."""
        return not self.features_differ and not self.target_differs

    def to_dict(self) -> dict[str, Any]:
        """Fields and decisions as plain values."""
        decisions = {name: getattr(self, name) for name in ("features_differ", "target_differs", "is_control")}
        return asdict(self) | decisions


def shift_size(parts: ShiftedRows, rng: np.random.Generator, draws: int = DRAWS, rows: int = ROWS) -> ShiftSize:
    """Measure the shift between a split's two tests.

    Parameters
    ----------
    parts
        The split; only ``test`` and ``shifted`` are looked at.
    rng
        Chooses rows, folds and null draws.
    draws
        Sides drawn for each null: the smallest p-value is 1 / (draws + 1).
    rows
        Rows of each side at most.

    Raises
    ------
    ValueError
        If ``draws`` are too few for a p-value of `ALPHA`.
    """
    if 1 / (draws + 1) > ALPHA:
        raise ValueError(
            f"draws={draws} gives no p-value of {ALPHA} or less: at least {round(1 / ALPHA) - 1} are needed"
        )
    tests = [part.sample(min(rows, len(part)), random_state=rng) for part in (parts.test, parts.shifted)]
    frame = pd.concat(tests, ignore_index=True)
    side = np.repeat([0, 1], [len(part) for part in tests])
    x = np.column_stack([_codes(frame[name]) for name in frame.columns.drop(TARGET)])
    y = frame[TARGET].cat.codes.to_numpy()

    chance = _held_out(x, side, rng)[:, 1]
    auc = _auc(side, chance)
    null = [_auc(permuted, _held_out(x, permuted, rng)[:, 1]) for permuted in _permutations(side, rng, draws)]
    gain, p, overlap = _target_test(x, y, chance, side, rng, draws)
    return ShiftSize(tuple(map(len, tests)), auc, _p_value(auc, null), gain, p, overlap)


def _target_test(x, y, chance, side, rng, draws) -> tuple[float | None, float | None, float]:
    """Gain, p-value and share of overlap, see `ShiftSize`."""
    either = (chance > LEAST_CHANCE) & (chance < 1 - LEAST_CHANCE)
    overlap = float(either.mean())
    x, y, chance, side = x[either], y[either], chance[either], side[either]
    common = np.flatnonzero(np.bincount(y, minlength=1) >= FOLDS) if len(y) else []
    known = np.isin(y, common)
    x, y, chance, side = x[known], y[known], chance[known], side[known]
    if len(y) < LEAST_OVERLAP or len(common) < 2 or len(np.unique(side)) < 2:
        return None, None, overlap
    folds = int(rng.integers(2**31))  # the same ones for all, so that only the side differs
    without = _log_loss(x, y, folds)

    def gain(sides: np.ndarray) -> float:
        return without - _log_loss(np.column_stack([x, sides]), y, folds)

    actual = gain(side)
    null = [gain((rng.random(len(chance)) < chance).astype(int)) for _ in range(draws)]
    return actual, _p_value(actual, null), overlap


def _log_loss(x: np.ndarray, y: np.ndarray, folds: int) -> float:
    p = _held_out(x, y, np.random.default_rng(folds))
    _, codes = np.unique(y, return_inverse=True)
    return float(-np.log(np.clip(p[np.arange(len(y)), codes], 1e-6, 1.0)).mean())


def _held_out(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Class probabilities of each row from boosted trees that were not trained on it, shape (rows, classes).

    On one thread: on so few rows more of them mostly wait for each other, for minutes beside another process.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    model = HistGradientBoostingClassifier(
        learning_rate=0.15, max_iter=30, max_leaf_nodes=8, min_samples_leaf=10, early_stopping=False, random_state=seed
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):
        return cross_val_predict(model, x, y, cv=folds, method="predict_proba")


def _permutations(side: np.ndarray, rng: np.random.Generator, draws: int):
    return (rng.permutation(side) for _ in range(draws))


def _auc(side: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(side, scores))


def _p_value(actual: float, null: list[float]) -> float:
    """Share of the null, the actual one among it, that is as large."""
    return (1 + sum(value >= actual for value in null)) / (1 + len(null))


def _codes(values: pd.Series) -> np.ndarray:
    """Numbers as they are, levels of a category by number, gaps below all.

    The trees take gaps, but no column that has nothing else in one of the folds.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(float)
    numbers = values.astype(float)
    return numbers.fillna(numbers.min() - 1).fillna(-1.0).to_numpy()
