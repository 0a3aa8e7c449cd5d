"""Orientation rules of PC and FCI on boolean and mark matrices.

A graph over p columns is a matrix ``marks`` ``(p, p)``: ``marks[i, j]`` is the mark at ``j`` of
the edge between ``i`` and ``j`` (`NONE`, `TAIL`, `ARROW`, `CIRCLE`). ``i -> j`` has
``marks[i, j] == ARROW`` and ``marks[j, i] == TAIL``.

PC: unshielded colliders, then Meek's rules 1 to 3 (Meek, 1995); the result is a CPDAG. An edge that colliders
claim both ways stays without an arrow, and no rule gives it one: which of them came first would be the order of the
columns. FCI: unshielded colliders and Zhang's rules 1 to 3 and 8 (Zhang,
2008), without the possible-d-sep stage and discriminating paths: "anytime" FCI, whose circles
claim less than full FCI would. The result is a PAG.

A triple of which it is not told whether it is a collider (`colliders.told_apart`) gets no arrows, and no rule takes
it for the opposite of one (as in conservative PC: Ramsey, Spirtes and Zhang, 2006).
"""

from __future__ import annotations

import itertools

import numpy as np

__all__ = [
    "ARROW",
    "CIRCLE",
    "NONE",
    "NO_TRIPLES",
    "TAIL",
    "edge_votes",
    "orient_fci",
    "orient_pc",
    "unshielded_colliders",
]

NONE, TAIL, ARROW, CIRCLE = 0, 1, 2, 3

#: No triple of columns.
NO_TRIPLES = np.empty((0, 3), dtype=np.int64)
#: Share of its mass that a bidirected edge keeps as a direct edge each way: it says "a hidden
#: common cause", for which a model of observed columns has no better stand-in than a weak edge.
BIDIRECTED_VOTE = 0.25


def unshielded_colliders(adjacent: np.ndarray, separators: dict) -> np.ndarray:
    """Triples ``i *-> k <-* j`` with i, j not adjacent and k outside their separating set.

    Parameters
    ----------
    adjacent
        Symmetric boolean matrix ``(p, p)``.
    separators
        ``{(i, j): positions}`` for pairs ``i < j`` that are not adjacent.

    Returns
    -------
    Rows ``(i, k, j)``, shape ``(n_triples, 3)``, ordered by k.
    """
    p = len(adjacent)
    separated = np.sort(
        np.array([(i * p + j) * p + k for (i, j), between in separators.items() for k in between], dtype=np.int64)
    )
    triples = [np.empty((0, 3), dtype=np.int64)]
    for k in range(p):
        near = np.flatnonzero(adjacent[k])
        a, b = np.nonzero(np.triu(~adjacent[np.ix_(near, near)], 1))
        i, j = near[a], near[b]
        if len(separated):
            code = (i * p + j) * p + k
            at = np.minimum(np.searchsorted(separated, code), len(separated) - 1)
            outside = separated[at] != code
            i, j = i[outside], j[outside]
        triples.append(np.column_stack((i, np.full(len(i), k), j)))
    return np.concatenate(triples)


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether there is a middle: boolean matrix product (float32, which BLAS knows)."""
    return a.astype(np.float32) @ b.astype(np.float32) > 0.5


def _chains(arrows: np.ndarray, apart: np.ndarray, untold: np.ndarray) -> np.ndarray:
    """Where an arrow from some a into b means that b -> c, since a and c are apart: ``(p, p)``, b by c."""
    count = arrows.T.astype(np.float32) @ apart.astype(np.float32)
    a, b, c = untold.T
    np.subtract.at(count, (b, c), arrows[a, b])
    np.subtract.at(count, (b, a), arrows[c, b])
    return count > 0.5


def _some_apart(sides: np.ndarray, apart: np.ndarray, untold_here: set[tuple[int, int]]) -> bool:
    """Whether two of ``sides`` are apart, and their triple is known to be no collider."""
    return any(apart[c, d] and (c, d) not in untold_here for c, d in itertools.combinations(sides.tolist(), 2))


def _by_middle(untold: np.ndarray) -> dict[int, set[tuple[int, int]]]:
    """Ends ``c < d`` of the triples, by their middle."""
    found: dict[int, set[tuple[int, int]]] = {}
    for a, b, c in untold.tolist():
        found.setdefault(b, set()).add((min(a, c), max(a, c)))
    return found


def orient_pc(adjacent: np.ndarray, colliders: np.ndarray, untold: np.ndarray = NO_TRIPLES) -> np.ndarray:
    """Orient a skeleton into a CPDAG.

    Parameters
    ----------
    adjacent
        Symmetric boolean matrix ``(p, p)``.
    colliders
        From `unshielded_colliders`.
    untold
        Unshielded triples ``(n, 3)`` like them that may be colliders or not.
    """
    directed = np.zeros_like(adjacent)
    directed[colliders[:, 0], colliders[:, 1]] = directed[colliders[:, 2], colliders[:, 1]] = True
    clash = directed & directed.T
    directed &= ~clash
    apart, open_at = ~adjacent, _by_middle(untold)
    np.fill_diagonal(apart, False)
    while True:
        undirected = adjacent & ~directed & ~directed.T & ~clash
        chain = _chains(directed, apart, untold)  # a -> b, a and c apart: b - c becomes b -> c
        path = _product(directed, directed)  # a -> b -> c: a - c becomes a -> c
        new = undirected & (chain | path) & ~(chain | path).T
        for a, b in np.argwhere(undirected & ~new & ~new.T):  # a - c -> b, a - d -> b, c and d apart
            middle = np.flatnonzero(undirected[a] & directed[:, b])
            if _some_apart(middle, apart, open_at.get(int(a), set())):
                new[a, b] = True
        if not new.any():
            break
        directed |= new & ~new.T
        if not (new & ~new.T).any():
            break
    marks = np.where(adjacent, TAIL, NONE).astype(np.int8)
    marks[directed] = ARROW
    return marks


def orient_fci(adjacent: np.ndarray, colliders: np.ndarray, untold: np.ndarray = NO_TRIPLES) -> np.ndarray:
    """Orient a skeleton into a PAG; arguments as in `orient_pc`."""
    marks = np.where(adjacent, CIRCLE, NONE).astype(np.int8)
    marks[colliders[:, 0], colliders[:, 1]] = marks[colliders[:, 2], colliders[:, 1]] = ARROW
    apart, open_at = ~adjacent, _by_middle(untold)
    np.fill_diagonal(apart, False)
    while True:
        before = marks.copy()
        arrow, circle, tail = marks == ARROW, marks == CIRCLE, marks == TAIL
        # R1: a *-> b o-* c with a, c apart becomes b -> c.
        hit = _chains(arrow, apart, untold) & circle.T & adjacent
        marks[hit] = ARROW
        marks.T[hit] = TAIL
        arrow, circle, tail = marks == ARROW, marks == CIRCLE, marks == TAIL
        # R2: a -> b *-> c or a *-> b -> c, with a *-o c, becomes a *-> c.
        out = arrow & tail.T
        hit = (_product(out, arrow) | _product(arrow, out)) & circle
        marks[hit] = ARROW
        # R3: a *-> b <-* c, a *-o d o-* c, a and c apart, d *-o b becomes d *-> b.
        arrow, circle = marks == ARROW, marks == CIRCLE
        for d, b in np.argwhere(circle):
            sides = np.flatnonzero(circle[:, d] & arrow[:, b])
            if _some_apart(sides, apart, open_at.get(int(d), set())):
                marks[d, b] = ARROW
        # R8: a -> b -> c and a o-> c becomes a -> c.
        arrow, circle, tail = marks == ARROW, marks == CIRCLE, marks == TAIL
        out = arrow & tail.T
        hit = _product(out, out) & arrow & circle.T
        marks.T[hit] = TAIL
        if (marks == before).all():
            return marks


def edge_votes(marks: np.ndarray) -> np.ndarray:
    """Probability mass of direct edges ``i -> j`` that a CPDAG or PAG stands for.

    A directed or ``o->`` edge gives 1 that way, an undirected or ``o-o`` one half each way, a
    bidirected one `BIDIRECTED_VOTE` each way. Shape ``(p, p)``, row to column.
    """
    at_end, at_start = marks, marks.T
    votes = np.zeros(marks.shape)
    votes[(at_end == ARROW) & (at_start != ARROW) & (at_start != NONE)] = 1.0
    votes[(at_end != ARROW) & (at_end != NONE) & (at_start != ARROW)] = 0.5
    votes[(at_end == ARROW) & (at_start == ARROW)] = BIDIRECTED_VOTE
    return votes
