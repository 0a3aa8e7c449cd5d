"""What a column of a data frame holds: its kind, read off its dtype and its values.

Numbers stand for themselves; categories, binaries and whatever float64 cannot hold exactly (long integers,
nanoseconds), or holds as objects (decimals, dates), are codes into the column's ``levels``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError

__all__ = ["Column", "Kind", "read_column"]

#: Beyond this, float64 no longer tells neighbouring integers apart.
MAX_EXACT_INTEGER = 2**53


class Kind(StrEnum):
    """What the values of a column mean."""

    NUMERIC = "numeric"
    INTEGER = "integer"
    BINARY = "binary"
    CATEGORICAL = "categorical"
    DATETIME = "datetime"

    __str__ = str.__str__


@dataclass(frozen=True)
class Column:
    """What is known of one column.

    Attributes
    ----------
    name
        The column's label, of any hashable type.
    kind
        What the values mean.
    dtype
        The dtype that `TypedTable.to_frame` restores.
    levels
        What codes stand for, ordered; None where values stand for themselves.
    lower, upper
        Smallest and largest finite value (code where there are levels); NaN if there is none.
    two_numbers
        Whether the column is binary only because its numbers happen to be two: later rows may hold others.
    """

    name: Any
    kind: Kind
    dtype: Any
    levels: np.ndarray | None = field(default=None, compare=False, repr=False)
    lower: float = np.nan
    upper: float = np.nan
    two_numbers: bool = False

    @property
    def is_discrete(self) -> bool:
        """Whether the values are unordered categories, not positions on a line."""
        return self.kind in (Kind.BINARY, Kind.CATEGORICAL)

    @property
    def n_levels(self) -> int:
        """Number of levels of a discrete column."""
        return 0 if self.levels is None else len(self.levels)

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value, or code, that the column can hold."""
        if self.levels is not None:
            return 0.0, len(self.levels) - 1.0
        held = getattr(self.dtype, "numpy_dtype", self.dtype)  # pandas' Int8 holds what int8 does
        if isinstance(held, np.dtype) and held.kind in "iu":
            bounds = np.iinfo(held)
            return float(bounds.min), float(bounds.max)
        return -np.inf, np.inf


#: What pandas says of a column of objects that lie on a line, as SQL's decimals and dates are handed over.
OBJECTS = dict.fromkeys(("decimal", "integer", "floating", "mixed-integer-float"), Kind.INTEGER) | dict.fromkeys(
    ("date", "datetime", "datetime64", "timedelta", "timedelta64", "period"), Kind.DATETIME
)


def read_column(series: pd.Series, name: Any, as_classes: bool) -> Column:
    """What a column holds; ``as_classes`` makes it a category whatever its dtype."""
    dtype = series.dtype
    present = series.dropna()
    if isinstance(dtype, pd.CategoricalDtype):
        return _with_levels(name, _class_kind(present), dtype, dtype.categories.to_numpy(), present)
    if as_classes or pd.api.types.is_bool_dtype(dtype) or not _is_number_or_time(dtype):
        kind = None if as_classes else _kind_of_objects(present)
        try:
            levels = np.array(_sorted_levels(present), dtype=object)
        except TypeError as error:
            example = type(present.iloc[0]).__name__
            raise DataError(f"column {name!r} holds values of type {example}; use numbers, text or dates") from error
        return _with_levels(name, kind or _class_kind(present), dtype, levels, present)
    if pd.api.types.is_datetime64_any_dtype(dtype) or _is_duration(dtype):
        return _with_levels(name, Kind.DATETIME, dtype, np.sort(present.unique()), present)
    numbers = present.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = numbers[np.isfinite(numbers)]
    lower, upper = (float(finite.min()), float(finite.max())) if len(finite) else (np.nan, np.nan)
    if len(finite) == len(numbers) and present.nunique() == 2:
        column = _with_levels(name, Kind.BINARY, dtype, np.sort(present.unique()), present)
        return replace(column, two_numbers=True)
    if len(finite) and max(abs(lower), abs(upper)) >= MAX_EXACT_INTEGER and pd.api.types.is_integer_dtype(dtype):
        return _with_levels(name, Kind.INTEGER, dtype, np.sort(present.unique()), present)
    whole = len(finite) > 0 and bool((finite == np.round(finite)).all())
    return Column(name, Kind.INTEGER if whole else Kind.NUMERIC, dtype, None, lower, upper)


def _is_number_or_time(dtype: Any) -> bool:
    types = pd.api.types
    return (
        (types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype))
        or types.is_datetime64_any_dtype(dtype)
        or _is_duration(dtype)
    )


def _is_duration(dtype: Any) -> bool:
    """Whether cells are spans of time, NumPy's or Arrow's."""
    return getattr(dtype, "kind", None) == "m"


def _kind_of_objects(present: pd.Series) -> Kind | None:
    """Kind of a column that holds numbers or dates as Python's objects, which have an order; None for any other."""
    if isinstance(present.dtype, pd.PeriodDtype):
        return Kind.DATETIME
    if not pd.api.types.is_object_dtype(present.dtype):
        return None
    return OBJECTS.get(pd.api.types.infer_dtype(present, skipna=True))


def _class_kind(present: pd.Series) -> Kind:
    return Kind.BINARY if present.nunique() == 2 else Kind.CATEGORICAL


def _sorted_levels(present: pd.Series) -> list:
    levels = present.unique().tolist()
    if any(isinstance(level, tuple) for level in levels):
        raise TypeError("NumPy would take tuples apart")
    try:
        return sorted(levels)
    except TypeError:  # mixed types have no order of their own; hash() refuses what cannot be a level
        return sorted(levels, key=lambda level: (type(level).__name__, str(level), hash(level)))


def _with_levels(name: Any, kind: Kind, dtype: Any, levels: Any, present: pd.Series) -> Column:
    levels = np.asarray(levels)
    codes = pd.Index(levels).get_indexer(pd.Index(present.unique()))
    lower, upper = (float(codes.min()), float(codes.max())) if len(codes) else (np.nan, np.nan)
    return Column(name, kind, dtype, levels, lower, upper)
