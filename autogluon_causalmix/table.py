"""The typed table: a data frame as one float matrix and a kind for every column, and back.

Contract
--------
``TypedTable.from_frame(frame).to_frame()`` equals ``frame``: dtypes, categories and their
order, integer values, time zones, missing and infinite cells (the index is not kept).

Inside, ``values`` is float64 of shape ``(n_rows, n_columns)``. Numbers stand for themselves;
categories, binaries and whatever float64 cannot hold exactly (long integers, nanoseconds) are
codes into the column's ``levels``; a missing cell is NaN. A table made with ``like=`` uses the
columns of another table: categories it has never seen become missing and are counted, dates and
long integers get a code between those of their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.column_kinds import Column, Kind, read_column
from autogluon_causalmix.errors import DataError

__all__ = ["Column", "Kind", "TypedTable"]


@dataclass(frozen=True)
class TypedTable:
    """A data frame as numbers.

    Attributes
    ----------
    columns
        One `Column` per column of the frame, in order.
    values
        Shape ``(n_rows, n_columns)``, float64; NaN is missing.
    unseen
        Mask of cells whose value the columns do not know (only with ``like=``), else None.
    """

    columns: tuple[Column, ...]
    values: np.ndarray
    unseen: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def names(self) -> list:
        """Labels of the columns."""
        return [column.name for column in self.columns]

    def position(self, name: Any) -> int:
        """Position of the column called ``name``; raises `DataError` if there is none."""
        if name not in self.names:
            raise DataError(f"no column {name!r} in the table; it has {self.names[:20]}")
        return self.names.index(name)

    @property
    def missing(self) -> np.ndarray:
        """Boolean mask of missing cells, shape ``(n_rows, n_columns)``."""
        return np.isnan(self.values)

    def with_values(self, values: np.ndarray) -> TypedTable:
        """Return other rows of the same columns."""
        return TypedTable(self.columns, np.asarray(values, dtype=np.float64))

    def with_new_numbers(self, frame: pd.DataFrame) -> TypedTable:
        """Return the table, read from ``frame`` with ``like=``, with numbers that training lacked on their line.

        A column of two numbers is read as the codes 0 and 1. Any other number in ``frame`` gets the
        position that it has on the line through those two, below 0 and above 1 included.
        """
        values, unseen = self.values, self.unseen
        for j, column in enumerate(self.columns):
            if column.two_numbers and unseen is not None and unseen[:, j].any():
                low, high = np.asarray(column.levels, dtype=np.float64)
                numbers = pd.to_numeric(frame[column.name].astype(object), errors="coerce")
                place = (numbers.to_numpy(dtype=np.float64, na_value=np.nan) - low) / (high - low)
                values = values.copy() if values is self.values else values
                values[unseen[:, j], j] = place[unseen[:, j]]
        return TypedTable(self.columns, values, unseen)

    def rows(self, index: np.ndarray) -> TypedTable:
        """Return the rows at ``index``."""
        return self.with_values(self.values[index])

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, categorical: Iterable = (), like: TypedTable | None = None
    ) -> TypedTable:
        """Read a data frame; it is never altered.

        Parameters
        ----------
        frame
            Any frame with unique column labels.
        categorical
            Labels of columns to read as categories whatever their dtype (the target, say).
        like
            Use this table's columns: ``frame`` must have them, by name.

        Raises
        ------
        DataError
            For repeated labels, missing columns, or cells that are not plain values.
        """
        if not isinstance(frame, pd.DataFrame):
            raise DataError(f"expected a pandas DataFrame, found {type(frame).__name__}")
        if not frame.columns.is_unique:
            repeated = frame.columns[frame.columns.duplicated()].unique().tolist()
            raise DataError(f"column labels must be unique, found {repeated[:5]} more than once: rename or drop them")
        if like is None:
            forced = set(categorical)
            columns = tuple(read_column(frame[name], name, name in forced) for name in frame.columns)
        else:
            absent = [column.name for column in like.columns if column.name not in frame.columns]
            if absent:
                raise DataError(
                    f"columns {absent[:5]} are missing from the frame: pass the columns of the training data"
                )
            columns = like.columns
        values = np.empty((len(frame), len(columns)))
        unseen = np.zeros(values.shape, dtype=bool)
        numbers, places = _held_as_numbers(frame, columns)
        if numbers:  # together: a frame takes long to hand out a column
            same = places == list(range(frame.shape[1]))
            values[:, numbers] = (frame if same else frame.iloc[:, places]).to_numpy(dtype=np.float64)
        for j in sorted(set(range(len(columns))).difference(numbers)):
            values[:, j], unseen[:, j] = _encode(frame[columns[j].name], columns[j])
            if like is None and unseen[:, j].any():
                raise DataError(
                    f"column {columns[j].name!r} of {columns[j].dtype} cannot be read: turn it into another dtype"
                )
        return cls(columns, values, None if like is None else unseen)

    def to_frame(self, index: pd.Index | None = None) -> pd.DataFrame:
        """Return the rows as a data frame with the original dtypes."""
        series = {j: _decode(self.values[:, j], column) for j, column in enumerate(self.columns)}
        frame = pd.DataFrame(series, index=pd.RangeIndex(len(self)))
        frame.columns = pd.Index(self.names, tupleize_cols=False)
        if index is not None:
            frame.index = index
        return frame


def _held_as_numbers(frame: pd.DataFrame, columns: tuple[Column, ...]) -> tuple[list[int], list[int]]:
    """Positions of columns that NumPy holds as the numbers they stand for: among ``columns``, and in the frame."""
    place = {name: j for j, name in enumerate(frame.columns)}
    dtypes = frame.dtypes.to_list()
    found = [(j, place.get(column.name)) for j, column in enumerate(columns) if column.levels is None]
    plain = [(j, k) for j, k in found if k is not None and isinstance(dtypes[k], np.dtype) and dtypes[k].kind in "iuf"]
    return [j for j, _ in plain], [k for _, k in plain]


def _encode(series: pd.Series, column: Column) -> tuple[np.ndarray, np.ndarray | bool]:
    if column.levels is None:
        if isinstance(series.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(series.dtype):
            series = pd.to_numeric(series.astype(object), errors="coerce")
        return series.to_numpy(dtype=np.float64, na_value=np.nan), False
    missing = series.isna().to_numpy()
    times_of_arrow = isinstance(series.dtype, pd.ArrowDtype) and series.dtype.kind in "mMO"  # not found among NumPy's
    plain = times_of_arrow or pd.api.types.is_object_dtype(series.dtype)
    levels, values = pd.Index(column.levels), pd.Index(series.to_numpy() if plain else series)
    if (pd.api.types.infer_dtype(levels) == "boolean") != pd.api.types.is_bool_dtype(values.dtype):
        levels, values = levels.astype(object), values.astype(object)  # True is 1, whichever of them says so
    codes = levels.get_indexer(values).astype(np.float64)
    unseen = (codes < 0) & ~missing
    codes[missing | unseen] = np.nan
    if unseen.any() and not column.is_discrete and len(column.levels):
        # A date or long integer between two known ones lies between their codes.
        try:
            known, new = _as_floats(column.levels, column), _as_floats(series[unseen], column)
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"column {column.name!r} holds {column.dtype} in one table and {series.dtype} in another, such as "
                f"{series[unseen].iloc[0]!r}: turn one into the other"
            ) from error
        codes[unseen] = np.interp(new, known, np.arange(len(column.levels)))
    return codes, unseen


def _as_floats(values: Any, column: Column) -> np.ndarray:
    """Positions on a line, in one unit for known and new values."""
    if column.kind is Kind.DATETIME:
        if isinstance(column.dtype, (np.dtype, pd.DatetimeTZDtype)) and column.dtype.kind in "mM":
            return pd.Series(values).astype(column.dtype).astype("int64").to_numpy(dtype=np.float64)
        return np.array([_place_in_time(value) for value in pd.Series(values)])
    return pd.Series(values).to_numpy(dtype=np.float64, na_value=np.nan)


def _place_in_time(value: Any) -> float:
    """Position of one of Python's dates or spans, or pandas' periods: in seconds, or in periods."""
    if isinstance(value, pd.Period):
        return float(value.ordinal)
    span = getattr(value, "total_seconds", None)
    return pd.Timestamp(value).timestamp() if span is None else span()


def _decode(values: np.ndarray, column: Column) -> pd.Series:
    missing = np.isnan(values)
    dtype = column.dtype
    if column.levels is not None:
        codes = np.where(missing, -1, np.round(values)).astype(np.int64)
        if isinstance(dtype, pd.CategoricalDtype):
            return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
        holds_objects = pd.api.types.is_object_dtype(dtype)
        if not len(column.levels):
            return pd.Series([np.nan if holds_objects else pd.NA] * len(values), dtype=object).astype(dtype)
        taken = pd.Series(column.levels[np.maximum(codes, 0)])
        if missing.any():
            taken = taken.astype(object).where(~missing, np.nan if holds_objects else pd.NA)
            if isinstance(dtype, np.dtype) and dtype.kind == "f":
                taken = pd.to_numeric(taken.where(~missing, np.nan))
        return taken.astype(_holding_missing(dtype, missing))
    dtype = _holding_missing(dtype, missing)
    if pd.api.types.is_extension_array_dtype(dtype):
        values = pd.array(np.where(missing, 0.0, values), dtype="Float64")
        values[missing] = pd.NA
        return pd.Series(values).astype(dtype)
    return pd.Series(values).astype(dtype)


def _holding_missing(dtype: Any, missing: np.ndarray) -> Any:
    """NumPy integers and booleans cannot be missing; rows of other columns' making may be."""
    if missing.any() and isinstance(dtype, np.dtype) and dtype.kind in "iub":
        return np.dtype(object) if dtype.kind == "b" else np.dtype(np.float64)
    return dtype
