"""CM3xx fire on graphs that contradict the user, one another, or the time that was asked for."""

import pytest

from autogluon_causalmix.findings.graph_checks import agrees_with_knowledge, all_resamples, rests_on_all_folds

from .reports import edge, folds

STATED = [
    {"forbidden_edges": [["a", "b"]]},
    {"known_roots": ["b"]},
    {"known_sinks": ["a"]},
    {"known_tiers": [["b"], ["a"]]},
    {"required_edges": [["b", "a"]]},
    {"known_graph": [["b", "a"]]},
]


@pytest.mark.parametrize("options", STATED, ids=lambda one: next(iter(one)))
def test_an_edge_that_was_ruled_out_is_an_issue(options):
    for figures in ({"edges": [edge("a", "b", 0.1)]}, {"dags": [[["a", "b"]]]}):
        found = agrees_with_knowledge.judge(folds(options=options, **figures))
        assert found.tab == "issue" and "a -> b is ruled out" in found.explanation


@pytest.mark.parametrize("options", STATED, ids=lambda one: next(iter(one)))
def test_edges_that_agree_pass(options):
    known = folds(options=options, edges=[edge("b", "a", 1.0), edge("a", "b", 0.0)], dags=[[["b", "a"]]])
    assert agrees_with_knowledge.judge(known).tab == "passed"


def test_a_dag_without_a_stated_edge_is_an_issue():
    known = folds(
        options={"required_edges": [["a", "b"]]}, edges=[edge("a", "b", 1.0)], dags=[[["a", "b"]], [["a", "c"]]]
    )
    assert "a -> b is stated, and a DAG lacks it" in agrees_with_knowledge.judge(known).explanation


def test_labels_that_are_numbers_are_compared_as_the_report_writes_them():
    known = folds(options={"forbidden_edges": [[0, 1]]}, edges=[edge("0", "1", 0.9)])
    assert agrees_with_knowledge.judge(known).tab == "issue"


def test_without_statements_or_edges_nothing_is_judged():
    assert agrees_with_knowledge.judge(folds(edges=[edge("a", "b", 0.9)])) is None
    assert agrees_with_knowledge.judge(folds(options=STATED[0])) is None


def graphs(*probabilities, stated=False):
    edges = tuple([edge("a", "b", p, stated)] if p else [] for p in probabilities)
    return folds(edges=edges, graph_resamples=50)


def test_an_edge_that_one_fold_carries_is_a_tip():
    found = rests_on_all_folds.judge(graphs(0.4, 1.0, 0.3))
    assert found.tab == "tip" and "a -> b (0.57; 0.35 without S1F2)" in found.explanation


@pytest.mark.parametrize(
    "known", [graphs(0.9, 0.8, 0.7), graphs(0.4, 0.3, 0.0), graphs(0.5, 0.6, 0.48), graphs(0.4, 1.0, 0.3, stated=True)]
)
def test_edges_of_all_folds_of_none_and_of_the_user_pass(known):
    assert rests_on_all_folds.judge(known).tab == "passed"


def test_two_folds_cannot_say():
    assert rests_on_all_folds.judge(graphs(1.0, 0.1)) is None


@pytest.mark.parametrize(
    ("taken", "columns", "tab"),
    [(50, 10, "passed"), (49, 10, "tip"), (20, 10, "issue"), (30, 41, "passed"), (5, 300, "passed"), (8, 101, "tip")],
)
def test_resamples_that_time_did_not_allow(taken, columns, tab):
    known = folds(options={"discovery_resamples": 50}, graph_resamples=(50, taken), columns=columns)
    assert all_resamples.judge(known).tab == tab


def test_fewer_resamples_are_right_where_fewer_were_asked():
    known = folds(options={"discovery_resamples": 3}, graph_resamples=3, columns=300)
    assert all_resamples.judge(known).tab == "passed"


def test_a_fit_without_discovery_is_not_judged():
    assert all_resamples.judge(folds(options={"discovery_resamples": 50}, columns=5)) is None


def test_edges_of_columns_that_a_whole_graph_says_nothing_of_are_no_contradiction():
    known = {"options": {"known_graph": [["a", "y"]]}, "columns_unstated": ["day.year"]}
    edges = [edge("a", "y", 1.0), edge("day.year", "y", 0.4)]
    assert agrees_with_knowledge.judge(folds(**known, edges=edges)).tab == "passed"
    found = agrees_with_knowledge.judge(folds(**known, edges=[*edges, edge("y", "a", 0.4)]))
    assert found.tab == "issue" and "y -> a" in found.explanation and "day.year" not in found.explanation
