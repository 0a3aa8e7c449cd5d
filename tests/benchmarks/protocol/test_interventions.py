"""Worlds of a simulated table differ from the observed one where their names say, and nowhere upstream of it."""

import networkx as nx
import numpy as np
import pytest

from benchmarks.protocol import interventions
from benchmarks.protocol.content import content_of, read
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.interventions import (
    DATASETS,
    OBSERVED,
    OBSERVED_ROWS,
    WORLD_ROWS,
    WORLDS,
    intervened,
    model_of,
    roles,
)
from benchmarks.protocol.simulated import Mechanism, SimulatedSCM
from benchmarks.protocol.tables import TARGET


@pytest.mark.parametrize("name", DATASETS)
def test_every_table_admits_every_intervention_and_keeps_its_graph(name):
    model = model_of(name)
    graph, of = model.observed.graph, roles(model.observed.graph)
    assert tuple(model.worlds) == WORLDS and all(of.values())
    related = nx.ancestors(graph, TARGET) | nx.descendants(graph, TARGET) | {TARGET}
    assert not set(of["spurious"]) & related
    for world in model.worlds.values():
        assert nx.utils.graphs_equal(world.graph, graph) and world.order == model.observed.order


@pytest.mark.parametrize("world", WORLDS)
def test_the_same_noise_gives_the_same_values_in_all_columns_upstream_of_the_intervention(world):
    """Columns draw their noise one after the other, so two worlds with one seed differ by the intervention alone."""
    model = model_of("intervened-03")
    observed, other = (m.sample(2000, np.random.default_rng(0)) for m in (model.observed, model.worlds[world]))
    graph = model.observed.graph
    changed = {TARGET} if world == "mechanism" else set(roles(graph).get(world, ()))
    downstream = changed.union(*(nx.descendants(graph, name) for name in changed))
    moved = {name for name in observed if not observed[name].equals(other[name])}
    assert moved <= downstream and changed <= moved


def test_strength_zero_changes_nothing_and_strength_moves_by_so_many_deviations():
    model = model_of("intervened-03").observed
    for world in WORLDS:
        same = intervened(model, world, np.random.default_rng(5), strength=0.0)
        rows = [m.sample(300, np.random.default_rng(1)) for m in (model, same)]
        assert rows[0].equals(rows[1])
    x = Mechanism({}, "normal", 1.0)
    y = Mechanism({"x": ("linear", 1.0)}, "normal", 1.0, cuts=np.array([0.0]))
    small = SimulatedSCM({"x": x, TARGET: y}, ("x", TARGET))
    moved = intervened(small, "parents", np.random.default_rng(0)).sample(20_000, np.random.default_rng(2))["x"]
    assert abs(abs(moved.mean()) - interventions.MOVED) < 0.03 and abs(moved.std() - 1) < 0.03


def test_a_changed_mechanism_listens_to_the_same_causes_in_another_way():
    x, y = Mechanism({}, "normal", 1.0), Mechanism({"x": ("linear", 5.0)}, "normal", 0.1, cuts=np.array([0.0]))
    model = SimulatedSCM({"x": x, TARGET: y}, ("x", TARGET))
    agrees = []
    for seed in range(8):
        rows = intervened(model, "mechanism", np.random.default_rng(seed)).sample(2000, np.random.default_rng(1))
        agrees.append(((rows["x"] > 0) == (rows[TARGET].cat.codes == 1)).mean())
    before = model.sample(2000, np.random.default_rng(1))
    assert ((before["x"] > 0) == (before[TARGET].cat.codes == 1)).mean() > 0.97
    assert min(agrees) < 0.2, "an effect of the other sign is among eight draws"


def test_roles_are_told_by_the_graph():
    graph = nx.DiGraph([("a", TARGET), ("a", "s"), (TARGET, "c"), ("u", "v"), ("b", "a"), ("b", "t"), ("t", "c")])
    assert roles(graph) == {"parents": ["a"], "children": ["c"], "spurious": ["s", "t"]}


def test_a_table_holds_its_worlds_and_is_the_same_every_time():
    frame = interventions.load("intervened-07")
    assert frame[DOMAIN].value_counts().to_dict() == {OBSERVED: OBSERVED_ROWS} | dict.fromkeys(WORLDS, WORLD_ROWS)
    assert read("intervened-07", content_of("intervened-07")).equals(frame)
    interventions._models.cache_clear()
    interventions.model_of.cache_clear()
    assert interventions.load("intervened-07").equals(frame)
    shares = frame.groupby(DOMAIN, observed=True)[TARGET].value_counts(normalize=True)
    assert shares.min() > interventions.LEAST_SHARE - 0.03
    with pytest.raises(ValueError, match="no table 'intervened-99'"):
        interventions.load("intervened-99")
