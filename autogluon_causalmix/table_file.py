"""A user's CSV or Parquet file as a table that AutoGluon can use: names, numbers and kinds as they were meant."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError, did_you_mean

__all__ = ["has_number_commas", "is_text", "read_table"]

logger = logging.getLogger("autogluon.causalmix")

#: What people have tables in and neither pandas' CSV reader nor its Parquet reader reads.
OTHER_FILES = (".xlsx", ".xls", ".ods", ".json", ".feather", ".sav", ".dta")
#: Digits with a comma between them, or without one; what is before the comma and behind it.
WITH_COMMA = r"^-?(\d+)(?:,(\d+))?$"
#: Where a frame notes its columns that had decimal commas.
DECIMAL_COMMAS = "decimal_commas"


def read_table(
    path: Path,
    label: str,
    separator: str = ",",
    encoding: str = "utf-8",
    like: pd.DataFrame | None = None,
    say: Callable[[str], Any] = logger.info,
) -> pd.DataFrame:
    """Read a table with at least one row and the column ``label``.

    Parameters
    ----------
    separator, encoding
        Of a CSV file.
    like
        The training rows as they were read: what is text there is text here too, though all of it may look like
        numbers, and what had decimal commas has them here.
    say
        Is told what was read otherwise than it is written.

    Raises
    ------
    DataError
        With what to do, for a file that is no such table.
    """
    if not path.is_file():
        raise DataError(f"no file {str(path)!r}")
    if path.suffix.lower() in OTHER_FILES:
        raise DataError(f"{str(path)!r} is neither CSV nor Parquet: export it as one of them")
    parquet = path.suffix.lower() in (".parquet", ".pq")
    try:
        if parquet:
            frame = _with_plain_kinds(pd.read_parquet(path), path, say)
        else:
            # Read in pieces, a column of digits at first and words later would hold both 1 and "1".
            plain = (len(separator) == 1 and separator.isascii()) or separator == r"\s+"
            whole = {"low_memory": False} if plain else {}  # pandas' other reader reads no pieces
            frame = _read_csv(path, label, like, say, sep=separator, encoding=encoding, **whole)
        frame = _without_row_numbers(frame, path, like, say)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{str(path)!r} is not encoded in {encoding}: pass --encoding latin-1, or another that fits"
        ) from error
    except LookupError as error:
        raise DataError(f"--encoding {encoding!r} is none that Python knows: take utf-8 or latin-1") from error
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        hint = "" if parquet else _other_separator(path, separator, encoding)
        raise DataError(f"{str(path)!r} cannot be read as a table ({reason}){hint}") from error
    if label not in frame.columns:
        hint = "" if parquet else _other_separator(path, separator, encoding)
        raise DataError(f"no column {label!r} in {str(path)!r}{hint or '; ' + did_you_mean(label, frame.columns)}")
    if not len(frame):
        raise DataError(f"{str(path)!r} has no rows")
    return frame


def is_text(cells: pd.Series) -> bool:
    """Whether all known cells are text."""
    known = cells.dropna()
    return len(known) > 0 and bool(known.map(type).eq(str).all())


def has_number_commas(cells: pd.Series) -> bool:
    """Whether text is numbers of which some have a comma, for decimals or for thousands."""
    parts = _around_commas(cells)
    return parts is not None and bool(parts[1].notna().any())


# -- CSV ----------------------------------------------------------------------------------------------


def _read_csv(path: Path, label: str, like: pd.DataFrame | None, say: Callable[[str], Any], **how: Any) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=pd.errors.ParserWarning)  # of the empty cells at the ends of lines
        frame = pd.read_csv(path, **how)
        if len(frame) and not isinstance(frame.index, pd.RangeIndex):
            how = how | _beyond_the_header(path, say, how)
            frame = pd.read_csv(path, **how)
        if label in frame.columns and frame[label].isna().any() and _is_words(frame[label]):
            # A class may be called "None" or "NA": of words, only an empty cell is missing.
            as_written = pd.read_csv(path, **how, dtype=str, keep_default_na=False)[label].set_axis(frame.index)
            odd = as_written[frame[label].isna() & (as_written != "")].unique().tolist()
            if odd:
                say(f"{odd[:5]} in column {label!r} of {str(path)!r} are classes: leave a cell empty that is missing.")
            frame[label] = as_written.where(as_written != "")
        header = pd.read_csv(path, **how | {"index_col": None}, header=None, nrows=1, dtype=str).iloc[0].dropna()
        if header.duplicated().any():  # pandas would call the second 'y' 'y.1', and it would give the label away
            again = header[header.duplicated()].unique().tolist()
            raise ValueError(f"columns {again[:5]} are there more than once: rename or drop them")
        texts = () if like is None else [name for name in like.columns if name in frame.columns and is_text(like[name])]
        texts = [name for name in texts if pd.api.types.is_numeric_dtype(frame[name])]
        if texts:
            frame[texts] = pd.read_csv(path, **how, dtype=dict.fromkeys(texts, str))[texts]
    return _with_decimal_commas(frame, path, like, say)


def _beyond_the_header(path: Path, say: Callable[[str], Any], how: dict[str, Any]) -> dict[str, Any]:
    """What tells pandas which cell of a line, of one more than the header has, is the one without a name.

    It takes their first cells for names of the rows, and where these are the first column, every other cell stands
    one column too far left.
    """
    last = pd.read_csv(path, **how, dtype=str, keep_default_na=False).iloc[:, -1]
    if last.fillna("").eq("").all():  # a cell that says NA is none that a separator at the end of its line left
        say(f"Lines of {str(path)!r} end in a separator, their header does not: the last, empty cell is left out.")
        return {"index_col": False}
    say(f"Lines of {str(path)!r} begin with a cell that the header has no name for: it is left out.")
    return {}


def _with_decimal_commas(
    frame: pd.DataFrame, path: Path, like: pd.DataFrame | None, say: Callable[[str], Any]
) -> pd.DataFrame:
    """Numbers of cells like 1,5; where all of a column's commas may separate thousands it stays text."""
    commas = [name for name in frame.columns if has_number_commas(frame[name])]
    known = () if like is None else like.attrs.get(DECIMAL_COMMAS, ())
    texts = () if like is None else [name for name in commas if name in like.columns and is_text(like[name])]
    commas = [name for name in commas if name not in texts]
    decimal = [name for name in commas if name in known or _has_decimals(frame[name])]
    doubtful = [name for name in commas if name not in decimal]
    if decimal:
        say(f"Columns {decimal[:5]} of {str(path)!r} have decimal commas and are read as numbers.")
        frame[decimal] = frame[decimal].apply(lambda cells: cells.str.replace(",", ".").astype(np.float64))
        frame.attrs[DECIMAL_COMMAS] = decimal
    if doubtful:
        say(
            f"Columns {doubtful[:5]} of {str(path)!r} have numbers whose commas may separate thousands: they are read "
            "as text; write them without commas to have them read as numbers."
        )
    return frame


def _is_words(cells: pd.Series) -> bool:
    """Whether text is no numbers written another way, nor truth values beside gaps."""
    return is_text(cells) and _around_commas(cells) is None


def _around_commas(cells: pd.Series) -> pd.DataFrame | None:
    """Digits before and behind each cell's comma, or None where a known cell is no such number."""
    if pd.api.types.is_numeric_dtype(cells) or not is_text(cells):
        return None
    parts = cells.dropna().astype(object).str.extract(WITH_COMMA, expand=True)
    return None if parts[0].isna().any() else parts


def _has_decimals(cells: pd.Series) -> bool:
    """Whether some comma separates no thousands: other than three digits stand behind it, or a zero before it."""
    parts = _around_commas(cells)
    behind = parts[1].dropna()
    return bool((behind.str.len().ne(3) | parts.loc[behind.index, 0].str.startswith("0")).any())


def _other_separator(path: Path, separator: str, encoding: str) -> str:
    """What to do where another separator than the one given stands in the file's first line; else nothing."""
    with open(path, encoding=encoding, errors="replace") as file:
        first = file.readline()
    for other, written in ((";", "';'"), ("\t", "$'\\t'"), ("|", "'|'"), (",", "','")):
        if other != separator and first.count(other) > first.count(separator):
            return f": its cells seem to be separated otherwise; pass --separator {written}"
    return ""


# -- Parquet ------------------------------------------------------------------------------------------


def _with_plain_kinds(frame: pd.DataFrame, path: Path, say: Callable[[str], Any]) -> pd.DataFrame:
    """Names as text, numbers and truth values as NumPy has them: AutoGluon drops pandas' nullable and Arrow's kinds."""
    decimals = []
    words = frame.columns.map(str)
    if words.is_unique:  # a number as a name cannot be typed as --label
        frame.columns = words
    for name in frame.columns:
        cells = frame[name]
        may_be_decimal = isinstance(cells.dtype, pd.ArrowDtype) or cells.dtype == object
        if may_be_decimal and pd.api.types.infer_dtype(cells, skipna=True) == "decimal":
            frame[name] = cells.astype(object).map(float, na_action="ignore").astype(np.float64)
            decimals.append(name)
            continue
        if not pd.api.types.is_extension_array_dtype(cells.dtype):
            continue
        if pd.api.types.is_bool_dtype(cells.dtype):
            frame[name] = cells.astype(object).where(cells.notna(), None) if cells.hasnans else cells.astype(bool)
        elif pd.api.types.is_numeric_dtype(cells.dtype):
            whole = pd.api.types.is_integer_dtype(cells.dtype) and not cells.hasnans
            integer = np.uint64 if pd.api.types.is_unsigned_integer_dtype(cells.dtype) else np.int64
            frame[name] = cells.astype(integer) if whole else cells.to_numpy(np.float64, na_value=np.nan)
        elif isinstance(cells.dtype, pd.ArrowDtype) and pd.api.types.is_datetime64_any_dtype(cells.dtype):
            frame[name] = pd.to_datetime(cells.astype(object))
    if decimals:
        say(f"Columns {decimals[:5]} of {str(path)!r} are decimals and are read as floating-point numbers.")
    return frame


def _without_row_numbers(
    frame: pd.DataFrame, path: Path, like: pd.DataFrame | None, say: Callable[[str], Any]
) -> pd.DataFrame:
    """Leave out an index that counts the rows, which pandas writes as a nameless column; keep one that has a name.

    Of test rows it goes where training rows lack it, and only there: an index may repeat itself in one of both.
    """
    if any(name is not None for name in frame.index.names):
        return frame.reset_index()
    numbers = frame.iloc[:, 0] if len(frame.columns) and frame.columns[0] == "Unnamed: 0" else pd.Series(dtype=object)
    # In any order: rows may be shuffled.
    counts = numbers.is_unique if like is None else numbers.name not in like.columns
    if not pd.api.types.is_integer_dtype(numbers) or not counts:
        return frame
    say(f"The first column of {str(path)!r} has no name and numbers the rows: it is left out.")
    return frame.iloc[:, 1:]
