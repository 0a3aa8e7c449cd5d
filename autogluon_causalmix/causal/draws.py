"""DAGs drawn from edge probabilities.

Pairs are joined or not one by one. What points which way is decided one by one only where the probabilities say so:
a pair that may as well point either way is what a CPDAG leaves open, and the graphs of its class have no collider
``a -> k <- b`` (a and b apart) that it does not show. Drawn one by one, half of a chain's nodes would be such
colliders, and what lies beyond them would be independent in the rows. So these pairs are oriented together, outward
from a node drawn by chance, in the order of a maximum cardinality search (Tarjan and Yannakakis, 1984), which makes
no collider in a graph that can do without.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import networkx as nx
import numpy as np

from autogluon_causalmix.causal.knowledge import EdgeRules

__all__ = ["MAX_PARENTS", "draw_dag"]

#: More parents than this make a mechanism that few hundred rows cannot determine.
MAX_PARENTS = 8
#: Parents that a target without edges gets, strongest association first.
RESCUE_PARENTS = 3
#: A pair points by its own probabilities if one direction has this share of them.
SURE = 0.7
#: Nodes of a component from which orienting it outward is tried, and what a collider that no arrow claims costs there.
STARTS, COLLIDER = 16, 0.05


class _Drawing:
    """A DAG that grows by edges that close no cycle, be it through an order that is known."""

    def __init__(self, n_columns: int, rules: EdgeRules | None) -> None:
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(n_columns))
        self.reach = np.eye(n_columns, dtype=bool)
        self.n_parents = np.zeros(n_columns, dtype=int)
        if rules is not None:
            if rules.before is not None:
                self.reach |= rules.before
            for a, b in np.argwhere(rules.required):
                self.place(int(a), int(b), np.inf)

    def closes(self, a: int, b: int) -> bool:
        """Whether ``a -> b`` would close a cycle, or lead against the order."""
        return bool(self.reach[b, a])

    def place(self, a: int, b: int, most_parents: float = MAX_PARENTS) -> None:
        """Add ``a -> b`` if it closes no cycle and ``b`` has room for a parent."""
        if self.closes(a, b) or self.n_parents[b] >= most_parents or self.graph.has_edge(a, b):
            return
        self.graph.add_edge(a, b)
        self.n_parents[b] += 1
        self.reach[np.ix_(self.reach[:, a], self.reach[b])] = True


def draw_dag(
    probabilities: np.ndarray,
    rng: np.random.Generator,
    *,
    rules: EdgeRules | None = None,
    target: int | None = None,
    association: np.ndarray | None = None,
) -> nx.DiGraph:
    """Draw a DAG over column positions.

    Required edges are placed first, then the probable ones of those that are sure which way they point, then the
    others. A sure edge that would close a cycle is turned round as probably as it points that way, else left out; one
    of the others is turned round. Discovered edges give a node at most `MAX_PARENTS` parents.

    Parameters
    ----------
    probabilities
        ``(p, p)`` of edges, cause in rows.
    target, association
        A column that is not left without any edge, and how closely all columns go together ``(p, p)``.
    """
    p = len(probabilities)
    drawing = _Drawing(p, rules)
    i, j = np.triu_indices(p, 1)
    forward, backward = probabilities[i, j], probabilities[j, i]
    total = forward + backward
    scale = np.maximum(total, 1.0)  # resamples may claim both ways; never more than certainty
    draw = rng.random(len(i)) * scale
    drawn = np.flatnonzero(draw < total)
    order = drawn[np.argsort(-total[drawn] + 1e-9 * rng.random(len(drawn)), kind="stable")]
    joined = nx.Graph(drawing.graph.edges)
    joined.add_edges_from(zip(i[order].tolist(), j[order].tolist(), strict=True))
    either_way = []
    for at in order:
        a, b = int(i[at]), int(j[at])
        if drawing.graph.has_edge(a, b) or drawing.graph.has_edge(b, a):
            continue
        if max(forward[at], backward[at]) < SURE * total[at]:
            either_way.append((a, b))
            continue
        if draw[at] >= forward[at]:
            a, b = b, a
        if drawing.closes(a, b):
            if rng.random() * total[at] >= probabilities[b, a]:
                continue
            a, b = b, a
        drawing.place(a, b)
    _orient_together(drawing, either_way, joined, probabilities, rng)
    if target is not None and association is not None and not (rules is not None and rules.complete):
        _join(drawing, target, association[target], rules)
    return drawing.graph


def _orient_together(
    drawing: _Drawing,
    pairs: Iterable[tuple[int, int]],
    joined: nx.Graph,
    probabilities: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Orient pairs that may point either way: one of several outward orders, the likelier the more often drawn."""
    open_pairs = nx.Graph(list(pairs))
    for component in sorted(nx.connected_components(open_pairs), key=min):
        part = open_pairs.subgraph(component)
        starts = rng.permutation(sorted(component))
        # An arrow that comes in from outside goes on: its end comes first.
        entered = np.array([drawing.n_parents[start] > 0 for start in starts])
        starts = starts[np.argsort(~entered, kind="stable")][:STARTS]
        orders = [_outward(part, int(start), rng) for start in starts]
        scores = np.array([_log_weight(order, drawing.graph, joined, probabilities) for order in orders])
        weights = np.exp(scores - scores.max())
        for a, b in orders[rng.choice(len(orders), p=weights / weights.sum())]:
            drawing.place(*((b, a) if drawing.closes(a, b) else (a, b)))


def _outward(part: nx.Graph, start: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Edges of a connected graph, oriented from ``start`` outward by maximum cardinality search."""
    nodes = sorted(part)
    at = {node: k for k, node in enumerate(nodes)}
    adjacent = nx.to_numpy_array(part, nodelist=nodes, weight=None) > 0
    reached, waiting = np.zeros(len(nodes)), np.ones(len(nodes), dtype=bool)
    chance, edges, node = rng.random(len(nodes)), [], at[start]
    for _ in nodes:
        waiting[node] = False
        edges += [(nodes[node], nodes[other]) for other in np.flatnonzero(adjacent[node] & waiting)]
        reached += adjacent[node]
        node = int(np.argmax(np.where(waiting, reached + chance / 2, -1.0)))
    return edges


def _log_weight(edges: list[tuple[int, int]], placed: nx.DiGraph, joined: nx.Graph, probabilities: np.ndarray) -> float:
    """Of an orientation: its edges' probabilities, and `COLLIDER` for every unshielded collider that it adds."""
    new: dict[int, list[int]] = {}
    for a, b in edges:
        new.setdefault(b, []).append(a)
    colliders = 0
    for b, parents in new.items():
        pairs = itertools.chain(itertools.combinations(parents, 2), itertools.product(parents, placed.predecessors(b)))
        colliders += sum(not joined.has_edge(a, c) for a, c in pairs)
    return float(sum(np.log(max(probabilities[a, b], 1e-12)) for a, b in edges) + colliders * np.log(COLLIDER))


def _join(drawing: _Drawing, target: int, association: np.ndarray, rules: EdgeRules | None) -> None:
    """Give a target without edges its closest columns as causes, or as effects if it may have none."""
    graph = drawing.graph
    if graph.degree(target):
        return
    for other in map(int, np.argsort(-association, kind="stable")):
        if graph.degree(target) >= RESCUE_PARENTS or not association[other] > 0:
            return
        if other == target:
            continue
        if rules is None or rules.allowed[other, target]:
            drawing.place(other, target)
        elif rules.allowed[target, other]:
            drawing.place(target, other)
