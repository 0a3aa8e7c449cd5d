"""The natural shift: whole domains of a table are held out, and the domain is no feature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from benchmarks.protocol.domain_tables import DATASETS, DOMAIN
from benchmarks.protocol.shifts import Shift, ShiftError, Sides

__all__ = ["CHOICES", "DomainShift", "DomainsKept"]

#: Choices of domains that a table has.
CHOICES = 3
#: Shares of the rows that the late domains should hold, by choice.
LATE = (0.2, 0.35, 0.5)


@dataclass(frozen=True)
class DomainShift(Shift):
    """Trains on some domains and tests on others.

    Where domains have an order, the late ones are held out, choice by choice more of them; where they have
    none, the choices are three groups of domains of about equal size, each held out once.
    """

    shift: str = field(default="domain", init=False)
    datasets: ClassVar[tuple[str, ...]] = DATASETS

    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """Rows of the training domains and of the held-out ones."""
        if DOMAIN not in frame:
            raise ShiftError(f"{table} has no column {DOMAIN!r}, so it has no domains to hold out")
        of_rows = frame[DOMAIN]
        sizes = of_rows.value_counts().reindex(of_rows.cat.categories)
        choices = _late(sizes) if of_rows.cat.ordered else _groups(sizes)
        if self.choice >= len(choices):
            raise ShiftError(
                f"{table} has {len(sizes)} domains and so {len(choices)} choices of them; choice={self.choice} is none"
            )
        out = choices[self.choice]
        outside = np.flatnonzero(of_rows.isin(out))
        inside = np.flatnonzero(~of_rows.isin(out))
        names = ", ".join(map(str, out)) if len(out) <= 4 else f"{len(out)} of {len(sizes)} domains"
        return Sides(inside, outside, names, of_rows.iloc[outside].astype(str).to_numpy())

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Take the domain away."""
        return frame.drop(columns=DOMAIN)


@dataclass(frozen=True)
class DomainsKept(DomainShift):
    """The same rows with their domain as a feature, for methods that are told it."""

    def features(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Keep the domain."""
        return frame


def _late(sizes: pd.Series) -> list[list]:
    """For each share, the last domains that come nearest to it; every choice holds out others."""
    shares = sizes[::-1].cumsum()[::-1].iloc[1:] / sizes.sum()  # of all from here on; the first is never held out
    starts = []
    for share in LATE:
        left = shares.drop(index=starts)
        if len(left):
            starts.append((left - share).abs().idxmin())
    return [list(sizes.index[sizes.index.get_loc(start) :]) for start in starts]


def _groups(sizes: pd.Series) -> list[list]:
    """Three groups: the largest domain first, each into the group that is smallest so far."""
    groups: list[list] = [[] for _ in range(min(CHOICES, len(sizes)))]
    for domain in sizes.sort_values(ascending=False, kind="stable").index:
        min(groups, key=lambda group: sizes[group].sum()).append(domain)
    return groups if len(groups) > 1 else []
