"""Synthetic rows for people who train elsewhere: `augment`, a frame in and a frame out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.augmentation.rows import draw_rows
from autogluon_causalmix.checks import check_choice, check_flag, check_number
from autogluon_causalmix.errors import DataError, OptionError, did_you_mean
from autogluon_causalmix.options import AugmentOptions
from autogluon_causalmix.options.augmentation import check_augment_names

__all__ = ["augment"]

PROBLEM_TYPES = ("binary", "multiclass", "regression")


def augment(
    train: pd.DataFrame,
    label: Any,
    n: int,
    generator: Any = "scm",
    *,
    append: bool = False,
    marker: str | None = None,
    problem_type: str | None = None,
    seed: int | None = 0,
    **options: Any,
) -> pd.DataFrame:
    """Draw synthetic rows like those of a training table.

    **Split first.** Pass training rows only. Rows made of a table that still holds validation or test rows carry
    these into training, and every score on them is worth nothing. In a cross-validation, call this once per
    fold on the fold's training rows, and validate on real rows.

    Parameters
    ----------
    train
        Real rows ``(n_real, n_columns)``, the target among the columns; not altered.
    label
        The target's column, without missing cells.
    n : int >= 1
        Synthetic rows.
    generator : default "scm"
        A name of `generators.catalogue.GENERATORS`, an object with ``fit`` and ``sample``, a class of
        such objects, or ``"package.module:Class"``.
    append : bool, default False
        Return the rows of ``train`` followed by the synthetic ones, instead of the synthetic ones alone.
    marker : str, default None
        Add a column of this name that is True in synthetic rows.
    problem_type : {"binary", "multiclass", "regression"}, default None
        Whether the target is a class or a number; None is what AutoGluon would take it for.
    seed : int >= 0 or None, default 0
        Seed of everything; None draws one.
    **options
        ``generator_options``, ``balance_classes``, ``generator_rows``, ``cache``, ``synthesis_time_limit``, and
        those of the causal graph (``discovery_resamples``, ``known_roots``, ...): see `AugmentOptions`.

    Returns
    -------
    The columns of ``train`` in its order and its dtypes (and ``marker``); the index counts from 0.

    Raises
    ------
    DataError
        For a table without the label or with missing labels, of one row, or with a column called like ``marker``.
    OptionError
        For an option that is unknown or impossible.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> train = pd.DataFrame({"dose": rng.standard_normal(100), "sex": rng.choice(["f", "m"], 100)})
    >>> train["ill"] = train["dose"] + rng.standard_normal(100) > 0
    >>> rows = augment(train, "ill", 50, "copula", append=True, marker="synthetic")
    >>> len(rows), int(rows["synthetic"].sum()), (rows.dtypes[train.columns] == train.dtypes).all().item()
    (150, 50, True)
    """
    from autogluon.core.utils import infer_problem_type

    _check_table(train, label, marker)
    check_number("n", n, 1, whole=True)
    check_flag("append", append)
    y = train[label]
    if problem_type is None:
        try:
            problem_type = infer_problem_type(_as_numpy_has_it(y), silent=True)
        except (TypeError, NotImplementedError, ValueError) as error:
            raise DataError(
                f"what {label!r} ({y.dtype}) is cannot be told: pass problem_type, one of {', '.join(PROBLEM_TYPES)}"
            ) from error
    check_choice("problem_type", problem_type, PROBLEM_TYPES)
    if problem_type == "regression":
        words = y[pd.to_numeric(y.astype(object), errors="coerce").isna()]
        if len(words):
            raise DataError(f"problem_type={problem_type!r} wants numbers, and {label!r} holds {words.iloc[0]!r}")
    read = _options({"generator": generator, "seed": seed} | options)
    read.check(problem_type)
    read.knowledge.check_columns(train.columns)
    drawn = draw_rows(train.drop(columns=[label]), y, int(n), read, problem_type)
    rows = drawn.X.copy()
    rows[label] = drawn.y
    rows = rows[list(train.columns)]
    if append:
        rows = pd.concat([train, rows], ignore_index=True).astype(train.dtypes)
    if marker is not None:
        rows[marker] = np.arange(len(rows)) >= len(rows) - n
    return rows


def _as_numpy_has_it(y: pd.Series) -> pd.Series:
    """Return labels without missing cells in a dtype that AutoGluon can read."""
    types = pd.api.types
    if not types.is_extension_array_dtype(y.dtype) or isinstance(y.dtype, pd.CategoricalDtype):
        return y.astype(np.float64) if types.is_float_dtype(y.dtype) else y
    if types.is_bool_dtype(y.dtype):
        return y.astype(bool)
    if types.is_integer_dtype(y.dtype):
        return y.astype(np.int64)
    return y.astype(np.float64 if types.is_float_dtype(y.dtype) else object)


def _check_table(train: pd.DataFrame, label: Any, marker: str | None) -> None:
    if not isinstance(train, pd.DataFrame):
        raise DataError(f"train must be a pandas DataFrame, found {type(train).__name__}")
    if isinstance(train.columns, pd.MultiIndex):
        raise DataError("train has columns of several levels: flatten their labels, one for each column")
    if not train.columns.is_unique:
        repeated = train.columns[train.columns.duplicated()].unique().tolist()
        raise DataError(f"column labels must be unique, found {repeated[:5]} more than once: rename or drop them")
    if not isinstance(label, Hashable) or label not in train.columns:
        raise DataError(f"no column {label!r} in train; {did_you_mean(label, train.columns)}")
    if len(train) < 2 or train.shape[1] < 2:
        raise DataError(
            f"train has {len(train)} rows and {train.shape[1]} columns: at least two rows, and a column beside the "
            "label, are needed to learn from"
        )
    missing = int(train[label].isna().sum())
    if missing:
        raise DataError(
            f"{missing} of {len(train)} rows have no {label!r}: drop them, train.dropna(subset=[{label!r}])"
        )
    if pd.api.types.is_numeric_dtype(train[label].dtype):
        infinite = int(np.isinf(train[label].to_numpy(dtype=np.float64, na_value=np.nan)).sum())
        if infinite:
            raise DataError(f"{infinite} of {len(train)} rows have an infinite {label!r}: drop them")
    if not isinstance(marker, Hashable):
        raise DataError(f"marker={marker!r} cannot be the name of a column: give it a text")
    if marker is not None and marker in train.columns:
        raise DataError(f"marker={marker!r} is a column of train: choose another name")


#: Options of a model, which there is none of here.
_OF_A_MODEL = ("model", "model_hyperparameters", "mix_ratio", "synthetic_weight", "holdout_share", "measure_fidelity")


def _options(given: Mapping[str, Any]) -> AugmentOptions:
    for name in given:
        if name in _OF_A_MODEL:
            raise OptionError(f"{name!r} is an option of CAUSALMIX_AUGMENT, not of augment(), which fits no model")
    check_augment_names(given, without=_OF_A_MODEL, where="augment()")
    return AugmentOptions.from_hyperparameters(given)
