"""Bags that are fitted together and weighted ensembles of some: options, and what is scored."""

import pytest

from benchmarks.grid.cell import plain
from benchmarks.protocol.ensembles import BAGS, ENSEMBLES, measured, resolved
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.splits import LowData


def test_bags_are_what_their_names_say():
    bags = resolved({"bag_folds": 8, "fine_tune_steps": 7}, Setting(3))["bags"]
    ours = {name: bag["options"] for name, bag in bags.items() if bag["model"] == "CAUSALMIX"}
    seen = {name: (one["n_views"], one["mix_ratio"], one["fine_tune"]) for name, one in ours.items()}
    assert seen == {"as it comes": (None, 0.5, True), "one view": (1, 0, True), "untuned": (None, 0.5, False)}
    assert {one["fine_tune_steps"] for one in ours.values()} == {7} and {one["seed"] for one in ours.values()} == {3}
    assert [bags[name]["options"] for name in ("LightGBM", "CatBoost", "random forest")] == [{}] * 3
    assert all(set(parts) <= set(BAGS) for parts in ENSEMBLES.values())


@pytest.mark.slow
def test_bags_and_their_ensembles_are_scored(cell_of):
    found = measured(
        cell_of(resolved, LowData(rows=100, validation=0.0), "benchmarks.protocol.ensembles:measured", bag_folds=2)
    )
    assert plain(found) and set(found["by_model"]) == {*BAGS, *ENSEMBLES}
    for name, one in found["by_model"].items():
        assert one["auc"] > 0.8 and one["score_validation"] < 0, name
        if name in ENSEMBLES:
            assert set(one["weights"]) == set(ENSEMBLES[name]) and sum(one["weights"].values()) == pytest.approx(1)
    fits = {name: one["fit"] for name, one in found["by_model"].items()}
    assert found["seconds"] == pytest.approx(sum(fits[name] for name in BAGS))
    for name in ENSEMBLES:
        weighted = [bag for bag, weight in found["by_model"][name]["weights"].items() if weight]
        assert fits[name] >= sum(fits[bag] for bag in weighted), name
    # An ensemble of what it knows better is no worse where its weights are chosen.
    validated = {name: one["score_validation"] for name, one in found["by_model"].items()}
    assert validated["both"] >= max(validated["as it comes"], validated["one view"]) - 1e-9
