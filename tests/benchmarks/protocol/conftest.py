"""Cells of studies whose every cell is several fits, on a table that is made up."""

import pytest

from benchmarks.grid.cell import Cell
from benchmarks.protocol import content
from benchmarks.protocol.content import digest
from benchmarks.protocol.methods import Setting
from tests.benchmarks.protocol.test_shift_scores import domains

#: Seconds of fitting are not what these tests are about.
SHORT = {"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 100}


@pytest.fixture
def cell_of(monkeypatch):
    """``cell_of(resolved, split, measure, **options)``: a cell with seed 3 and as few steps as there can be."""
    frame = domains(400)
    monkeypatch.setattr(content, "load", lambda name: frame)
    content._table.cache_clear()

    def cell(resolved, split, measure, **options):
        return Cell("", measure, "made", digest(frame), split, resolved(SHORT | options, Setting(3)), "1")

    yield cell
    content._table.cache_clear()
