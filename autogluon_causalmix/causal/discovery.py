"""Causal discovery: PC and FCI over resamples of a table give a probability to every edge.

Paper, section 3: "PC and FCI on bootstrap resamples give a probabilistic adjacency matrix".
What the paper leaves open is our reading, and an option: an edge's strength is the share of
resamples and algorithms that have it (`orientation.edge_votes` splits what is undirected), and
resamples are half-samples without replacement, because the duplicates of a naive bootstrap make
every test too sure.

One skeleton per resample serves both algorithms. It is PC-stable with the conditioning sets of
each level tested in one batch, and a collider is one if its ends are seen to depend on each other given it
(`colliders`). ``backend="causal-learn"`` runs that library's algorithms instead.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Any

import numpy as np

from autogluon_causalmix.causal.colliders import told_apart
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.independence import Blocks, embed, p_values, row_ids
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.causal.orientation import (
    ARROW,
    CIRCLE,
    NONE,
    TAIL,
    edge_votes,
    orient_fci,
    orient_pc,
    unshielded_colliders,
)
from autogluon_causalmix.causal.randomness import numpy_seeded
from autogluon_causalmix.causal.repeats import active_columns, modelled, varies
from autogluon_causalmix.checks import check_choice, check_number
from autogluon_causalmix.table import TypedTable

__all__ = ["BACKENDS", "DiscoveryOptions", "discover_edges", "fast_skeleton"]

BACKENDS = ("fast", "causal-learn")

#: Conditioning sets are drawn from this many strongest neighbours of a column, fewer on wide
#: tables: their tests grow with the square of the columns.
MAX_CANDIDATES, WIDE_CANDIDATES = 8, 1000
#: Fewer rows than this are bootstrapped: half of them would show nothing.
MIN_ROWS_TO_HALVE = 20
#: (columns, resamples at most, depth at most) of tables with more columns: the tests of one
#: resample grow with their square, and faster still with the depth.
WIDE = ((250, 5, 1), (100, 10, 1), (40, 30, 2))
#: Level times columns: neighbours by chance that a column has before conditioning. More of them
#: on wide tables would cost time with the square and bury the others.
FALSE_NEIGHBOURS = 5.0
#: More rows than this are sampled down: discovery is meant for small tables.
MAX_ROWS = 5000


@dataclass(frozen=True)
class DiscoveryOptions:
    """How edges are searched.

    The defaults were chosen by benchmarks/causal/ground_truth.py on networks with known graphs.

    Attributes
    ----------
    n_resamples : int >= 1, default 50
        Half-samples of the rows (fewer on tables of more than 40 columns: 30, 10 above 100, 5 above 250).
    alpha : float in [1e-12, 0.5], default 0.1
        Level of every independence test (lower on tables of more than 50 columns: 5 divided by their number). High,
        because a half-sample has half of the power: at .01 probabilities were less well calibrated on known
        graphs (benchmarks/results/ground_truth/tuning.md).
    max_depth : int >= 0, default 3
        Largest conditioning set (smaller on wide tables).
    backend : {"fast", "causal-learn"}, default "fast"
        Whose PC and FCI are run. causal-learn's see one indicator of a category, so that one of more than two levels
        may lose its edges; its PC heeds no ``max_depth``, and no time limit stops it within a half-sample.
    written : mapping, not kept
        What the user calls these options, where that is not their name here: for the messages.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> DiscoveryOptions(alpha=5, written={"alpha": "discovery_alpha"})
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: discovery_alpha=5 must be a number from 1e-12 to 0.5
    """

    n_resamples: int = 50
    alpha: float = 0.1
    max_depth: int = 3
    backend: str = "fast"
    written: InitVar[Mapping[str, str] | None] = None

    def __post_init__(self, written: Mapping[str, str] | None) -> None:
        name = (written or {}).get
        check_number(name("n_resamples", "n_resamples"), self.n_resamples, 1, whole=True)
        check_number(name("alpha", "alpha"), self.alpha, 1e-12, 0.5)
        check_number(name("max_depth", "max_depth"), self.max_depth, 0, whole=True)
        check_choice(name("backend", "backend"), self.backend, BACKENDS)


def discover_edges(
    table: TypedTable,
    rng: np.random.Generator,
    options: DiscoveryOptions | None = None,
    deadline: float | None = None,
    *,
    target: Any = None,
    knowledge: Knowledge | None = None,
) -> CausalGraph:
    """Estimate the probability of every directed edge between the columns of ``table``.

    Parameters
    ----------
    table
        Rows to learn from; constant columns and copies of others are set aside and get no edge
        of their own (a copy is recorded in `CausalGraph.copies`).
    deadline
        ``time.monotonic()`` value to stop at, after the resample then running; the first one
        always finishes.
    target
        Label of the column that no DAG leaves isolated.
    knowledge
        What the user knows; a whole graph skips discovery.

    Returns
    -------
    CausalGraph
    """
    options = options or DiscoveryOptions()
    rules = knowledge.rules(table.names) if knowledge else None
    active, copies = active_columns(table)
    if rules is not None:
        active, copies = modelled(active, copies, rules)
    n_columns = len(table.columns)
    probabilities = np.zeros((n_columns, n_columns))
    association = np.zeros((n_columns, n_columns))
    done = 0
    rows, complete = np.arange(len(table)), rules is not None and rules.complete
    if len(rows) > MAX_ROWS and not complete:
        rows = rng.choice(rows, MAX_ROWS, replace=False)
        active = np.array([j for j in active if varies(table.columns[j], table.values[rows, j])], dtype=int)
    if len(active) > 1 and len(table) > 3 and not complete:
        part = TypedTable(tuple(table.columns[j] for j in active), table.values[np.ix_(rows, active)])
        blocks = embed(part)
        pairs = np.array(list(itertools.combinations(range(len(active)), 2)))
        _, strength = p_values(
            blocks,
            blocks.correlation(),
            blocks.n_known(),
            pairs[:, 0],
            pairs[:, 1],
            np.empty((len(pairs), 0), dtype=int),
        )
        inner = np.zeros((len(active), len(active)))
        inner[pairs[:, 0], pairs[:, 1]] = inner[pairs[:, 1], pairs[:, 0]] = strength
        association[np.ix_(active, active)] = inner
        votes = np.zeros_like(inner)
        options = _affordable(options, len(active))
        for _ in range(options.n_resamples):
            votes += _resample_votes(part, blocks, rng, options, deadline)
            done += 1
            if deadline is not None and time.monotonic() > deadline:
                break
        probabilities[np.ix_(active, active)] = votes / done
    if rules is not None:
        probabilities = rules.apply(probabilities)
    return CausalGraph(tuple(table.names), probabilities, association, done, copies, target, rules)


def _affordable(options: DiscoveryOptions, n_columns: int) -> DiscoveryOptions:
    """The options, cut to what a table of so many columns allows."""
    n_resamples, depth = next(((n, d) for least, n, d in WIDE if n_columns > least), (math.inf, math.inf))
    return replace(
        options,
        n_resamples=min(options.n_resamples, n_resamples),
        max_depth=min(options.max_depth, depth),
        alpha=min(options.alpha, FALSE_NEIGHBOURS / n_columns),
    )


def _resample_votes(
    part: TypedTable, blocks: Blocks, rng: np.random.Generator, options: DiscoveryOptions, deadline: float | None
) -> np.ndarray:
    n = len(part)
    few = n < MIN_ROWS_TO_HALVE
    rows = rng.choice(n, n if few else n // 2, replace=few)
    if options.backend == "causal-learn":
        return _causal_learn_votes(blocks.coordinates, blocks, rows, options)
    adjacent, separators = fast_skeleton(blocks, rows, options.alpha, options.max_depth, deadline)
    triples = unshielded_colliders(adjacent, separators)
    colliders, untold = told_apart(blocks, rows, triples, separators, options.alpha)
    pc, fci = (orient(adjacent, colliders, untold) for orient in (orient_pc, orient_fci))
    return (edge_votes(pc) + edge_votes(fci)) / 2


def fast_skeleton(
    blocks: Blocks, rows: np.ndarray, alpha: float, max_depth: int, deadline: float | None = None
) -> tuple[np.ndarray, dict]:
    """PC-stable's adjacency phase with batched tests; past the deadline no deeper level is started.

    Returns
    -------
    The symmetric boolean adjacency ``(p, p)`` and, for pairs ``i < j`` that are not adjacent,
    all columns of separating sets at the level that separated them, as causal-learn's stable PC
    does: the fewest colliders are claimed.
    """
    correlation, n, p = blocks.correlation(rows), blocks.n_known(rows), blocks.n_columns
    i, j = np.triu_indices(p, 1)
    values, strength = p_values(blocks, correlation, n, i, j, np.empty((len(i), 0), dtype=int))
    adjacent = np.zeros((p, p), dtype=bool)
    link = np.zeros((p, p))
    keep = values <= alpha
    adjacent[i[keep], j[keep]] = adjacent[j[keep], i[keep]] = True
    link[i, j] = link[j, i] = strength
    separators: dict[tuple[int, int], tuple[int, ...]] = {
        (int(a), int(b)): () for a, b in zip(i[~keep], j[~keep], strict=True)
    }
    for depth in range(1, max_depth + 1):
        if deadline is not None and time.monotonic() > deadline:
            break
        tests = _conditioning_sets(adjacent, link, depth)
        if not len(tests):
            break
        values, _ = p_values(blocks, correlation, n, tests[:, 0], tests[:, 1], tests[:, 2:])
        removed: dict[tuple[int, int], set[int]] = {}
        for test in tests[values > alpha].tolist():
            removed.setdefault((test[0], test[1]), set()).update(test[2:])
        for (a, b), separator in removed.items():
            adjacent[a, b] = adjacent[b, a] = False
            separators[a, b] = tuple(separator)
    return adjacent, separators


def _conditioning_sets(adjacent: np.ndarray, link: np.ndarray, depth: int) -> np.ndarray:
    """Rows ``(i, j, k_1, ..., k_depth)`` with ``i < j`` to test at this level, each set once."""
    p = len(adjacent)
    n_candidates = max(depth + 1, min(MAX_CANDIDATES, WIDE_CANDIDATES // p))
    order = np.argsort(np.where(adjacent, -link, np.inf), axis=1, kind="stable")[:, : n_candidates + 1]
    near = np.where(np.take_along_axis(adjacent, order, axis=1), order, -1)  # strongest first, then -1
    end, other = np.nonzero(adjacent)
    neighbours = near[end]
    absent = (neighbours == other[:, None]) | (neighbours < 0)
    neighbours = np.take_along_axis(np.where(absent, -1, neighbours), np.argsort(absent, axis=1, kind="stable"), axis=1)
    neighbours = neighbours[:, :n_candidates]
    places = np.array(list(itertools.combinations(range(neighbours.shape[1]), depth)), dtype=int).reshape(-1, depth)
    sets = np.sort(neighbours[:, places], axis=2).reshape(-1, depth)
    pairs = np.repeat(np.sort(np.column_stack((end, other)), axis=1), len(places), axis=0)
    tests = np.concatenate((pairs, sets), axis=1)[sets.min(axis=1) >= 0] if len(sets) else np.empty((0, depth + 2), int)
    return tests[np.unique(row_ids(tests, p), return_index=True)[1]]


def _causal_learn_votes(
    coordinates: np.ndarray, blocks: Blocks, rows: np.ndarray, options: DiscoveryOptions
) -> np.ndarray:
    """Votes of causal-learn's own PC and FCI on the first coordinate of every column."""
    from causallearn.search.ConstraintBased.FCI import fci
    from causallearn.search.ConstraintBased.PC import pc

    data = coordinates[rows][:, blocks.starts]
    # Its Fisher's z reads a column that the half-sample leaves constant, or one that is another one times a
    # number, as certain dependence on everything: such columns get no edge from this half-sample.
    active = np.flatnonzero(np.ptp(data, axis=0) > 1e-12)
    votes = np.zeros((blocks.n_columns, blocks.n_columns))
    if len(active) < 2:
        return votes
    same = np.abs(np.corrcoef(data[:, active], rowvar=False)) > 1 - 1e-9
    active = active[~np.triu(same, 1).any(axis=0)]
    if len(active) < 2:
        return votes
    data, inner = data[:, active], np.ix_(active, active)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), numpy_seeded(0):
        warnings.simplefilter("ignore")
        how = {"show_progress": False, "verbose": False}
        cg = pc(data, options.alpha, "fisherz", stable=True, **how)
        votes[inner] += edge_votes(_from_causal_learn(cg.G.graph))
        graph, _ = fci(data, "fisherz", options.alpha, depth=options.max_depth, **how)
        votes[inner] += edge_votes(_from_causal_learn(graph.graph))
    return votes / 2


def _from_causal_learn(graph: np.ndarray) -> np.ndarray:
    """causal-learn keeps the mark at i of the edge i-j at [i, j]: -1 tail, 1 arrow, 2 circle."""
    marks = np.full(graph.shape, NONE, dtype=np.int8)
    for code, mark in ((-1, TAIL), (1, ARROW), (2, CIRCLE)):
        marks[code == graph.T] = mark
    return marks
