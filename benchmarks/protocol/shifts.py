"""Splits under shift: training, validation and one test from one side of a table, a second test from the other.

What a kind of shift defines is only where its two sides are; the draw from them is the same for all, so that
scores on the two tests differ by the shift and by nothing else. `shifts_natural` holds out whole domains,
`shifts_made` makes shifts from tables that have none; `NoShift`, here, is the control of both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from benchmarks.protocol import tables
from benchmarks.protocol.tables import TARGET

__all__ = ["NoShift", "Shift", "ShiftError", "ShiftedRows", "Sides", "why_not"]

#: Rows that a side must have, inside (training side) and outside, in all and of each class.
INSIDE, OUTSIDE = 50, 20
INSIDE_OF_CLASS, OUTSIDE_OF_CLASS = 10, 4


class ShiftError(ValueError):
    """A table does not admit a shift; the message names the table and says why."""


@dataclass(frozen=True)
class Sides:
    """Where a shift's two sides are.

    Attributes
    ----------
    inside, outside
        Row numbers, disjoint. Rows in neither are not used.
    held_out
        What the outside is, in words.
    domains
        Name of the domain of every outside row.
    """

    inside: np.ndarray
    outside: np.ndarray
    held_out: str
    domains: np.ndarray

    @classmethod
    def of_mask(cls, outside: np.ndarray, held_out: str) -> Sides:
        """Sides of a truth value per row; the outside is one domain, called ``held_out``."""
        outside = np.asarray(outside, bool)
        return cls(np.flatnonzero(~outside), np.flatnonzero(outside), held_out, np.full(outside.sum(), held_out))


@dataclass(frozen=True)
class ShiftedRows:
    """The four parts of a split, with the same columns, and every class in each.

    Attributes
    ----------
    train, validation, test
        Rows of the training side, as in `splits.LowData`.
    shifted
        Test rows of the other side.
    domains
        Domain of every row of ``shifted``.
    held_out
        What the other side is, in words.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    shifted: pd.DataFrame
    domains: pd.Series
    held_out: str


@dataclass(frozen=True)
class Shift(ABC):
    """Definition of one fold's rows under a shift; its subclasses say of which kind.

    Attributes
    ----------
    rows
        Training and validation rows together: a stratified draw, at most half of the training side.
    fold
        Seed of the draw.
    validation
        Share of ``rows``, in (0, 1), that only chooses the step.
    test_rows
        Rows at most, in each of the two tests.
    choice
        Which of the table's shifts of this kind, from 0.
    task, datasets
        What the tables are for, and which there are; `refusal` says whether one admits the shift.
    """

    rows: int = 200
    fold: int = 0
    validation: float = 0.2
    test_rows: int = 2000
    choice: int = 0
    task: ClassVar[str] = "classification"
    datasets: ClassVar[tuple[str, ...]] = tuple(tables.DATASETS)

    def __post_init__(self) -> None:
        if not 0 < self.validation < 1:
            raise ValueError(f"validation={self.validation!r} must lie between 0 and 1")
        if self.choice < 0:
            raise ValueError(f"choice={self.choice!r} must be 0 or more")

    @abstractmethod
    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """Find the two sides; `ShiftError` where the table does not admit this shift."""

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table as methods see it."""
        return frame

    def refusal(self, frame: pd.DataFrame, table: str = "the table") -> str | None:
        """Why the table does not admit this shift; None where it does."""
        try:
            self.draw(frame, table)
        except ShiftError as error:
            return str(error)
        return None

    def draw(self, frame: pd.DataFrame, table: str = "the table") -> ShiftedRows:
        """Return the four parts.

        Parameters
        ----------
        frame
            The table, with its target called `tables.TARGET`, a category without a missing value.
        table
            Its name, for messages.

        Raises
        ------
        ShiftError
            Where the table does not admit this shift.
        """
        sides = self.sides(frame, table)
        lack = why_not(frame[TARGET], sides)
        if lack:
            raise ShiftError(f"{table} does not admit {type(self).__name__} with {sides.held_out!r} held out: {lack}")
        rng = np.random.default_rng([self.fold, self.choice])
        labels = frame[TARGET].to_numpy()
        drawn = _stratified(sides.inside, labels, min(self.rows, len(sides.inside) // 2), rng)
        validation = _stratified(drawn, labels, round(self.validation * len(drawn)), rng)
        train = drawn[~np.isin(drawn, validation)]
        rest = np.setdiff1d(sides.inside, drawn)
        test = _stratified(rest, labels, min(self.test_rows, len(rest)), rng)
        shifted = _stratified(sides.outside, labels, min(self.test_rows, len(sides.outside)), rng)
        seen = self.features(frame)
        seen = seen.assign(**{TARGET: seen[TARGET].cat.remove_unused_categories()})
        parts = (seen.iloc[part].reset_index(drop=True) for part in (train, validation, test, shifted))
        domain_of = pd.Series(sides.domains, index=sides.outside)
        return ShiftedRows(*parts, domain_of.loc[shifted].reset_index(drop=True), sides.held_out)


@dataclass(frozen=True)
class NoShift(Shift):
    """The control: a random quarter of the rows is the other side."""

    shift: str = field(default="none", init=False)

    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """A random, stratified quarter."""
        rng = np.random.default_rng([1, self.fold, self.choice])
        part = _stratified(np.arange(len(frame)), frame[TARGET].to_numpy(), len(frame) // 4, rng)
        return Sides.of_mask(np.isin(np.arange(len(frame)), part), "random rows")


def why_not(target: pd.Series, sides: Sides) -> str | None:
    """Say what the two sides lack for a split; None where nothing."""
    for place, rows, least, of_class in (
        ("training side", sides.inside, INSIDE, INSIDE_OF_CLASS),
        ("held-out side", sides.outside, OUTSIDE, OUTSIDE_OF_CLASS),
    ):
        if len(rows) < least:
            return f"its {place} has {len(rows)} rows, and {least} are needed"
        counts = target.iloc[rows].value_counts().reindex(target.unique(), fill_value=0)
        if counts.min() < of_class:
            return f"its {place} has {counts.min()} rows of class {counts.idxmin()}, and {of_class} are needed"
    return "it has one class only" if target.nunique() < 2 else None


def _stratified(rows: np.ndarray, labels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``size`` of the rows, each class by its share and with one row at least, in random order.

    Unlike scikit-learn's splitter it never leaves a rare class out of a small part.
    """
    rows = rng.permutation(rows)
    classes, codes = np.unique(labels[rows].astype(str), return_inverse=True)
    counts = np.bincount(codes)
    share = size * counts / len(rows)
    take = np.clip(np.floor(share).astype(int), 1, counts)
    while take.sum() != size:
        if take.sum() < size:  # to the class that is shortest of its share and has rows left
            take[np.argmax(np.where(take < counts, share - take, -np.inf))] += 1
        else:
            take[np.argmax(np.where(take > 1, take - share, -np.inf))] -= 1
    chosen = np.concatenate([rows[codes == k][: take[k]] for k in range(len(classes))])
    return rng.permutation(chosen)
