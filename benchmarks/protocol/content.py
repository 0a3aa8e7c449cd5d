"""Digests of the tables' contents: a result belongs to rows, not to a name."""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache

import pandas as pd

from benchmarks.protocol import domain_tables, gappy_tables, interventions, regression_tables, simulated, tables

__all__ = ["content_of", "digest", "load", "read"]


def load(name: str) -> pd.DataFrame:
    """Return a benchmark table: classes (real, simulated, with gaps or with domains) or numbers; names differ."""
    if name in domain_tables.DATASETS:
        return domain_tables.load(name)
    if name in gappy_tables.DATASETS:
        return gappy_tables.load(name)
    if name in interventions.DATASETS:
        return interventions.load(name)
    if name in simulated.DATASETS:
        return simulated.load(name)
    return (regression_tables if name in regression_tables.TABLES else tables).load(name)


def digest(frame: pd.DataFrame) -> str:
    """Digest of column names, dtypes, categories and values, in their order."""
    total = hashlib.sha256()
    for name, column in frame.items():
        kind = str(column.dtype)
        if isinstance(column.dtype, pd.CategoricalDtype):
            kind = f"category {[str(level) for level in column.cat.categories]} {column.cat.ordered}"
        total.update(f"{name}\n{kind}\n".encode())
        total.update(pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes())
    return total.hexdigest()[:16]


@lru_cache(maxsize=4)
def _table(name: str) -> tuple[pd.DataFrame, str]:
    frame = load(name)
    return frame, digest(frame)


@cache
def content_of(name: str) -> str:
    """Digest of a benchmark table."""
    return _table(name)[1]


def read(name: str, content: str) -> pd.DataFrame:
    """Load a table; ValueError if it is not the one that ``content`` stands for."""
    frame, actual = _table(name)
    if actual != content:
        raise ValueError(f"table {name!r} has digest {actual} here, {content} where the cell was made: fetch it again")
    return frame
