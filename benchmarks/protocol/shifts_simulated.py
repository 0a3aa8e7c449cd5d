"""Shifts that are interventions: trained in the observed world of a simulated table, tested in another one.

Five splits for the five worlds of `interventions`; that of no intervention is the control. All five train on the
same rows, so `WorldsShift` tests one fit in all worlds at once: a row's domain says which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.interventions import DATASETS, OBSERVED, WORLDS
from benchmarks.protocol.shifts import Shift, ShiftError, Sides

__all__ = ["SIMULATED", "ChildShift", "MechanismShift", "NothingShift", "ParentShift", "SpuriousShift", "WorldsShift"]


@dataclass(frozen=True)
class _WorldShift(Shift):
    """The rows of one other world are the held-out side; there is one choice."""

    datasets: ClassVar[tuple[str, ...]] = DATASETS

    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """Observed rows and those of the world; rows of other worlds are not used."""
        if DOMAIN not in frame or OBSERVED not in set(frame[DOMAIN]):
            raise ShiftError(f"{table} has no rows of an observed world, so nobody can have intervened in it")
        if self.choice:
            raise ShiftError(f"{table} has one world for each intervention; choice={self.choice} is none")
        outside = np.flatnonzero(frame[DOMAIN].isin(self.worlds))
        worlds = frame[DOMAIN].iloc[outside].astype(str).to_numpy()
        return Sides(np.flatnonzero(frame[DOMAIN] == OBSERVED), outside, f"intervention on {self.shift}", worlds)

    @property
    def worlds(self) -> tuple[str, ...]:
        """Worlds whose rows are held out."""
        return (self.shift,)

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Take the world away."""
        return frame.drop(columns=DOMAIN)


@dataclass(frozen=True)
class ParentShift(_WorldShift):
    """Causes of the target are moved."""

    shift: str = field(default="parents", init=False)


@dataclass(frozen=True)
class ChildShift(_WorldShift):
    """Effects of the target are moved."""

    shift: str = field(default="children", init=False)


@dataclass(frozen=True)
class SpuriousShift(_WorldShift):
    """Columns that only go along with the target are moved."""

    shift: str = field(default="spurious", init=False)


@dataclass(frozen=True)
class MechanismShift(_WorldShift):
    """The target's own mechanism changes."""

    shift: str = field(default="mechanism", init=False)


@dataclass(frozen=True)
class NothingShift(_WorldShift):
    """An intervention of strength zero: other rows of the observed world."""

    shift: str = field(default="nothing", init=False)


@dataclass(frozen=True)
class WorldsShift(_WorldShift):
    """All of the above; a second test needs five times the rows of one world."""

    test_rows: int = 5000
    shift: str = field(default="worlds", init=False)

    @property
    def worlds(self) -> tuple[str, ...]:
        """All other worlds."""
        return WORLDS

    def one(self, world: str) -> _WorldShift:
        """Return the split of one world, with this one's training rows."""
        (kind,) = (kind for kind in SIMULATED if kind.shift == world)
        return kind(self.rows, self.fold, self.validation, choice=self.choice)


SIMULATED = (ParentShift, ChildShift, SpuriousShift, MechanismShift, NothingShift)
