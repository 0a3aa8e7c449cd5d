"""Simulated tables come from a known graph, are repeatable, and hold what the study needs."""

import networkx as nx
import numpy as np
import pytest

from benchmarks.protocol import simulated
from benchmarks.protocol.content import content_of, read
from benchmarks.protocol.simulated import DATASETS, LEAST_SHARE, RESERVE, TABLE_ROWS, Mechanism, SimulatedSCM, model_of
from benchmarks.protocol.tables import TARGET


@pytest.mark.parametrize("name", DATASETS)
def test_every_model_is_a_mixed_dag_with_the_target_inside(name):
    model = model_of(name)
    graph, mechanisms = model.graph, model.mechanisms
    assert nx.is_directed_acyclic_graph(graph) and 6 <= len(graph) <= 12
    assert graph.in_degree(TARGET) >= 1 and graph.out_degree(TARGET) >= 1
    assert model.order[-1] == TARGET and set(model.order) == set(mechanisms)
    frame = model.sample(4000, np.random.default_rng(0))
    kinds = {str(dtype) for dtype in frame.dtypes}
    assert kinds <= {"category", "float64"} and "float64" in kinds and not frame.isna().any(axis=None)
    shares = frame[TARGET].value_counts(normalize=True)
    assert 2 <= len(shares) <= 4 and shares.min() > LEAST_SHARE - 0.03


def test_models_differ_and_each_is_the_same_every_time():
    assert len(DATASETS) >= 20 and len({content_of(name) for name in DATASETS[:3]}) == 3
    simulated.model_of.cache_clear()
    first = simulated.load("simulated-07")
    simulated.model_of.cache_clear()
    assert first.equals(simulated.load("simulated-07")) and len(first) == TABLE_ROWS + RESERVE
    assert read("simulated-07", content_of("simulated-07")).equals(first)


def test_rows_depend_on_the_generator_that_is_given():
    model = model_of("simulated-03")
    first, again, other = (model.sample(50, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_a_models_distribution_does_not_depend_on_how_many_rows_are_drawn():
    """Scales and cuts are part of the model: standardising each draw would tie its rows to each other."""
    model = model_of("simulated-00")
    name = next(name for name in model.order if not model.mechanisms[name].is_category)
    small = np.array([model.sample(2, np.random.default_rng(seed))[name].mean() for seed in range(300)])
    assert small.std() > 0.4, "means of two rows would all be 0"


def test_causes_act_as_the_mechanism_says():
    """y = -2 x + noise of standard deviation .5; the class is cut from an effect for each level of g."""
    root = Mechanism({}, "normal", 1.0)
    group = Mechanism({}, "uniform", 1.0, cuts=np.array([0.0]))
    y = Mechanism({"x": ("linear", -2.0)}, "Laplace", 0.5)
    label = Mechanism({"g": np.array([-5.0, 5.0])}, "normal", 1.0, cuts=np.array([0.0]))
    mechanisms = {"x": root, "g": group, "y": y, TARGET: label}
    rows = SimulatedSCM(mechanisms, ("y", "g", "x", TARGET)).sample(20_000, np.random.default_rng(0))
    noise = rows["y"] + 2 * rows["x"]
    assert abs(noise.std() - 0.5) < 0.02 and abs(noise.corr(rows["x"])) < 0.03
    assert (rows["g"].cat.codes == rows[TARGET].cat.codes).mean() > 0.999
    assert list(rows) == ["y", "g", "x", TARGET]


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match="no simulated table 'simulated-99': there are simulated-00 to"):
        simulated.load("simulated-99")
