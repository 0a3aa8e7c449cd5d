"""Checks of single options: each raises an `OptionError` that names the option, its value and what would do."""

from __future__ import annotations

import math
import numbers
from collections.abc import Collection, Hashable, Iterable
from typing import Any

import numpy as np

from autogluon_causalmix.errors import OptionError, did_you_mean, nearest_name

__all__ = ["check_choice", "check_column", "check_device", "check_flag", "check_number"]


def check_number(
    name: str, value: Any, low: float, high: float = math.inf, *, whole: bool = False, hint: str = ""
) -> None:
    """Raise `OptionError` unless ``value`` is a (whole) number from ``low`` to ``high``."""
    kind = "a whole number" if whole else "a number"
    bounds = f"from {low} to {high}" if high != math.inf else f"of at least {low}"
    number = isinstance(value, numbers.Integral if whole else numbers.Real) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise OptionError(f"{name}={value!r} must be {kind} {bounds}{hint}")


def check_choice(name: str, value: Any, valid: Iterable[str], more: str = "") -> None:
    """Raise `OptionError` unless ``value`` is one of ``valid``; ``more`` says what else would do."""
    if not isinstance(value, str) or value not in valid:
        near = nearest_name(str(value), valid)
        hint = f"; did you mean {near!r}?" if near else ""
        raise OptionError(f"{name}={value!r} is not one of {list(valid)}{more}{hint}")


def check_column(option: str, name: Any, columns: Collection, where: str = "the frame") -> None:
    """Raise `OptionError` unless ``name`` is one of ``columns``."""
    if not isinstance(name, Hashable) or name not in columns:
        raise OptionError(f"{option}: no column {name!r} in {where}; {did_you_mean(name, columns)}")


def check_flag(name: str, value: Any) -> None:
    """Raise `OptionError` unless ``value`` is True or False, or 1 or 0."""
    if not isinstance(value, (bool, int, np.bool_)) or value not in (0, 1):
        raise OptionError(f"{name}={value!r} must be True or False")


def check_device(device: Any) -> None:
    """Raise `OptionError` for a CUDA device that this machine, or this build of torch, does not have."""
    if device is None or not str(device).startswith("cuda"):
        return
    import torch

    n, number = torch.cuda.device_count(), int(str(device).partition(":")[2] or 0)
    if number >= n:
        there = f"this machine has {n} CUDA devices" if n else "torch sees no CUDA device here"
        raise OptionError(f"device={device!r}: {there}; take 'cpu', or None for what AutoGluon allots")
