"""Shifts made from tables without domains: a tail, a category or a cluster held out, and other class shares.

Which columns and levels are held out depends on the table and on ``choice`` only; ``fold`` draws rows. Only
shifts that leave every class on both sides count: the k-th of them, in an order fixed by a seed, is choice k.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.protocol.shifts import Shift, ShiftError, Sides, why_not
from benchmarks.protocol.tables import TARGET

__all__ = ["MADE", "CategoryShift", "ClusterShift", "LabelShift", "TailShift", "encoded"]

#: Share of the rows that a tail holds out, and the least and largest share that anything may hold out.
TAIL, SMALLEST, LARGEST = 0.25, 0.05, 0.4
#: A number with at least so many values has tails; one with at most so many is held out by value.
TAIL_VALUES, LEVELS = 20, 10
#: Numbers of clusters that are tried, in this order.
CLUSTERS = (4, 6, 8, 3)
#: How many times the odds of a class are raised.
ODDS = 5.0


@dataclass(frozen=True)
class _Candidates(Shift):
    """A shift that is the ``choice``-th of those that a table admits."""

    @abstractmethod
    def candidates(self, frame: pd.DataFrame) -> Iterator[Sides]:
        """Yield what could be held out, in a fixed order."""

    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """The ``choice``-th pair of sides that lacks nothing."""
        admitted, tried, refused = 0, 0, ""
        for sides in self.candidates(frame):
            tried += 1
            share = len(sides.outside) / len(frame)
            if not SMALLEST <= share <= LARGEST:
                refused = f": {sides.held_out!r} would hold out {share:.0%} of the rows"
                continue
            missing = why_not(frame[TARGET], sides)
            if missing:
                refused = f": with {sides.held_out!r} held out, {missing}"
            elif admitted == self.choice:
                return sides
            else:
                admitted += 1
        why = (
            f"{tried} were tried{', the last to be refused' if refused else ''}{refused}"
            if tried
            else "no column is fit"
        )
        raise ShiftError(
            f"{table} admits {admitted} choices of {type(self).__name__}, so choice={self.choice} is none: {why}"
        )


@dataclass(frozen=True)
class TailShift(_Candidates):
    """The highest or lowest quarter of a number is held out; the column stays."""

    shift: str = field(default="tail", init=False)

    def candidates(self, frame: pd.DataFrame) -> Iterator[Sides]:
        """Both tails of every number with enough values."""
        numbers = [name for name in frame.columns.drop(TARGET) if _is_number(frame[name])]
        tails = [(name, high) for name in numbers if frame[name].nunique() >= TAIL_VALUES for high in (True, False)]
        for name, high in _shuffled(tails):
            values = frame[name].to_numpy(float)
            cut = np.nanquantile(values, 1 - TAIL if high else TAIL)
            # A missing number is in no tail, so it stays on the training side.
            yield Sides.of_mask(values > cut if high else values < cut, f"{name} {'>' if high else '<'} {cut:g}")


@dataclass(frozen=True)
class CategoryShift(_Candidates):
    """All rows of one level of a category are held out; the column stays, and with it the level."""

    shift: str = field(default="category", init=False)

    def candidates(self, frame: pd.DataFrame) -> Iterator[Sides]:
        """Every level of every category, and of every number with few values."""
        levels = [
            (name, level)
            for name in frame.columns.drop(TARGET)
            if not _is_number(frame[name]) or frame[name].nunique() <= LEVELS
            for level in sorted(frame[name].dropna().unique())
        ]
        for name, level in _shuffled(levels):
            yield Sides.of_mask((frame[name] == level).to_numpy(), f"{name} = {level}")


@dataclass(frozen=True)
class ClusterShift(_Candidates):
    """One cluster of k-means on the standardised features is held out."""

    shift: str = field(default="cluster", init=False)

    def candidates(self, frame: pd.DataFrame) -> Iterator[Sides]:
        """Clusters of a few, then of more."""
        from sklearn.cluster import KMeans

        points = encoded(frame.drop(columns=TARGET))
        for k in CLUSTERS:
            clusters = KMeans(k, n_init=3, random_state=0).fit_predict(points)
            for cluster in np.argsort(-np.bincount(clusters), kind="stable"):
                yield Sides.of_mask(clusters == cluster, f"cluster {cluster} of {k}")


@dataclass(frozen=True)
class LabelShift(Shift):
    """The odds of one class are five times as high in the second test; rows within a class are alike.

    A random stratified third of the table is the held-out side; rows are left out of it at random within
    each class until the shares are right, none is used twice. ``choice`` counts the classes, rarest first.
    """

    shift: str = field(default="label", init=False)

    def sides(self, frame: pd.DataFrame, table: str) -> Sides:
        """A third of the rows, thinned out by class."""
        counts = frame[TARGET].value_counts()
        classes = sorted(counts[counts > 0].index, key=lambda level: (counts[level], str(level)))
        if self.choice >= len(classes):
            raise ShiftError(f"{table} has {len(classes)} classes, so it has no LabelShift of choice={self.choice}")
        raised = classes[self.choice]
        rng = np.random.default_rng([2, self.fold, self.choice])
        labels = frame[TARGET].to_numpy()
        order = {level: rng.permutation(np.flatnonzero(labels == level)) for level in classes}
        pool = {level: rows[: len(rows) // 3] for level, rows in order.items()}
        weight = {level: counts[level] * (ODDS if level == raised else 1.0) for level in classes}
        scale = min(len(pool[level]) / weight[level] for level in classes)
        kept = [rows[: int(scale * weight[level] + 1e-9)] for level, rows in pool.items()]
        inside = np.sort(np.concatenate([rows[len(rows) // 3 :] for rows in order.values()]))
        outside = np.sort(np.concatenate(kept))
        held_out = f"odds of class {raised} times {ODDS:g}"
        return Sides(inside, outside, held_out, np.full(len(outside), held_out))


MADE = (TailShift, CategoryShift, ClusterShift, LabelShift)


def encoded(frame: pd.DataFrame) -> np.ndarray:
    """Return numbers, standardised and with gaps at the mean, and categories as indicators.

    Returns
    -------
    Array of shape (rows, columns); a category's columns together weigh about as much as a number.
    """
    blocks = []
    for name in frame:
        if _is_number(frame[name]):
            values = frame[name].astype(float)
            blocks.append(((values - values.mean()) / (values.std() or 1.0)).fillna(0.0).to_numpy()[:, None])
        else:
            blocks.append(pd.get_dummies(frame[name]).to_numpy(float))
    return np.hstack(blocks)


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _shuffled(candidates: list) -> list:
    order = np.random.default_rng(0).permutation(len(candidates))
    return [candidates[k] for k in order]
