"""Three shares of SCM rows in one cell: options, and what is scored."""

import pytest

from benchmarks.grid.cell import Cell, plain
from benchmarks.protocol import content
from benchmarks.protocol.content import digest
from benchmarks.protocol.less_mixing import FITS, like_training, resolved, under_shift
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.splits import LowData
from benchmarks.studies.less_mixing import METHODS
from tests.benchmarks.protocol.test_shift_scores import domains

SHORT = {"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 100, "n_views": 2}


@pytest.fixture
def cell(monkeypatch):
    frame = domains(400)
    monkeypatch.setattr(content, "load", lambda name: frame)
    content._table.cache_clear()
    yield lambda split, measure: Cell("", measure, "made", digest(frame), split, resolved(SHORT, Setting(3)), "1")
    content._table.cache_clear()


def test_fits_differ_in_their_share_alone():
    (six,) = METHODS.values()
    options = resolved(six, Setting(3))
    assert {name: one["mix_ratio"] for name, one in options.items()} == {"half": 0.5, "a fifth": 0.2, "none": 0}
    assert {one["n_views"] for one in options.values()} == {6} and {one["seed"] for one in options.values()} == {3}
    assert options["a fifth"] | {"mix_ratio": 0.5} == options["half"]


def test_both_places_are_scored(cell):
    found = like_training(cell(LowData(rows=100), "benchmarks.protocol.less_mixing:like_training"))
    assert plain(found) and found["seconds"] > 0 and set(found["by_model"]) == set(FITS)
    assert all(one["auc"] > 0.8 and not one["fallbacks"] for one in found["by_model"].values())
    found = under_shift(cell(DomainShift(rows=100), "benchmarks.protocol.less_mixing:under_shift"))
    for one in found["by_model"].values():
        assert one["in_auc"] > 0.8 and one["out_auc"] > 0.8 and len(one["by_domain"]) == 2
