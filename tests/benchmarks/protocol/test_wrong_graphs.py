"""Wrong graphs are wrong in the way that their names say, and right in everything else."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.wrong_graphs import PermutedGraph, ReversedGraph


@pytest.fixture(scope="module")
def table():
    """x -> y -> z -> class; w beside them, a constant and a copy of x."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(600)
    y = x + 0.5 * rng.standard_normal(600)
    z = y + 0.5 * rng.standard_normal(600)
    label = pd.Categorical(np.where(z + 0.3 * rng.standard_normal(600) > 0, "yes", "no"))
    frame = pd.DataFrame({"x": x, "y": y, "z": z, "w": rng.standard_normal(600), "one": 1, "copy": x, "class": label})
    return TypedTable.from_frame(frame)


def right_dags(table, n=4):
    """The DAGs that the SCM generator itself fits."""
    options = DiscoveryOptions(n_resamples=5)
    return [scm.dag for scm in SCMGenerator("class", options, n_dags=n, seed=3).fit(table).scms]


def wrong_dags(cls, table, n=4):
    return [scm.dag for scm in cls("class", DiscoveryOptions(n_resamples=5), seed=3, n_dags=n).fit(table).scms]


def test_the_first_right_dag_has_its_edges_reversed(table):
    right, wrong = right_dags(table)[0], wrong_dags(ReversedGraph, table)[0]
    assert right.number_of_edges() >= 3
    assert {(b, a) for a, b in right.edges} == set(wrong.edges)


def test_all_dags_are_the_reverse_of_what_was_drawn(table):
    generator = ReversedGraph("class", DiscoveryOptions(n_resamples=5), seed=1, n_dags=2)
    seen = []
    generator.altered = lambda dag: seen.append((dag, ReversedGraph.altered(generator, dag))) or seen[-1][1]
    fitted = [scm.dag for scm in generator.fit(table).scms]
    for (right, wrong), used in zip(seen, fitted, strict=True):
        assert {(b, a) for a, b in right.edges} == set(wrong.edges) == set(used.edges)
        assert nx.is_directed_acyclic_graph(used)


def test_a_permuted_graph_keeps_the_degrees_and_moves_every_feature(table):
    generator = PermutedGraph("class", DiscoveryOptions(n_resamples=5), seed=1, n_dags=3)
    seen = []
    generator.altered = lambda dag: seen.append((dag, PermutedGraph.altered(generator, dag))) or seen[-1][1]
    generator.fit(table)
    assert sorted(generator.place) == sorted(generator.place.values()) == [0, 1, 2, 3], "constant and copy stay"
    assert all(a != b for a, b in generator.place.items())
    for right, wrong in seen:
        assert sorted(right.in_degree[j] for j in right) == sorted(wrong.in_degree[j] for j in wrong)
        assert sorted(right.out_degree[j] for j in right) == sorted(wrong.out_degree[j] for j in wrong)
        target = 6
        assert right.degree(target) == wrong.degree(target)
        assert {generator.place.get(j, j) for j in right.predecessors(target)} == set(wrong.predecessors(target))
        assert nx.is_directed_acyclic_graph(wrong) and set(right.edges) != set(wrong.edges)


@pytest.mark.parametrize("cls", [ReversedGraph, PermutedGraph])
def test_rows_have_the_tables_columns_and_are_repeatable(cls, table):
    generators = [cls("class", DiscoveryOptions(n_resamples=2), seed=2, n_dags=2) for _ in range(2)]
    draws = [generator.fit(table).sample(50, np.random.default_rng(5)) for generator in generators]
    assert np.array_equal(draws[0].values, draws[1].values) and draws[0].columns == table.columns


def test_an_unconditioned_graph_joins_whatever_is_associated(table):
    """The control with depth 0: x and z, which y separates, are joined there and not where it may condition."""
    x, z, w = 0, 2, 3
    by_depth = {}
    for depth in (0, 3):
        options = DiscoveryOptions(n_resamples=20, max_depth=depth)
        by_depth[depth] = discover_edges(table, np.random.default_rng(0), options, target="class").probabilities
    joined = {depth: p[x, z] + p[z, x] for depth, p in by_depth.items()}
    assert joined[0] > 0.9 > 0.3 > joined[3]
    assert by_depth[0][x, w] + by_depth[0][w, x] < 0.5, "what is independent stays apart"
