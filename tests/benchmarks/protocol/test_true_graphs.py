"""Generators that are told the truth use it, and damaged ones differ from it as their names say."""

import networkx as nx
import numpy as np
import pytest

from autogluon_causalmix.metrics.fidelity import fidelity
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.simulated import model_of
from benchmarks.protocol.splits import LowDataSimulated
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.true_graphs import DroppedEdges, PermutedColumns, ReversedEdges, TrueGraph, TrueSCM

NAME = "simulated-05"


def as_in_a_fit(rows):
    """Fits see codes for classes, and a name for the target that is their own."""
    return rows.drop(columns=TARGET).assign(target=rows[TARGET].cat.codes.to_numpy())


@pytest.fixture(scope="module")
def frame():
    return as_in_a_fit(model_of(NAME).sample(200, np.random.default_rng(0)))


@pytest.fixture(scope="module")
def table(frame):
    return TypedTable.from_frame(frame, categorical=["target"])


def dag_of(generator, table):
    (scm,) = generator.fit(table).scms
    return scm.dag


@pytest.fixture(scope="module")
def truth(table):
    names = nx.relabel_nodes(model_of(NAME).graph, {TARGET: "target"})
    return {(table.position(a), table.position(b)) for a, b in names.edges}


def test_the_true_scm_draws_fresh_rows_that_cannot_be_told_from_real_ones(frame, table):
    generator = TrueSCM(NAME).fit(table)
    rows = generator.sample(500, np.random.default_rng(3)).to_frame()
    assert rows.equals(generator.sample(500, np.random.default_rng(3)).to_frame())
    assert list(rows) == list(frame) and (rows.dtypes == frame.dtypes).all()
    unseen = as_in_a_fit(model_of(NAME).sample(500, np.random.default_rng(9)))
    figures = fidelity(unseen, rows, "target", training=frame, seed=0)
    assert abs(figures.two_sample_auc.value - 0.5) < 0.06
    assert len(rows.merge(frame)) == 0 and len(generator.sample(0, np.random.default_rng(0))) == 0


def test_the_true_scm_hands_out_no_class_that_the_training_rows_lack(frame):
    part = TypedTable.from_frame(frame[frame["target"] != 1], categorical=["target"])
    rows = TrueSCM(NAME).fit(part).sample(300, np.random.default_rng(0))
    assert len(rows) == 300 and 1 not in set(rows.to_frame()["target"])


def test_the_true_graph_is_the_true_one_and_needs_one_scm(table, truth):
    assert set(dag_of(TrueGraph("target", table=NAME), table).edges) == truth


def test_steps_of_dropped_edges_are_nested(table, truth):
    left = [
        set(dag_of(DroppedEdges("target", table=NAME, share=share, seed=4), table).edges)
        for share in (0.0, 0.25, 0.5, 1.0)
    ]
    assert left[0] == truth and left[0] > left[1] > left[2] > left[3] == set()
    assert [len(edges) for edges in left] == [len(truth) - round(share * len(truth)) for share in (0, 0.25, 0.5, 1)]


def test_reversed_edges_are_all_the_other_way(table, truth):
    assert set(dag_of(ReversedEdges("target", table=NAME), table).edges) == {(b, a) for a, b in truth}


def test_permuted_columns_keep_the_targets_degrees_and_move_every_feature(table, truth):
    right, wrong = nx.DiGraph(sorted(truth)), dag_of(PermutedColumns("target", table=NAME, seed=1), table)
    target = len(table.columns) - 1
    assert wrong.in_degree(target) == right.in_degree(target) and wrong.out_degree(target) == right.out_degree(target)
    assert wrong.number_of_edges() == len(truth) and set(wrong.edges) != truth
    assert nx.is_directed_acyclic_graph(wrong)
    assert right.in_degree(target) == 1 and set(wrong.predecessors(target)).isdisjoint(right.predecessors(target))


def test_more_damage_is_less_faithful(frame, table):
    unseen = as_in_a_fit(model_of(NAME).sample(500, np.random.default_rng(9)))

    def told_apart(generator):
        rows = generator.fit(table).sample(500, np.random.default_rng(0)).to_frame()
        return fidelity(unseen, rows, "target", training=frame, seed=0).two_sample_auc.value

    true, cut = (told_apart(DroppedEdges("target", table=NAME, share=share)) for share in (0.0, 1.0))
    assert told_apart(TrueSCM(NAME)) < true < cut


def test_reserve_rows_join_the_training_rows_and_nothing_else():
    whole = model_of(NAME).sample(3500, np.random.default_rng(0))
    plain, more = (LowDataSimulated(rows=500, fold=1, more=share).draw(whole) for share in (0.0, 1.0))
    assert [len(part) for part in plain] == [400, 100, 2000] and len(more[0]) == 800
    assert plain[1].equals(more[1]) and plain[2].equals(more[2]) and more[0][:400].equals(plain[0])
    assert len(more[0][400:].merge(more[2])) == len(more[0][400:].merge(more[1])) == 0
    with pytest.raises(ValueError, match=r"more=2.0 asks for 800 rows, but 500 are in reserve"):
        LowDataSimulated(rows=500, more=2.0).draw(whole)
