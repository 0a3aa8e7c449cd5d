"""Errors that say what is wrong, with which value, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["CheckpointError", "DataError", "NothingToLearn", "OptionError", "did_you_mean", "nearest_name"]


class DataError(ValueError):
    """The data cannot be used: names the column, the value found and a remedy."""


class NothingToLearn(DataError):
    """Rows that tell nothing apart: one class, one value of the target, or no column that varies."""


class OptionError(ValueError):
    """An option is unknown or impossible: names it, its value and the nearest valid one."""


class CheckpointError(RuntimeError):
    """A named checkpoint is not available: names it and the ways to get one."""


def did_you_mean(name: object, valid: Iterable[object]) -> str:
    """Return ``"did you mean 'x'?"``, or what there is where nothing looks like ``name``."""
    known = {str(other): other.item() if hasattr(other, "item") else other for other in valid}  # 3, not np.int64(3)
    near = nearest_name(str(name), known)
    return f"did you mean {known[near]!r}?" if near else f"there is {list(known.values())[:20]}"


def nearest_name(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that looks most like ``name``, or None when none does.

    Names that hold ``name`` as whole words come first: "alpha" is nearer to "discovery_alpha" than
    to "lambda", however many letters are added.
    """
    asked, names = str(name).lower(), {str(other).lower(): str(other) for other in valid}
    longer = [other for other in names if f"_{asked}_" in f"_{other}_"]
    matches = difflib.get_close_matches(asked, longer or names, n=1, cutoff=0.0 if longer else 0.53)
    return names[matches[0]] if matches else None
