"""DAGs drawn from edge probabilities: what points either way makes no collider, nor a way back in time."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import discover, fit_scm
from autogluon_causalmix.causal.draws import draw_dag
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.knowledge import Knowledge


def either_way(pairs, p):
    matrix = np.zeros((p, p))
    for a, b in pairs:
        matrix[a, b] = matrix[b, a] = 0.5
    return matrix


def draws(matrix, n=300, **arguments):
    rng = np.random.default_rng(0)
    return [draw_dag(matrix, rng, **arguments) for _ in range(n)]


def colliders(dag):
    return [
        (a, k, b)
        for k in dag
        for a in dag.predecessors(k)
        for b in dag.predecessors(k)
        if a < b and not dag.has_edge(a, b) and not dag.has_edge(b, a)
    ]


@pytest.mark.parametrize(
    "pairs",
    [
        [(0, 1), (1, 2), (2, 3), (3, 4)],
        [(0, 1), (0, 2), (0, 3), (0, 4)],
        [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)],
    ],
    ids=["chain", "star", "triangles"],
)
def test_pairs_that_point_either_way_are_oriented_as_one_graph_of_their_class(pairs):
    found = draws(either_way(pairs, 5))
    assert not any(colliders(dag) for dag in found)
    assert all({frozenset(edge) for edge in dag.edges} == {frozenset(pair) for pair in pairs} for dag in found)
    first = np.mean([dag.has_edge(*pairs[0]) for dag in found])
    assert 0.1 < first < 0.9, "both directions are drawn"


def test_a_direction_that_is_sure_is_drawn_as_often_as_it_says():
    matrix = np.zeros((3, 3))
    matrix[0, 1], matrix[1, 0], matrix[1, 2] = 0.7, 0.1, 0.4
    found = draws(matrix, 2000)
    assert np.mean([dag.has_edge(0, 1) for dag in found]) == pytest.approx(0.7, abs=0.04)
    assert np.mean([dag.has_edge(1, 0) for dag in found]) == pytest.approx(0.1, abs=0.03)
    assert np.mean([dag.has_edge(1, 2) for dag in found]) == pytest.approx(0.4, abs=0.04)


def test_an_open_pair_leans_as_its_probabilities_do():
    matrix = either_way([(0, 1)], 2)
    matrix[0, 1], matrix[1, 0] = 0.6, 0.4
    assert np.mean([dag.has_edge(0, 1) for dag in draws(matrix, 2000)]) == pytest.approx(0.6, abs=0.04)


def test_an_arrow_that_comes_in_goes_on():
    """x -> y - z with x and z apart: z is an effect of y, or y would be a collider that nothing claims."""
    matrix = either_way([(1, 2)], 3)
    matrix[0, 1] = 1.0
    assert np.mean([dag.has_edge(2, 1) for dag in draws(matrix, 1000)]) < 0.1


def test_a_node_with_room_for_no_more_parents_does_not_turn_its_causes_into_effects():
    matrix = np.zeros((13, 13))
    matrix[:12, 12], matrix[12, :12] = 0.97, 0.02
    assert np.mean([dag.out_degree(12) for dag in draws(matrix)]) / 12 < 0.06


def test_what_would_close_a_cycle_is_turned_only_as_probably_as_it_points_back():
    matrix = np.zeros((3, 3))
    matrix[0, 1] = matrix[1, 2] = 0.99
    matrix[2, 0], matrix[0, 2] = 0.6, 0.01
    assert np.mean([dag.has_edge(0, 2) for dag in draws(matrix, 1000)]) < 0.06


def test_no_path_leads_back_in_time(tmp_path):
    rng = np.random.default_rng(0)
    early = rng.standard_normal(300)
    free = early + rng.standard_normal(300)
    frame = pd.DataFrame({"early": early, "free": free, "late": free + rng.standard_normal(300)})
    graph = discover(frame, tiers=[["early"], ["late"]], n_resamples=10)
    graph.save(tmp_path / "graph.json")
    for one in (graph, CausalGraph.load(tmp_path / "graph.json")):
        found = [one.sample_dag(rng) for _ in range(200)]
        assert not any(nx.has_path(dag, 2, 0) for dag in found)
        assert any(nx.has_path(dag, 0, 2) for dag in found)


def test_required_edges_are_kept_beside_an_order():
    rules = Knowledge.of(required_edges=[("c", "a")], tiers=[["a"], ["b"]]).rules(["a", "b", "c"])
    matrix = rules.apply(either_way([(0, 1), (1, 2)], 3))
    assert all(dag.has_edge(2, 0) and not nx.has_path(dag, 1, 0) for dag in draws(matrix, rules=rules))


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_rows_of_drawn_dags_are_as_correlated_as_the_table(shape):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 6))
    for j in range(1, 6):
        x[:, j] = 0.8 * x[:, j - 1 if shape == "chain" else 0] + 0.6 * x[:, j]
    frame = pd.DataFrame(x, columns=list("abcdef"))
    graph = discover(frame, n_resamples=10)
    rows = pd.concat(
        fit_scm(frame, graph, mechanism="ridge", seed=seed).sample(1000, np.random.default_rng(seed))
        for seed in range(8)
    )
    apart = np.triu_indices(6, 1)
    real, found = (np.abs(one.corr().to_numpy()[apart]).mean() for one in (frame, rows))
    assert found == pytest.approx(real, abs=0.05)
