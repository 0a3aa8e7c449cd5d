"""Reports as data that JSON can hold."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """Return dicts, lists, strings and numbers: to six digits, wholes and halves to twelve, None if not finite."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays, series, tensors
        return plain(value.tolist())
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if not math.isfinite(number):
        return None
    return float(f"{number:.{12 if abs(number) >= 1e6 or (2 * number).is_integer() else 6}g}")
