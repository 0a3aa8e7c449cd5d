"""The low-data split: few training rows, a part of them for validation, tests on the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from benchmarks.protocol import gappy_tables, regression_tables, simulated, tables

__all__ = ["LowData", "LowDataGappy", "LowDataRare", "LowDataRegression", "LowDataSimulated"]


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
    task, datasets
        What the tables are for, and which there are.
    """

    rows: int = 200
    fold: int = 0
    validation: float = 0.2
    test_rows: int = 2000
    task: ClassVar[str] = "classification"
    datasets: ClassVar[tuple[str, ...]] = tuple(tables.DATASETS)

    def draw(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return training, validation (maybe empty) and test rows."""
        drawn, test = self._halves(frame)
        n = round((1 - self.validation) * len(drawn))
        return drawn[:n], drawn[n:].reset_index(drop=True), test

    def _halves(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return tables.low_data_split(frame, self.rows, self.fold, self.test_rows)


@dataclass(frozen=True)
class LowDataRare(LowData):
    """The same of a table whose smallest class was made rare before anything is drawn, in test rows too.

    Attributes
    ----------
    rare
        Share of the rows that are left that the class has, if it had more.
    """

    rare: float = 0.05

    def draw(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return training, validation and test rows."""
        counts = frame[tables.TARGET].value_counts()
        is_rare = frame[tables.TARGET] == counts.index[-1]
        n_kept = min(int(is_rare.sum()), round(self.rare / (1 - self.rare) * int((~is_rare).sum())))
        kept = frame[is_rare].sample(n_kept, random_state=self.fold).index
        return super().draw(frame[~is_rare | frame.index.isin(kept)].reset_index(drop=True))


@dataclass(frozen=True)
class LowDataGappy(LowData):
    """The same for tables of classes with missing cells."""

    datasets: ClassVar[tuple[str, ...]] = gappy_tables.DATASETS


@dataclass(frozen=True)
class LowDataSimulated(LowData):
    """The same for simulated tables, which have rows in reserve.

    Attributes
    ----------
    more
        Reserve rows that join the training rows, as a share of these; validation and test rows stay the same.
    """

    more: float = 0.0
    datasets: ClassVar[tuple[str, ...]] = simulated.DATASETS

    def draw(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return training, validation and test rows."""
        train, validation, test = super().draw(frame[: simulated.TABLE_ROWS])
        n_more = round(self.more * len(train))
        if n_more:
            reserve = frame[simulated.TABLE_ROWS :]
            if n_more > len(reserve):
                raise ValueError(f"more={self.more} asks for {n_more} rows, but {len(reserve)} are in reserve")
            train = pd.concat([train, reserve.sample(n_more, random_state=self.fold)], ignore_index=True)
        return train, validation, test


@dataclass(frozen=True)
class LowDataRegression(LowData):
    """The same for a target that is a number: the draw is not stratified."""

    task: ClassVar[str] = "regression"
    datasets: ClassVar[tuple[str, ...]] = tuple(regression_tables.TABLES)

    def _halves(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        return regression_tables.low_data_split(frame, self.rows, self.fold, self.test_rows)
