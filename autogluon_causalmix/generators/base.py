"""What a row generator is, what it may say of itself, and the pool that hands its rows out.

A generator is anything with `RowGenerator`'s two methods. All else is optional, and looked up by
the functions here and nowhere else:

* facts, set on the class: ``needs_classes = True`` where the target must be a class (`needs_classes`),
  ``one_task_per_draw = True`` where every call of ``sample`` makes a task of its own, so that the rows
  of one training step come from one call and are not meant to pass for real (`one_task_per_draw`);
* ``warm_up()``, a static or class method that imports what takes seconds, so that it is counted apart
  from the seconds of ``fit`` (`warm_up`), and ``import_seconds()`` beside it, a forecast of how long
  that takes now, which a time limit is planned with (`import_seconds`);
* ``draw_world(strength, rng)``, which draws an intervention of any kind, and ``sample_in(world, n, rng)``, which
  draws rows under it (`makes_worlds`): what ``shift_strength`` and ``environments`` need;
* ``parts()``, called once after ``fit``, which returns generators that draw, in equal shares, what the
  whole one draws, such as one per DAG (`parts`): an episode's rows may then come from one of them;
* ``describe()``, called once after ``fit``, which returns a `Description` for the fit report (`describe`).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.table import TypedTable

logger = logging.getLogger("autogluon.causalmix")

__all__ = [
    "Description",
    "RowGenerator",
    "RowPool",
    "describe",
    "draw",
    "fitted",
    "has_parts",
    "import_seconds",
    "makes_worlds",
    "needs_classes",
    "one_task_per_draw",
    "parts",
    "warm_up",
]

#: Balanced pools draw this many rows for every row asked for, then choose among them; up to so many times, as
#: long as a class of the real rows has less than half of the rows that it should.
BALANCE_FACTOR, BALANCE_DRAWS = 3, 5
#: What the edges of a described graph say.
EDGE = ("from", "to", "probability", "stated")


@runtime_checkable
class RowGenerator(Protocol):
    """Anything that learns from a typed table and makes rows like it.

    The target is the table's last column. ``sample`` returns rows of the same columns as the
    table given to ``fit``, as a `TypedTable` or a data frame; values lie inside what was observed;
    the same ``rng`` state gives the same rows.
    """

    def fit(self, table: TypedTable) -> Any:
        """Learn from real rows, the target among the columns; a generator that is returned takes this one's place."""
        ...

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable | pd.DataFrame:
        """Draw ``n`` synthetic rows."""
        ...


@dataclass(frozen=True)
class Description:
    """What a fitted generator adds to the fit report.

    Attributes
    ----------
    graph_resamples
        Resamples that a graph was searched on.
    edges
        ``{"from", "to", "probability", "stated"}`` of that graph, most probable first.
    dags
        Edges ``[cause, effect]`` of every DAG that was fitted.
    seconds
        Seconds by stage; without any, those of ``fit`` count as the stage "generator".
    remarks
        Sentences on what was done otherwise than asked, without a full stop; the user is told.
    """

    graph_resamples: int = 0
    edges: Sequence[Mapping[str, Any]] = ()
    dags: Sequence[Sequence[Sequence[str]]] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    remarks: Sequence[str] = ()

    @property
    def graph(self) -> dict[str, Any]:
        """What is known of causes, by the names of the fit report; nothing in each for no graph."""
        edges, dags = [dict(edge) for edge in self.edges], [[list(edge) for edge in dag] for dag in self.dags]
        return {"graph_resamples": self.graph_resamples, "edges": edges, "dags": dags}


def needs_classes(generator: Any) -> bool:
    """Whether the target must be a class; False unless the generator, or its class, says otherwise."""
    return bool(getattr(generator, "needs_classes", False))


def one_task_per_draw(generator: Any) -> bool:
    """Whether every ``sample`` makes a task of its own; False unless the generator, or its class, says otherwise."""
    return bool(getattr(generator, "one_task_per_draw", False))


def makes_worlds(generator: Any) -> bool:
    """Whether the generator, or its class, draws rows under interventions."""
    return all(callable(getattr(generator, hook, None)) for hook in ("draw_world", "sample_in"))


def warm_up(generator: Any) -> None:
    """Import what the generator, or its class, will need; nothing without the hook."""
    hook = getattr(generator, "warm_up", None)
    if callable(hook):
        hook()


def import_seconds(generator: Any) -> float:
    """Forecast the seconds of `warm_up`; 0 without the hook, or where it makes no number of seconds."""
    hook = getattr(generator, "import_seconds", None)
    try:
        seconds = float(hook()) if callable(hook) else 0.0
    except Exception:  # a forecast by a user's code is no reason to lose the fit
        logger.debug("import_seconds failed", exc_info=True)
        return 0.0
    return seconds if seconds > 0 else 0.0


def describe(generator: Any) -> Description:
    """Return what a fitted generator says of itself; nothing without the hook.

    A method of that name that is no such hook, which returns something else or fails, does no harm:
    a user may name a method as they like. What cannot be shown is left out, with a remark.
    """
    hook = getattr(generator, "describe", None)
    if not callable(hook):
        return Description()
    try:
        description = hook()
    except Exception as error:  # whatever a user's code raises: the rows are there all the same
        return Description(remarks=(f"{type(generator).__name__}.describe() failed ({type(error).__name__}: {error})",))
    if not isinstance(description, Description):
        return Description()
    shown = description
    for what, lost, wrong in (
        ("graph", {"edges": (), "dags": ()}, _wrong_graph(description)),
        ("graph_resamples", {"graph_resamples": 0}, _raised(lambda: int(description.graph_resamples))),
        ("seconds", {"seconds": {}}, _raised(lambda: [float(part) for part in description.seconds.values()])),
    ):
        if wrong is not None:
            remark = f"the {what} of {type(generator).__name__}.describe() is left out of the report: {wrong}"
            shown = dataclasses.replace(shown, **lost, remarks=(*shown.remarks, remark))
    return shown


def _raised(look: Callable[[], object]) -> str | None:
    """What looking at a user's value raises; None for nothing."""
    try:
        look()
    except (AttributeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _wrong_graph(description: Description) -> str | None:
    """What keeps a graph that a user's code describes from being shown; None for nothing."""
    try:
        graph = description.graph
        lacking = [edge for edge in graph["edges"] if not set(EDGE) <= set(edge)]
        if lacking:
            return f"its edge {lacking[0]} has not all of {', '.join(EDGE)}"
        [float(edge["probability"]) for edge in graph["edges"]]
        longer = [edge for dag in graph["dags"] for edge in dag if len(edge) != 2]
        return f"{longer[0]} in dags is no [cause, effect]" if longer else None
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def has_parts(generator: Any) -> bool:
    """Whether the generator, or its class, has the hook `parts`."""
    return callable(getattr(generator, "parts", None))


def parts(generator: Any) -> Sequence[RowGenerator]:
    """Return the generators that a fitted one draws from in equal shares; the generator itself without the hook.

    Raises
    ------
    DataError
        If the hook returns anything else than generators.
    """
    if not has_parts(generator):
        return (generator,)
    found = generator.parts()
    if not isinstance(found, Sequence) or not found or not all(isinstance(part, RowGenerator) for part in found):
        raise DataError(f"{type(generator).__name__}.parts() returned {found!r} instead of a list of generators")
    return found


def fitted(generator: RowGenerator, table: TypedTable) -> RowGenerator:
    """Fit a generator and return what draws rows: what its ``fit`` returns if that does, else itself."""
    returned = generator.fit(table)
    return returned if isinstance(returned, RowGenerator) else generator


def draw(generator: RowGenerator, n: int, rng: np.random.Generator, like: TypedTable) -> np.ndarray:
    """Values ``(n, n_columns)`` of ``n`` rows in the columns of ``like``, whatever ``sample`` returns.

    Raises
    ------
    DataError
        If the generator returns something else than ``n`` rows of these columns, or values that they cannot hold.
    """
    rows = generator.sample(n, rng)
    if isinstance(rows, pd.DataFrame):
        rows = TypedTable.from_frame(rows, like=like)
    values = rows.values if isinstance(rows, TypedTable) else rows
    if not isinstance(values, np.ndarray) or values.shape != (n, len(like.columns)):
        returned = getattr(values, "shape", type(values).__name__)
        raise DataError(
            f"{type(generator).__name__}.sample({n}) returned {returned} instead of {n} rows of "
            f"{len(like.columns)} columns, as a TypedTable or a DataFrame"
        )
    _check_values(generator, values, like)
    return values


def _check_values(generator: RowGenerator, values: np.ndarray, like: TypedTable) -> None:
    """Raise `DataError` for codes that no level has, and numbers beyond a column's integers."""
    lowest, highest = np.array([column.bounds for column in like.columns]).reshape(-1, 2).T
    wrong = (values < lowest - 0.5) | (values > highest + 0.5)
    if wrong.any():
        row, j = np.argwhere(wrong)[0]
        column = like.columns[j]
        held = f"{column.dtype}" if column.levels is None else f"codes from 0 to {len(column.levels) - 1}"
        raise DataError(
            f"{type(generator).__name__}.sample drew {values[row, j]:g} in column {column.name!r}, which holds {held}"
        )


class RowPool:
    """Hands out rows of a generator, each once; refills itself when it runs out.

    Parameters
    ----------
    generator
        Fitted.
    size
        Rows drawn at a time.
    like
        The table that the generator was fitted to.
    balance
        Whether classes of the target (the last column) are handed out equally often instead of as
        the generator draws them. A class that it never draws stays out, and rows of one that it
        hardly draws repeat.
    """

    def __init__(
        self, generator: RowGenerator, size: int, rng: np.random.Generator, like: TypedTable, *, balance: bool = False
    ) -> None:
        self.generator, self.size, self.rng = generator, size, rng
        self.drawn = 0
        self._like, self._balance = TypedTable(like.columns, like.values[:0].copy()), balance
        self._classes = np.unique(like.values[:, -1]) if like.columns[-1].is_discrete else None
        self._whole = one_task_per_draw(generator)
        self._rows = np.empty((0, 0))
        self._at = 0

    def take(self, n: int) -> np.ndarray:
        """Return values ``(n, n_columns)`` of rows not handed out before."""
        if self._whole:
            return self._draw(n)
        parts = []
        while n > 0:
            if self._at >= len(self._rows):
                self._rows, self._at = self._draw(max(n, self.size)), 0
            part = self._rows[self._at : self._at + n]
            self._at += len(part)
            n -= len(part)
            parts.append(part)
        return np.concatenate(parts)

    def _draw(self, n: int) -> np.ndarray:
        rows = self._drawn(n * BALANCE_FACTOR if self._balance else n)
        if not self._balance:
            return rows
        parts = [rows]
        # A generator that makes a task of its own at every call is called once: its tasks do not mix.
        for _ in range(0 if self._whole else BALANCE_DRAWS - 1):
            of_class = [sum(int((part[:, -1] == k).sum()) for part in parts) for k in self._classes]
            if min(of_class, default=n) * 2 * len(of_class) >= n:
                break
            parts.append(self._drawn(n * BALANCE_FACTOR))
        return _balanced(np.concatenate(parts), n, self.rng)

    def _drawn(self, n: int) -> np.ndarray:
        self.drawn += n
        return draw(self.generator, n, self.rng, self._like)


def _balanced(rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Choose ``n`` rows with the classes of the last column equally often; rare ones repeat."""
    labels = np.unique(rows[:, -1])
    shares = rng.permutation(np.arange(n) % len(labels))
    chosen = np.empty(n, dtype=int)
    for k, label in enumerate(labels):
        class_rows, wanted = np.flatnonzero(rows[:, -1] == label), int((shares == k).sum())
        times = max(1, -(-wanted // len(class_rows)))  # every row as often as any other, and at most once more
        chosen[shares == k] = np.concatenate([rng.permutation(class_rows) for _ in range(times)])[:wanted]
    return rows[chosen]
