"""Synthetic rows for a table: a generator is fitted, or found fitted already, and draws rows of the same dtypes.

Knows no model. The generator sees the rows that it is given and nothing else; whatever fails is raised.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.augmentation.cache import SHARED, SharedFit, class_of, fit_key
from autogluon_causalmix.budget import Budget
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.base import Description, RowPool, describe, one_task_per_draw, warm_up
from autogluon_causalmix.generators.catalogue import FitContext, context_of, maker_of
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.metrics.copying import lost_levels
from autogluon_causalmix.metrics.fidelity import MAX_ROWS, two_sample_auc
from autogluon_causalmix.options import AugmentOptions
from autogluon_causalmix.synthesis.fitting import FittedGenerator, seconds_allowed
from autogluon_causalmix.table import TypedTable

__all__ = ["Drawn", "draw_rows"]

#: A generator that would have fewer seconds is not fitted.
MIN_SECONDS = 0.3
#: Larger numbers are infinite to models that compute in float32.
MOST = float(np.finfo(np.float32).max)
#: Fidelity is measured on this many validation rows at least, and only while so many seconds are left.
ENOUGH_UNSEEN, FIDELITY_SECONDS = 30, 5.0


@dataclass(frozen=True)
class Drawn:
    """Synthetic rows, and what is known of them.

    Attributes
    ----------
    X, y
        Features ``(n, f)`` and targets ``(n,)`` in the dtypes of the real ones.
    fidelity
        ``two_sample_auc`` (.5: indistinguishable) with ``two_sample_low`` and ``two_sample_high``,
        ``lost_levels``, ``n_rows``; None if it was not measured.
    shared
        Whether the generator had been fitted before, for another model.
    description
        What the generator says of itself.
    """

    X: pd.DataFrame
    y: pd.Series
    fidelity: dict[str, Any] | None = None
    shared: bool = False
    description: Description = field(default_factory=Description)


def draw_rows(
    X: pd.DataFrame,
    y: pd.Series,
    n: int,
    options: AugmentOptions,
    problem_type: str,
    *,
    unseen: tuple[pd.DataFrame, pd.Series] | None = None,
    budget: Budget | None = None,
    journal: Journal | None = None,
) -> Drawn:
    """Draw ``n`` rows like ``X`` ``(n_real, f)`` and ``y`` ``(n_real,)``; frames are not altered.

    Parameters
    ----------
    unseen
        Features and targets of rows that the generator does not see: fidelity is measured on them.
    budget
        Time for everything; the generator takes a part of it.

    Raises
    ------
    TimeoutError
        If there is no time for a generator.
    DataError
        If its rows do not fit the table.
    """
    budget, journal = budget or Budget(), journal or Journal()
    name = _free_name(y.name, X.columns)
    rng = np.random.default_rng(options.seed)
    seed, rows_seed = (int(k) for k in rng.integers(2**31, size=2))
    frame = _joint(X, y, name)
    if len(frame) > options.generator_rows:
        frame = frame.iloc[np.sort(rng.choice(len(frame), options.generator_rows, replace=False))]
    with journal.stage("encoding"):
        table = TypedTable.from_frame(frame, categorical=() if problem_type == "regression" else (name,))
    shared, known = _fitted(table, options, FitContext(name, seed), budget, journal)
    for remark in shared.description.remarks:
        journal.remark(remark, f"CausalMix: {remark}.")
    with shared.lock, journal.stage("drawing"):
        pool = RowPool(
            shared.fitted.generator, n, np.random.default_rng(rows_seed), table, balance=options.balance_classes
        )
        values = pool.take(n)
    if options.balance_classes:
        for remark in _unbalanced(table, values):
            journal.remark(remark, f"CausalMix: {remark}.")
    drawn = _like(table.with_values(values), X, y, name)
    fidelity = None
    if options.measure_fidelity and unseen is not None:
        fidelity = _fidelity(shared, table, values, _joint(*unseen, name), budget, journal)
    return Drawn(*drawn, fidelity, known, shared.description)


def _fitted(
    table: TypedTable, options: AugmentOptions, context: FitContext, budget: Budget, journal: Journal
) -> tuple[SharedFit, bool]:
    """Fit a generator to the table, or find one that was; the second value says which."""
    from threadpoolctl import threadpool_limits

    synthesis = options.synthesis
    seconds = seconds_allowed(synthesis, budget)
    if seconds is not None and seconds < MIN_SECONDS:
        raise TimeoutError("the time limit leaves no time for synthetic rows")
    context = dataclasses.replace(
        context, seconds=seconds, energy=_energy, discovery=options.discovery, knowledge=options.knowledge
    )
    if "energy" in context_of(options.generator):
        _tell_weights(journal)  # of every model, one that shares another's generator too

    def make() -> SharedFit:
        with journal.stage("generator imports"):
            warm_up(maker_of(options.generator))
        # Several threads win nothing on tables this small, and beside a busy process they wait for each other.
        with threadpool_limits(1):
            fitted = FittedGenerator.to(table, synthesis, context)
        description = describe(fitted.generator)
        for stage, took in (description.seconds or {"generator": fitted.seconds}).items():
            journal.took(stage, took)
        return SharedFit(fitted, description, made_by=class_of(options.generator))

    shares = options.cache and options.seed is not None
    key = fit_key(options.generator, options.generator_options, context, table) if shares else None
    return (make(), False) if key is None else SHARED.get(key, make, seconds)


def _tell_weights(journal: Journal) -> None:
    """Note it where other weights stand in for Mitra's, which a generator draws from."""
    from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint

    checkpoint = resolve_checkpoint(None, "binary")
    if checkpoint.fallback_reason is not None:
        remark = (
            f"the generator draws from the weights {checkpoint.name!r}, as the official ones cannot be loaded: "
            f"{checkpoint.fallback_reason}"
        )
        journal.remark(remark, f"CausalMix: {remark}.")


def _energy() -> Any:
    """Mitra's untuned weights, for a generator that draws from an in-context model."""
    from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint
    from autogluon_causalmix.incontext.energy import InContextEnergy
    from autogluon_causalmix.incontext.weights import load_weights

    return InContextEnergy(load_weights(resolve_checkpoint(None, "binary")))


def _like(table: TypedTable, X: pd.DataFrame, y: pd.Series, name: Any) -> tuple[pd.DataFrame, pd.Series]:
    """Rows as features and targets in the dtypes of the real ones."""
    if not np.isfinite(table.values[:, -1]).all():
        raise DataError("the generator drew rows without a target, or with an infinite one")
    for j, column in enumerate(table.columns[:-1]):
        drawn, real = _largest(table.values[:, j]), _largest_real(X[column.name]) if column.levels is None else np.inf
        if drawn > MOST >= real:
            raise DataError(
                f"the generator drew {drawn:g} in column {column.name!r}, which no model of float32 can read"
            )
    frame = table.to_frame()
    target = frame.pop(name)
    frame = frame[list(X.columns)]
    frame.columns = X.columns
    for column in X.columns[(frame.dtypes != X.dtypes).to_numpy()]:
        raise DataError(
            f"the generator drew {frame[column].dtype} cells in column {column!r}, which holds {X[column].dtype}: "
            "missing cells, where real rows have none and cannot have any"
        )
    return frame, pd.Series(target.to_numpy(), name=y.name).astype(y.dtype)


def _largest(values: np.ndarray) -> float:
    """Largest absolute value, missing cells aside."""
    return float(np.nanmax(np.abs(values), initial=0.0))


def _largest_real(column: pd.Series) -> float:
    return _largest(pd.to_numeric(column.dropna(), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))


def _unbalanced(table: TypedTable, values: np.ndarray) -> list[str]:
    """What balanced rows lack: classes that were never drawn, and classes whose rows repeat."""
    found, names = [], table.columns[-1].levels
    for code in np.unique(table.values[:, -1]):
        rows = values[values[:, -1] == code]
        distinct, name = len(np.unique(np.nan_to_num(rows, nan=-np.inf), axis=0)), str(names[int(code)])
        if not len(rows):
            found.append(f"balance_classes: the generator drew no row of class {name!r}")
        elif distinct <= len(rows) / 2:
            found.append(f"balance_classes: the {len(rows)} rows of class {name!r} are {distinct} drawn ones, repeated")
    return found


def _fidelity(
    shared: SharedFit, table: TypedTable, values: np.ndarray, unseen: pd.DataFrame, budget: Budget, journal: Journal
) -> dict[str, Any] | None:
    """Figures of the drawn rows beside validation rows; a figure for the reader, without which the fit goes on."""
    left = budget.left()
    few = min(len(unseen), len(values)) < ENOUGH_UNSEEN
    if few or one_task_per_draw(shared.fitted.generator) or (left is not None and left < FIDELITY_SECONDS):
        return None
    rng = np.random.default_rng(shared.fitted.context.seed)
    try:
        with journal.stage("fidelity"), shared.lock:
            held_out = TypedTable.from_frame(unseen, like=table).values
            held_out = held_out[np.isfinite(held_out[:, -1])]
            which = f"{hash(held_out.tobytes())}-{hash(values.tobytes())}"
            if which not in shared.figures:
                auc = two_sample_auc(held_out, values, rng)
                shared.figures[which] = None if auc is None else {
                    "two_sample_auc": auc.value,
                    "two_sample_low": auc.low,
                    "two_sample_high": auc.high,
                    "lost_levels": lost_levels(table, table.values, values),
                    "n_rows": min(len(held_out), len(values), MAX_ROWS),
                }  # fmt: skip
            return shared.figures[which]
    except Exception as error:  # the rows are used without it
        journal.remark(f"fidelity was not measured ({type(error).__name__}: {error})")
        return None


def _joint(X: pd.DataFrame, y: pd.Series, name: Any) -> pd.DataFrame:
    frame = X.copy(deep=False)
    frame[name] = pd.Series(np.asarray(y), index=X.index).astype(y.dtype)
    return frame


def _free_name(name: Any, taken: pd.Index) -> Any:
    name = "target" if name is None else name
    while name in taken:
        name = f"{name}_"
    return name
