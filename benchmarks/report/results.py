"""What a report is made of: a study's rows, and those of its sister studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

__all__ = ["RUN", "Results"]

#: What rows of different methods are paired by.
RUN = ["dataset", "fold"]


@dataclass(frozen=True)
class Results:
    """Rows of a study.

    Attributes
    ----------
    rows
        One row per cell that was tried; ``status`` is "ok" or "error".
    study
        The declaration, for what is missing; None where it does not matter.
    sisters
        Rows of other studies by name.
    """

    rows: pd.DataFrame
    study: Any = None
    sisters: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def good(self) -> pd.DataFrame:
        """Rows that were measured."""
        return measured(self.rows)

    def sister(self, name: str) -> pd.DataFrame:
        """Measured rows of a sister study; an empty frame if it has none."""
        return measured(self.sisters.get(name, self.rows[:0]))


def measured(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those of failed cells."""
    return rows[rows["status"] == "ok"] if "status" in rows else rows
