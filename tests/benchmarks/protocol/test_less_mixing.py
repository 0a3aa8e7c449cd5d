"""Three shares of SCM rows in one cell: options, and what is scored."""

from benchmarks.grid.cell import plain
from benchmarks.protocol.less_mixing import FITS, TWINS, like_training, resolved, twins_resolved, under_shift
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.splits import LowData
from benchmarks.studies.less_mixing import METHODS


def test_fits_differ_in_their_share_alone():
    (six,) = METHODS.values()
    options = resolved(six, Setting(3))
    assert {name: one["mix_ratio"] for name, one in options.items()} == {"half": 0.5, "a fifth": 0.2, "none": 0}
    assert {one["n_views"] for one in options.values()} == {6} and {one["seed"] for one in options.values()} == {3}
    assert options["a fifth"] | {"mix_ratio": 0.5} == options["half"]


def test_a_twin_differs_from_a_fifth_in_its_generator_alone():
    (six,) = METHODS.values()
    fifth = resolved(six, Setting(3))["a fifth"]
    for name, twin in twins_resolved(six, Setting(3)).items():
        changed = {option for option in twin if twin[option] != fifth[option]}
        assert changed == {"generator"} and twin["generator"] in name


def test_twins_are_scored(cell_of):
    found = like_training(
        cell_of(twins_resolved, LowData(rows=100), "benchmarks.protocol.less_mixing:like_training", n_views=2)
    )
    assert plain(found) and set(found["by_model"]) == set(TWINS)
    assert all(one["auc"] > 0.8 and not one["fallbacks"] for one in found["by_model"].values())


def test_both_places_are_scored(cell_of):
    found = like_training(
        cell_of(resolved, LowData(rows=100), "benchmarks.protocol.less_mixing:like_training", n_views=2)
    )
    assert plain(found) and found["seconds"] > 0 and set(found["by_model"]) == set(FITS)
    assert all(one["auc"] > 0.8 and not one["fallbacks"] for one in found["by_model"].values())
    found = under_shift(
        cell_of(resolved, DomainShift(rows=100), "benchmarks.protocol.less_mixing:under_shift", n_views=2)
    )
    for one in found["by_model"].values():
        assert one["in_auc"] > 0.8 and one["out_auc"] > 0.8 and len(one["by_domain"]) == 2
