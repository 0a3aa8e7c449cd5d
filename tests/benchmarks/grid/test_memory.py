"""The peak of a block is its own, whatever the process did before."""

import numpy as np
import pytest

from benchmarks.grid import memory
from benchmarks.grid.memory import peak_memory
from benchmarks.grid.runner import run_cell

from ..tiny import cell


def written(megabytes):
    return np.ones(megabytes * 125_000).sum()


def test_a_peak_is_of_the_block_and_not_of_what_ran_before():
    written(300)
    with peak_memory() as used:
        written(50)
    if used["peak_of"] == "process":
        pytest.skip("this system cannot reset the high-water mark")
    assert 45 < used["peak_mb"] - used["start_mb"] < 150
    with peak_memory() as next_one:
        pass
    assert next_one["peak_mb"] - next_one["start_mb"] < 20


def test_where_the_mark_cannot_be_reset_the_peak_is_said_to_be_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CLEAR", tmp_path / "no" / "such" / "file")
    with peak_memory() as used:
        pass
    assert used["peak_of"] == "process" and used["start_mb"] is None and used["peak_mb"] > 10


def test_a_block_that_raises_has_a_peak_too():
    with pytest.raises(ValueError), peak_memory() as used:
        raise ValueError
    assert used["peak_mb"] > 0


def test_every_row_says_how_much_memory_its_cell_took():
    for one in (cell(1), cell(2, "failing")):
        assert run_cell(one)["memory"]["peak_mb"] > 10
