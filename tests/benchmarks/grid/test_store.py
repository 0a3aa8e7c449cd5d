"""One file per cell, there in full or not at all."""

import json
import os

import pandas as pd
import pytest

from benchmarks.grid.store import Store, error_row, restore, result_row
from benchmarks.report.writer import read_rows, write_rows

from ..tiny import Fold, cell


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "new" / "cells")


def row(of, **result):
    return result_row(of, result, 1.0, {"processor": "p"})


def test_what_is_written_is_read(store):
    assert store.read(cell(1)) is None
    store.write(cell(1), row(cell(1), auc=0.5, steps=[1.0, 0.9]))
    assert store.read(cell(1))["found"] == {"auc": 0.5, "steps": [1.0, 0.9]}
    assert store.read(cell(1))["cell"] == cell(1).definition
    assert [path.name for path in store.folder.iterdir()] == [f"{cell(1).key}.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_crash_before_the_rename_leaves_no_row_and_no_scrap(store, monkeypatch, step):
    def crash(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, step, crash)
    with pytest.raises(OSError, match="disk full"):
        store.write(cell(1), row(cell(1), auc=0.5))
    assert store.read(cell(1)) is None and list(store.folder.iterdir()) == []


def test_a_crash_while_a_row_is_replaced_keeps_the_old_one(store, monkeypatch):
    store.write(cell(1), error_row(cell(1), "first", None, None))
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("gone")))
    with pytest.raises(OSError, match="gone"):
        store.write(cell(1), row(cell(1), auc=0.5))
    assert store.read(cell(1))["error"] == "first"


def test_a_half_written_temporary_file_of_a_killed_process_is_no_row(store):
    (store.folder / f".{cell(1).key}-abc.tmp").write_text(json.dumps(row(cell(1)))[:20])
    assert store.waiting([cell(1)]) == [cell(1)] and store.table([cell(1)]).empty


def test_cells_of_none_and_of_text_are_found_again(store):
    cells = [cell(None), cell("1"), cell(1), cell("None")]
    for one in cells:
        store.write(one, row(one))
    again = [cell(None), cell("1"), cell(1.0), cell("None")]
    assert store.waiting(again) == [] and len(store.table(again)) == 4


def test_errors_wait_only_on_request_and_twice_declared_cells_wait_once(store):
    store.write(cell(1), error_row(cell(1), "why", 0.1, None))
    cells = [cell(1), cell(2), cell(2, label="twin")]
    assert store.waiting(cells) == [cell(2)]
    assert store.waiting(cells, retry_errors=True) == [cell(1), cell(2)]


def test_the_table_has_the_order_and_the_labels_of_the_cells_asked_for(store):
    for number in (2, 1):
        one = cell(number, split=Fold(7))
        store.write(one, row(one, square=number**2))
    failed = cell(3)
    store.write(failed, error_row(failed, "why", None, None))
    table = store.table([cell(1, split=Fold(7), label="renamed"), failed, cell(9), cell(2, split=Fold(7))])
    assert list(table["label"]) == ["renamed", "m", "m"] and list(table["status"]) == ["ok", "error", "ok"]
    assert list(table["square"].fillna(-1)) == [1, -1, 4] and list(table["fold"]) == [7, 0, 7]
    assert table["machine"][0] == {"processor": "p"} and table["error"][1] == "why"


def test_files_that_are_gone_come_back_from_rows(store, tmp_path):
    """What a run measured outlives its folder: the same table, and nothing left to measure."""
    cells = [cell(1), cell(2), cell(3)]
    store.write(cells[0], row(cells[0], auc=0.5, steps=[1.0, 0.9], kept="last"))
    store.write(cells[1], result_row(cells[1], {"auc": 0.25, "steps": [2.0], "kept": None}, 2.5, None, {"peak": 1}))
    store.write(cells[2], error_row(cells[2], "ValueError: no rows", 0.5, {"processor": "p"}))
    before = store.table(cells)
    write_rows(before, tmp_path)
    again = Store(tmp_path / "again" / "cells")
    assert restore(read_rows(tmp_path), again.folder) == 3 and restore(read_rows(tmp_path), again.folder) == 0
    assert again.waiting(cells) == [] and again.waiting(cells, retry_errors=True) == [cells[2]]
    after = again.table(cells)
    pd.testing.assert_frame_equal(after[before.columns], before, check_dtype=False)
