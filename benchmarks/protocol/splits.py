"""The low-data split: few training rows, a part of them for validation, tests on the rest."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from benchmarks.protocol.tables import low_data_split

__all__ = ["LowData"]


@dataclass(frozen=True)
class LowData:
    """Definition of one fold's rows.

    Attributes
    ----------
    rows
        Training and validation rows together: a stratified draw, at most half of the table.
    fold
        Seed of the draw.
    validation
        Share of ``rows``, in [0, 1), that only chooses the step.
    test_rows
        Test rows at most.
    """

    rows: int = 200
    fold: int = 0
    validation: float = 0.2
    test_rows: int = 2000

    def draw(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return training, validation (maybe empty) and test rows."""
        drawn, test = low_data_split(frame, self.rows, self.fold, self.test_rows)
        n = round((1 - self.validation) * len(drawn))
        return drawn[:n], drawn[n:].reset_index(drop=True), test
