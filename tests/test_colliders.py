"""What looks like a collider is one only if its ends depend on each other given it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.colliders import told_apart
from autogluon_causalmix.causal.discovery import discover_edges
from autogluon_causalmix.causal.independence import embed
from autogluon_causalmix.causal.orientation import ARROW, CIRCLE, NONE, TAIL, orient_fci, orient_pc
from autogluon_causalmix.table import TypedTable


def three(kind, n, effect, seed):
    """Columns a, b, c: a chain through b, or b their effect."""
    rng = np.random.default_rng(seed)
    a, noise_b, noise_c = rng.standard_normal((3, n))
    if kind == "chain":
        b = effect * a + noise_b
        c = effect * b + noise_c
    else:
        c = noise_c
        b = effect * (a + c) + noise_b
    return TypedTable.from_frame(pd.DataFrame({"a": a, "b": b, "c": c}))


def told(kind, n=200, effect=0.5):
    """Share of tables in which a, b, c is told to be a collider; and that every triple stays in one part."""
    found = 0
    for seed in range(50):
        triples = np.array([[0, 1, 2]])
        table = three(kind, n, effect, seed)
        colliders, open_triples = told_apart(embed(table), np.arange(n), triples, {(0, 2): ()}, 0.1)
        assert len(colliders) + len(open_triples) == 1
        found += len(colliders)
    return found / 50


def test_a_collider_is_told_and_a_chain_whose_ends_were_separated_without_its_middle_is_not():
    assert told("collider", effect=0.8) > 0.9
    assert told("chain") < 0.25 and told("chain", effect=0.8) < 0.25, "a tenth is the level"


@pytest.mark.parametrize("effect", [3.0, 10.0])
def test_of_an_end_that_the_middle_all_but_repeats_nothing_is_told(effect):
    """The test that is left out there says nothing, and must not pass for dependence."""
    wrong = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        a = rng.standard_normal(100)
        b = effect * a + rng.standard_normal(100)
        c = 0.3 * (b - b.mean()) / b.std() + rng.standard_normal(100)
        table = TypedTable.from_frame(pd.DataFrame({"a": a, "b": b, "c": c}))
        colliders, _ = told_apart(embed(table), np.arange(100), np.array([[0, 1, 2]]), {(0, 2): ()}, 0.1)
        wrong += len(colliders)
    assert wrong <= 7, "a tenth is the level"


def test_a_separator_is_held_fixed_as_well():
    """d separates a and c, which both depend on it; b is their effect, or d's."""
    rng = np.random.default_rng(0)
    d, a, c, noise = rng.standard_normal((4, 3000))
    a, c = a + d, c + d
    for b, is_collider in ((a + c + noise, True), (d + noise, False)):
        table = TypedTable.from_frame(pd.DataFrame({"a": a, "b": b, "c": c, "d": d}))
        colliders, _ = told_apart(embed(table), np.arange(3000), np.array([[0, 1, 2]]), {(0, 2): (3,)}, 0.001)
        assert len(colliders) == is_collider


@pytest.mark.parametrize("effect", [0.3, 0.5])
def test_moderate_chains_are_seldom_drawn_as_colliders(effect):
    """PC's own rule drew half of these pairs of edges as colliders: chains have no direction that data could tell."""
    both = wrong = 0
    for seed in range(10):
        graph = discover_edges(three("chain", 300, effect, seed), np.random.default_rng(seed))
        for _ in range(20):
            dag = graph.sample_dag(np.random.default_rng(both + 1000 * seed))
            if dag.has_edge(0, 1) + dag.has_edge(1, 0) + dag.has_edge(1, 2) + dag.has_edge(2, 1) == 2:
                apart = not (dag.has_edge(0, 2) or dag.has_edge(2, 0))
                both += apart
                wrong += apart and set(nx.ancestors(dag, 1)) == {0, 2}
    assert both > 50 and wrong / both < 0.25


def test_rules_take_an_open_triple_for_nothing():
    """Arrows 3 -> 0 <- 4 are certain; 0 - 1 - 2 hangs on 0, its triple with 3 open or not."""
    adjacent = np.zeros((5, 5), dtype=bool)
    for i, j in ((3, 0), (4, 0), (0, 1), (1, 2)):
        adjacent[i, j] = adjacent[j, i] = True
    colliders = np.array([[3, 0, 4]])
    every = orient_pc(adjacent, colliders)
    assert every[0, 1] == ARROW and every[1, 2] == ARROW, "Meek's first rule, twice"
    some = np.array([[3, 0, 1]])
    assert (orient_pc(adjacent, colliders, some) == every).all(), "4 - 0 - 1 still says so"
    both = np.array([[3, 0, 1], [1, 0, 4]])
    pc, fci = orient_pc(adjacent, colliders, both), orient_fci(adjacent, colliders, both)
    assert pc[0, 1] == pc[1, 0] == pc[1, 2] == pc[2, 1] == TAIL and pc[3, 0] == ARROW
    assert fci[0, 1] == fci[1, 0] == fci[1, 2] == CIRCLE and fci[3, 0] == ARROW
    assert (pc[adjacent] != NONE).all() and (fci[adjacent] != NONE).all()


def test_meeks_third_rule_needs_a_triple_that_is_no_collider():
    adjacent = np.zeros((4, 4), dtype=bool)
    for i, j in ((0, 1), (0, 2), (0, 3), (1, 3), (2, 3)):  # 1 -> 3 <- 2, 0 joined to all
        adjacent[i, j] = adjacent[j, i] = True
    colliders, ends = np.array([[1, 3, 2]]), np.array([[1, 0, 2]])
    assert orient_pc(adjacent, colliders)[0, 3] == ARROW and orient_fci(adjacent, colliders)[0, 3] == ARROW
    assert orient_pc(adjacent, colliders, ends)[0, 3] == TAIL
    assert orient_fci(adjacent, colliders, ends)[0, 3] == CIRCLE
