"""What the user knows holds in every DAG; contradictions say where they are."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.knowledge import Knowledge, as_edges
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.table import TypedTable

NAMES = list("abcdef")


def table(n=300, seed=0):
    """A chain a -> b -> c -> d -> e, and f, a copy of a."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 5))
    for j in range(1, 5):
        x[:, j] += x[:, j - 1]
    frame = pd.DataFrame(x, columns=NAMES[:5])
    return TypedTable.from_frame(frame.assign(f=frame["a"]))


def dags(knowledge, n=40, target=None, backend="fast"):
    options = DiscoveryOptions(n_resamples=3, backend=backend)
    graph = discover_edges(table(), np.random.default_rng(0), options, target=target, knowledge=knowledge)
    drawn = [graph.sample_dag(np.random.default_rng(seed)) for seed in range(n)]
    return graph, [nx.relabel_nodes(dag, dict(enumerate(NAMES))) for dag in drawn]


@pytest.mark.parametrize("backend", ["fast", "causal-learn"])
def test_required_and_forbidden_edges_hold_in_every_dag(backend):
    knowledge = Knowledge.of([("e", "a"), ("f", "b")], [("a", "b"), ("b", "a")])
    graph, drawn = dags(knowledge, backend=backend)
    for dag in drawn:
        assert dag.has_edge("e", "a") and dag.has_edge("f", "b")
        assert not dag.has_edge("a", "b") and not dag.has_edge("b", "a")
        assert nx.is_directed_acyclic_graph(dag)
    edges = graph.edge_probabilities
    assert edges.loc["e", "a"] == 1 and edges.loc["a", "e"] == 0


def test_a_forbidden_direction_leaves_the_other_its_mass():
    free, _ = dags(None)
    bound, drawn = dags(Knowledge.of(forbidden_edges=[("b", "c")]))
    before, after = free.edge_probabilities, bound.edge_probabilities
    assert after.loc["b", "c"] == 0
    assert after.loc["c", "b"] == pytest.approx(before.loc["b", "c"] + before.loc["c", "b"])
    assert before.loc["b", "c"] > 0, "the direction must have had mass for this to show anything"
    assert not any(dag.has_edge("b", "c") for dag in drawn)


def test_tiers_roots_and_sinks():
    knowledge = Knowledge.of(tiers=[["e", "d"], ["c"], ["b", "a"]], roots=["d"], sinks=["a"])
    _, drawn = dags(knowledge)
    order = {"e": 0, "d": 0, "c": 1, "b": 2, "a": 2}
    n_edges = 0
    for dag in drawn:
        assert dag.in_degree("d") == 0 and dag.out_degree("a") == 0
        for a, b in dag.edges:
            if a in order and b in order:
                n_edges += 1
                assert order[a] <= order[b]
    assert n_edges > 0


def test_the_target_is_joined_without_breaking_a_rule():
    everything_into_d = [(x, "d") for x in NAMES if x != "d"]
    out_of_d = [("d", x) for x in NAMES if x not in "de"]
    _, drawn = dags(Knowledge.of(forbidden_edges=everything_into_d + out_of_d), target="d")
    for dag in drawn:
        assert list(dag.edges("d")) == [("d", "e")] and dag.in_degree("d") == 0


@pytest.mark.parametrize("kind", ["pairs", "networkx", "gml"])
def test_a_whole_graph_skips_discovery(kind, tmp_path):
    edges = [("a", "c"), ("b", "c"), ("c", "e")]
    source = edges
    if kind != "pairs":
        source = nx.DiGraph(edges)
    if kind == "gml":
        nx.write_gml(source, tmp_path / "graph.gml")
        source = str(tmp_path / "graph.gml")
    graph, drawn = dags(Knowledge.of(graph=source), target="d")
    assert graph.n_resamples == 0
    assert all(set(dag.edges) == set(edges) for dag in drawn)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ({"required_edges": [("a", "b"), ("b", "c"), ("c", "a")]}, ["required_edges", "a -> b -> c -> a"]),
        ({"required_edges": [("a", "b")], "forbidden_edges": [("a", "b")]}, ["'a' -> 'b'", "forbidden_edges"]),
        ({"required_edges": [("a", "b")], "roots": ["b"]}, ["'a' -> 'b'", "roots"]),
        ({"required_edges": [("a", "b")], "sinks": ["a"]}, ["'a' -> 'b'", "sinks"]),
        ({"required_edges": [("a", "b")], "tiers": [["b"], ["a"]]}, ["'a' -> 'b'", "group 1", "group 0"]),
        ({"tiers": [["a", "b"], ["b"]]}, ["'b'", "group 0", "group 1"]),
        ({"graph": [("a", "b"), ("b", "a")]}, ["graph", "a -> b -> a"]),
        ({"graph": [("a", "b")], "roots": ["a"]}, ["graph=", "roots"]),
        ({"graph": nx.Graph([("a", "b")])}, ["directed", "Graph"]),
        ({"graph": "no such file.gml"}, ["no such file.gml", "GML"]),
        ({"required_edges": ["ab"]}, ["pairs", "'ab'"]),
        ({"required_edges": [("a", "a")]}, ["('a', 'a')", "itself"]),
        ({"forbidden_edges": "ab"}, ["forbidden_edges='ab'", "pairs"]),
        ({"roots": 3}, ["roots=3", "list"]),
        ({"roots": [["a"]]}, ["roots", "['a']", "without brackets"]),
        ({"forbidden_edges": [(["a"], "b")]}, ["forbidden_edges", "['a']", "without brackets"]),
        ({"tiers": ["a", "b"]}, ["tiers", "groups", "'a'", "['a']"]),
        ({"required_edges": [("a", "x"), ("x", "b")], "tiers": [["b"], ["a"]]}, ["a -> x -> b", "group 1", "group 0"]),
    ],
)
def test_contradictions_are_errors_that_show_the_path(statements, words):
    with pytest.raises(OptionError) as caught:
        Knowledge.of(**statements)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_is_no_gml(tmp_path):
    (tmp_path / "graph.gml").write_text("graph ]")
    with pytest.raises(OptionError, match="GML"):
        as_edges(tmp_path / "graph.gml")


def test_none_states_nothing():
    names = ("required_edges", "forbidden_edges", "tiers", "roots", "sinks", "graph")
    nothing = Knowledge.of(**dict.fromkeys(names))
    assert not nothing and nothing == Knowledge.of() and nothing.statements() == Knowledge().statements()
    with pytest.raises(OptionError, match="must hold groups of columns, found None"):
        Knowledge.of(tiers=[None])


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(OptionError, match=r"'agee'.*did you mean 'age'"):
        Knowledge.of([("agee", "y")]).rules(["age", "y", "income"])


def test_required_paths_rule_out_what_would_close_them():
    rules = Knowledge.of([("a", "b"), ("b", "c")]).rules(NAMES)
    assert not rules.allowed[2, 0] and rules.allowed[0, 2]


def test_a_constant_and_a_copied_column_can_be_spoken_of():
    frame = table().to_frame().assign(f=1.0, g=lambda t: t["a"])
    knowledge = Knowledge.of([("f", "a"), ("g", "b")])
    graph = discover_edges(TypedTable.from_frame(frame), np.random.default_rng(0), knowledge=knowledge)
    assert graph.copies == {}
    dag = graph.sample_dag(np.random.default_rng(0))
    assert {(5, 0), (6, 1)} <= set(dag.edges)
