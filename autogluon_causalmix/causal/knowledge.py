"""What the user knows of the graph: edges that must or must not be, an order in time, ends.

Contract: what is stated here holds in every DAG that is drawn. It is enforced where DAGs are
drawn (`graphs.CausalGraph.sample_dag`), not left to causal-learn, whose background knowledge
is ignored by some of its rules. Statements that contradict each other are an `OptionError` that
shows the path; a column that does not exist is one that names the nearest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from autogluon_causalmix.errors import OptionError, did_you_mean

__all__ = ["EdgeRules", "Knowledge", "as_edges"]

Edge = tuple[Any, Any]
#: Arguments of `Knowledge.of`, in its order.
STATEMENTS = ("required_edges", "forbidden_edges", "tiers", "roots", "sinks", "graph")


@dataclass(frozen=True)
class Knowledge:
    """Statements about edges between columns, by name.

    Parameters
    ----------
    required, forbidden : pairs (cause, effect), default none
        Edges that every DAG has, and that none has.
    tiers : groups of columns, default none
        In temporal order: no edge leads from a later group to an earlier one. Columns in no group
        are free.
    roots, sinks : columns, default none
        Columns without causes, and without effects.
    edges : pairs (cause, effect), default None
        The whole graph: nothing is discovered and nothing else may be stated. None for no graph.
    unstated : columns, default none
        Columns that the whole graph says nothing of: their edges, and only theirs, are discovered.
    written : mapping, not kept
        What the user calls the arguments of `of`, where that is not their name there: for the messages.

    Raises
    ------
    OptionError
        If the statements contradict each other.

    Examples
    --------
    >>> Knowledge.of(required_edges=[("dose", "outcome")], tiers=[["age"], ["dose", "outcome"]]).required
    (('dose', 'outcome'),)
    >>> Knowledge.of(required_edges=[("dose", "age")], roots=["age"])
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: the edge 'dose' -> 'age' is in required_edges, but 'age' is in roots...
    """

    required: tuple[Edge, ...] = ()
    forbidden: tuple[Edge, ...] = ()
    tiers: tuple[tuple[Any, ...], ...] = ()
    roots: tuple[Any, ...] = ()
    sinks: tuple[Any, ...] = ()
    edges: tuple[Edge, ...] | None = None
    unstated: tuple[Any, ...] = ()
    written: InitVar[Mapping[str, str] | None] = None

    @classmethod
    def of(
        cls, required_edges: Any = (), forbidden_edges: Any = (), tiers: Any = (), roots: Any = (), sinks: Any = (),
        graph: Any = None, *, written: Mapping[str, str] | None = None,
    ) -> Knowledge:  # fmt: skip
        """Read statements as a user writes them: lists, a networkx graph, a GML file; None states nothing."""
        name = _names_of(written)
        stated = (required_edges, forbidden_edges, tiers, roots, sinks)
        required_edges, forbidden_edges, tiers, roots, sinks = (() if one is None else one for one in stated)
        return cls(
            required=as_edges(required_edges, name["required_edges"]),
            forbidden=as_edges(forbidden_edges, name["forbidden_edges"]),
            tiers=_tiers(tiers, name["tiers"]),
            roots=_columns(roots, name["roots"]),
            sinks=_columns(sinks, name["sinks"]),
            edges=None if graph is None else as_edges(graph, name["graph"]),
            written=written,
        )

    def __post_init__(self, written: Mapping[str, str] | None) -> None:
        name = _names_of(written)
        if self.edges is not None:
            if self.required or self.forbidden or self.tiers or self.roots or self.sinks:
                others = ", ".join(name[other] for other in STATEMENTS if other != "graph")
                raise OptionError(f"{name['graph']}= states every edge: drop {others}")
            _refuse_cycle(self.edges, name["graph"])
        seen: dict[Any, int] = {}
        for k, tier in enumerate(self.tiers):
            for column in tier:
                if seen.setdefault(column, k) != k:
                    raise OptionError(
                        f"{name['tiers']} has {column!r} in group {seen[column]} and in group {k}: keep one"
                    )
        _refuse_cycle(self.required, name["required_edges"])
        for cause, effect in self.required:
            reason = self._reason_against(cause, effect, name)
            if reason:
                raise OptionError(
                    f"the edge {cause!r} -> {effect!r} is in {name['required_edges']}, but {reason}: drop one"
                )
        self._check_paths(name)

    def _check_paths(self, name: Mapping[str, str]) -> None:
        """Refuse a required path that leads from a later tier to an earlier one over columns in no tier."""
        graph, tier = nx.DiGraph(self.required), self._tier
        for cause in tier:
            for effect in nx.descendants(graph, cause) if cause in graph else ():
                if effect in tier and tier[cause] > tier[effect]:
                    path = " -> ".join(str(column) for column in nx.shortest_path(graph, cause, effect))
                    raise OptionError(
                        f"{name['required_edges']} has the path {path}, but {name['tiers']} puts {cause!r} (group "
                        f"{tier[cause]}) after {effect!r} (group {tier[effect]}): drop one"
                    )

    @property
    def _tier(self) -> dict[Any, int]:
        return {name: k for k, group in enumerate(self.tiers) for name in group}

    def without(self, names: Iterable[Any]) -> Knowledge:
        """Return what is known of the other columns."""
        gone = set(names)
        return self._each(lambda group: tuple(name for name in group if name not in gone))

    def renamed(self, new: Mapping[Any, Any]) -> Knowledge:
        """Return the same of columns with other names; those that ``new`` lacks keep theirs."""
        return self._each(lambda group: tuple(new.get(name, name) for name in group))

    def spread(self, parts: Mapping[Any, Sequence[Any]]) -> Knowledge:
        """Return what is known with `forbidden`, `tiers`, `roots` and `sinks` holding of what columns became."""

        def became(group: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(one for name in group for one in parts.get(name, (name,)))

        forbidden = tuple(
            (a, b) for cause, effect in self.forbidden for a in became((cause,)) for b in became((effect,))
        )
        tiers = tuple(map(became, self.tiers))
        return replace(self, forbidden=forbidden, tiers=tiers, roots=became(self.roots), sinks=became(self.sinks))

    def _each(self, change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Knowledge:
        """Return every group of columns changed, without the pairs that are none any more."""

        def edges(pairs: tuple[Edge, ...]) -> tuple[Edge, ...]:
            return tuple(pair for pair in map(change, pairs) if len(pair) == 2)

        return Knowledge(
            edges(self.required),
            edges(self.forbidden),
            tuple(change(tier) for tier in self.tiers),
            change(self.roots),
            change(self.sinks),
            None if self.edges is None else edges(self.edges),
            change(self.unstated),
        )

    def statements(self) -> dict[str, Any]:
        """Undo `of`: its arguments that state this."""
        values = (self.required, self.forbidden, self.tiers, self.roots, self.sinks, self.edges)
        return dict(zip(STATEMENTS, values, strict=True))

    def __bool__(self) -> bool:
        return self.edges is not None or bool(self.required or self.forbidden or self.tiers or self.roots or self.sinks)

    @property
    def is_whole(self) -> bool:
        """Whether every edge is stated, so that there is nothing to discover."""
        return self.edges is not None and not self.unstated

    @property
    def names(self) -> set:
        """Every column that is spoken of."""
        pairs = (*self.required, *self.forbidden, *(self.edges or ()))
        groups = (*self.tiers, self.roots, self.sinks)
        return {name for pair in pairs for name in pair} | {name for group in groups for name in group}

    def _reason_against(self, cause: Any, effect: Any, name: Mapping[str, str]) -> str | None:
        if (cause, effect) in self.forbidden:
            return f"it is in {name['forbidden_edges']} too"
        if effect in self.roots:
            return f"{effect!r} is in {name['roots']}, which have no causes"
        if cause in self.sinks:
            return f"{cause!r} is in {name['sinks']}, which have no effects"
        tier = self._tier
        if cause in tier and effect in tier and tier[cause] > tier[effect]:
            return f"{name['tiers']} puts {cause!r} (group {tier[cause]}) after {effect!r} (group {tier[effect]})"
        return None

    def check_columns(self, names: Iterable[Any]) -> None:
        """Raise `OptionError` for a name that is no column."""
        names = list(names)
        for name in sorted(self.names - set(names), key=str):
            raise OptionError(
                f"the causal knowledge names {name!r}, which is no column of the training data; "
                f"{did_you_mean(name, names)}"
            )

    def rules(self, names: Sequence[Any]) -> EdgeRules:
        """Resolve names to positions; raises `OptionError` for a name that is no column."""
        self.check_columns(names)
        at = {name: k for k, name in enumerate(names)}
        p = len(names)
        required, allowed = np.zeros((p, p), dtype=bool), ~np.eye(p, dtype=bool)
        if self.edges is not None:
            open_to = np.isin(np.arange(p), [at[name] for name in self.unstated if name in at])
            allowed &= open_to[:, None] | open_to
        for cause, effect in (*self.required, *(self.edges or ())):
            required[at[cause], at[effect]] = allowed[at[cause], at[effect]] = True
            allowed[at[effect], at[cause]] = False
        for cause, effect in self.forbidden:
            allowed[at[cause], at[effect]] = False
        allowed[:, [at[name] for name in self.roots]] = False
        allowed[[at[name] for name in self.sinks]] = False
        before = np.zeros((p, p), dtype=bool)
        for k, later in enumerate(self.tiers):
            for earlier in self.tiers[:k]:
                before[np.ix_([at[name] for name in earlier], [at[name] for name in later])] = True
        allowed &= ~before.T
        # A required path a -> ... -> b rules b -> a out as well.
        reach = nx.transitive_closure_dag(nx.DiGraph(list(zip(*np.nonzero(required), strict=True))))
        for a, b in reach.edges:
            allowed[b, a] = False
        spoken = frozenset(at[name] for name in self.names)
        return EdgeRules(required, allowed, self.is_whole, spoken, before if self.tiers else None)


@dataclass(frozen=True)
class EdgeRules:
    """Knowledge on column positions: boolean matrices ``(p, p)`` of edges, cause in rows.

    ``complete``: the required edges are the whole graph. ``spoken``: positions of all columns that are named.
    ``before``: no path leads from the column of a second index back to that of a first, None for no such order.
    """

    required: np.ndarray
    allowed: np.ndarray
    complete: bool = False
    spoken: frozenset[int] = frozenset()
    before: np.ndarray | None = None

    @property
    def named(self) -> np.ndarray:
        """Positions of the columns that required edges join."""
        return np.flatnonzero(self.required.any(axis=0) | self.required.any(axis=1))

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Return edge probabilities ``(p, p)`` that agree with the rules.

        What a pair had on a direction that is ruled out goes to the other direction, if that is
        not ruled out too: the data join the two columns, and leave open which way.
        """
        turned = probabilities + np.where(self.allowed, (probabilities * ~self.allowed).T, 0.0)
        out = np.where(self.allowed, np.minimum(turned, 1.0), 0.0)
        out[self.required] = 1.0
        return out


def as_edges(source: Any, option: str = "graph") -> tuple[Edge, ...]:
    """Read edges from pairs, a networkx ``DiGraph``, or the path of a GML file."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.exists():
            raise OptionError(f"{option}={str(source)!r} is no file: give a GML file, a networkx DiGraph or pairs")
        try:
            source = nx.read_gml(path)
        except Exception as error:  # networkx raises half a dozen types for a file that is no GML
            raise OptionError(f"{option}={str(path)!r} cannot be read as GML ({error})") from error
    if isinstance(source, nx.Graph):
        if not source.is_directed():
            raise OptionError(f"{option} must be directed, found a networkx {type(source).__name__}")
        return tuple((a, b) for a, b in source.edges())
    edges = []
    for pair in _sequence(source, option):
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise OptionError(f"{option} must hold pairs (cause, effect), found {pair!r}")
        for name in pair:
            _check_label(name, option)
        if pair[0] == pair[1]:
            raise OptionError(f"{option} holds {tuple(pair)!r}: a column cannot cause itself")
        edges.append((pair[0], pair[1]))
    return tuple(edges)


def _sequence(source: Any, option: str) -> list:
    if isinstance(source, (str, bytes)) or not isinstance(source, Iterable):
        raise OptionError(f"{option}={source!r} must be a list, found {type(source).__name__}")
    return list(source)


def _names_of(written: Mapping[str, str] | None) -> dict[str, str]:
    return {name: name for name in STATEMENTS} | dict(written or {})


def _columns(source: Any, option: str) -> tuple:
    names = tuple(_sequence(source, option))
    for name in names:
        _check_label(name, option)
    return names


def _check_label(name: Any, option: str) -> None:
    if isinstance(name, (list, dict, set)):
        raise OptionError(f"{option} must hold the names of columns, found {name!r}: write the names without brackets")


def _tiers(source: Any, option: str) -> tuple[tuple[Any, ...], ...]:
    groups = _sequence(source, option)
    for group in groups:
        if isinstance(group, (str, bytes)) or not isinstance(group, Iterable):
            raise OptionError(f"{option} must hold groups of columns, found {group!r}: write [{group!r}] for one alone")
    return tuple(_columns(group, option) for group in groups)


def _refuse_cycle(edges: Iterable[Edge], option: str) -> None:
    try:
        cycle = nx.find_cycle(nx.DiGraph(list(edges)))
    except nx.NetworkXNoCycle:
        return
    path = " -> ".join(str(edge[0]) for edge in cycle) + f" -> {cycle[-1][1]}"
    raise OptionError(f"{option} has a cycle: {path}; a causal graph has none")
