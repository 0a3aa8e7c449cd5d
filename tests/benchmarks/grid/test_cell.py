"""A cell is known by what it measures."""

import dataclasses

import numpy as np
import pytest

from benchmarks.grid.cell import Cell, Resources, plain

from ..tiny import Fold, cell


def with_options(**options) -> Cell:
    return dataclasses.replace(cell(), options=options)


def test_the_order_of_options_and_the_type_of_equal_numbers_do_not_matter():
    base = with_options(mix_ratio=1.0, steps=30, tiers=("a", "b"), nested={"x": 1, "y": None})
    same = with_options(nested={"y": None, "x": np.int64(1)}, tiers=["a", "b"], steps=np.float64(30), mix_ratio=1)
    assert base.key == same.key


@pytest.mark.parametrize(
    "change",
    [
        {"options": {"number": 2}},
        {"options": {"number": "1"}},
        {"options": {"number": None}},
        {"options": {"number": True}},
        {"options": {"number": 1, "new_option": None}},
        {"content": "1"},
        {"version": "1.1"},
        {"split": Fold(1)},
        {"measure": "tests.benchmarks.tiny:failing"},
    ],
)
def test_what_is_measured_makes_another_cell(change):
    assert dataclasses.replace(cell(1), **change).key != cell(1).key


def test_another_kind_of_split_with_the_same_fields_is_another_cell():
    @dataclasses.dataclass(frozen=True)
    class Other:
        fold: int = 0

    assert dataclasses.replace(cell(), split=Other()).key != cell().key


def test_labels_and_resources_are_not_what_is_measured():
    assert cell(label="renamed", dataset="also", resources=Resources(2, 0.5)).key == cell().key


def test_the_key_is_the_same_in_every_process():
    assert cell(1).key == "8a2225d6b88295f5d160bcd4984e3582"  # a change of it loses all committed rows


def test_cells_of_the_same_rows_share_a_bundle():
    assert cell(1).bundle == cell(2, "failing").bundle
    assert cell(1).bundle != cell(1, split=Fold(1)).bundle
    assert cell(1).bundle != cell(1, content="1").bundle


def test_values_that_no_file_can_hold_are_refused_by_place():
    with pytest.raises(TypeError, match=r"options\['generator'\] is .*object"):
        _ = with_options(generator=object()).key
    with pytest.raises(TypeError, match="must be a dataclass"):
        cell(split={"fold": 0})
    assert plain({"a": np.array([1.5, 2]), 3: {"b"}}) == {"a": [1.5, 2.0], "3": ["b"]}


def test_a_measure_is_a_function_of_a_module():
    assert cell(3).function()(cell(3)) == {"square": 9}
    with pytest.raises(ValueError, match=r"'package\.module:function'"):
        dataclasses.replace(cell(), measure="square").function()


@pytest.mark.parametrize(("cpus", "gpus", "named"), [(0, 0, "cpus=0"), (1.5, 0, "cpus=1.5"), (1, -1, "gpus=-1")])
def test_impossible_resources_are_refused(cpus, gpus, named):
    with pytest.raises(ValueError, match=named):
        Resources(cpus, gpus)
