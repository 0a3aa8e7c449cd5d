"""Cells that raise, die, are killed; what they ask of Ray; progress."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.grid.cell import Resources
from benchmarks.grid.runner import run_cell, run_cells
from benchmarks.grid.store import Store
from benchmarks.grid.workers import run_bundles, worker_options

from ..tiny import Fold, cell

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cells")


def test_a_cell_that_raises_is_a_row_and_the_others_go_on(store):
    cells = [cell(1), cell(2, "failing"), cell(3, "leaving"), cell(4, "unkept"), cell(5, "no_such_function"), cell(6)]
    tally = run_cells(cells, store, workers=0)
    assert (tally.measured, tally.failed) == (2, 4)
    errors = store.table(cells).set_index("key")["error"]
    assert "RuntimeError: no result for 2" in errors[cells[1].key] and "in failing" in errors[cells[1].key]
    assert "SystemExit: goodbye" in errors[cells[2].key]
    assert "TypeError: result['what'] is <object" in errors[cells[3].key]
    assert "no_such_function" in errors[cells[4].key]


def test_nothing_is_measured_twice_and_errors_only_on_request(store):
    cells = [cell(None, "granted"), cell("1"), cell(2)]  # None and "1" have no square, a Ray context is missing
    assert str(run_cells(cells, store, workers=0)) == "3 cells, 3 had no row; 1 measured, 2 failed, 0 left"
    assert str(run_cells(cells, store, workers=0)) == "3 cells, 0 had no row; 0 measured, 0 failed, 0 left"
    assert run_cells(cells, store, workers=0, retry_errors=True).waiting == 2


def test_every_row_says_which_machine_and_which_versions(store):
    cells = [cell(1), cell(2, "failing")]
    run_cells(cells, store, workers=0)
    for one in cells:
        machine = store.read(one)["machine"]
        assert machine["processor"] and machine["python"] and machine["torch"] and "gpu" in machine


def test_no_cell_is_begun_after_the_minutes(store):
    assert str(run_cells([cell(1), cell(2)], store, workers=0, minutes=-1)).endswith("0 measured, 0 failed, 2 left")


def test_progress_counts_cells_failures_and_time_left(store, capsys):
    run_cells([cell(1), cell(2, "failing")], store, workers=0)
    shown = capsys.readouterr().err
    assert "2/2 [" in shown and "<" in shown and "failed=1" in shown


def test_the_clock_of_a_cell_starts_after_its_imports(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.5)\ndef measure(cell): return {}\n")
    monkeypatch.syspath_prepend(tmp_path)
    began = time.perf_counter()
    row = run_cell(dataclasses.replace(cell(1), measure="slow_to_import:measure"))
    assert row["seconds"] < (time.perf_counter() - began) / 2


def test_workers_ask_for_cpus_gpus_and_as_many_threads_as_cpus():
    options = worker_options(Resources(cpus=2, gpus=0.5))
    assert (options["num_cpus"], options["num_gpus"], options["max_restarts"]) == (2, 0.5, 0)
    assert set(options["runtime_env"]["env_vars"].values()) == {"2"}


# -- on Ray ---------------------------------------------------------------------------------------


@pytest.fixture
def ray_here(tmp_path, monkeypatch):
    """Ray with three CPUs and one GPU that it only believes in."""
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("TINY_NOTES", str(tmp_path))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.shutdown()  # what a parallel fit of an earlier test may have left
    ray.init(num_cpus=3, num_gpus=1, include_dashboard=False, log_to_driver=False, object_store_memory=10**8)
    yield ray
    ray.shutdown()


@pytest.mark.slow
def test_a_dead_worker_costs_its_own_cell_alone(ray_here, store):
    cells = [cell(number, "deadly", split=Fold(0)) for number in range(1, 7)]  # one bundle: one worker after another
    tally = run_cells(cells, store, workers=1)
    assert (tally.measured, tally.failed) == (5, 1)
    table = store.table(cells).set_index("key")
    assert "its worker died 2 times" in table["error"][cells[2].key], "an error row after the second death"
    assert table["square"][cells[3].key] == 16, "tried once more"
    pids = [table["pid"][one.key] for one in cells if one is not cells[2]]
    assert pids[0] == pids[1] and pids[2] == pids[3] == pids[4] and len(set(pids)) == 2, "warm workers are kept"


@pytest.mark.slow
def test_cells_get_the_cpus_and_gpus_they_ask_for(ray_here, store):
    asked = [Resources(1, 0), Resources(2, 0), Resources(1, 1), Resources(1, 0.5)]
    cells = [cell(k, "granted", resources=resources) for k, resources in enumerate(asked)]
    assert run_cells(cells, store).failed == 0
    for one, resources in zip(cells, asked, strict=True):
        result = store.read(one)["found"]
        assert result["ray"].get("CPU", 0) == resources.cpus and result["ray"].get("GPU", 0) == resources.gpus
        assert result["threads"] == str(resources.cpus)
    with pytest.raises(ValueError, match="asks for 1 CPUs and 2 GPUs, but Ray has 3 CPUs and 1 GPUs"):
        list(run_bundles(run_cell, [[cell(1)]], resources=Resources(1, 2)))


def notes(folder: Path) -> Counter:
    return Counter(int(path.name.split("-")[0]) for path in folder.iterdir())


@pytest.mark.slow
def test_a_killed_run_loses_the_cells_in_work_and_repeats_nothing_else(tmp_path):
    pytest.importorskip("ray")
    noted, folder, n = tmp_path / "notes", tmp_path / "cells", 16
    noted.mkdir()
    command = [sys.executable, "-m", "tests.benchmarks.tiny", str(folder), str(n)]
    environment = os.environ | {"TINY_NOTES": str(noted), "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(list(folder.glob("*.json"))) < 4:
        assert first.poll() is None, "ended before it could be killed"
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = None
    while before != (now := (len(list(folder.glob("*.json"))), sum(notes(noted).values()))):
        before = now  # Ray's workers outlive the run that they belong to, on a busy machine by some seconds
        time.sleep(3)
    done = len(list(folder.glob("*.json")))
    assert done < n
    started = sum(notes(noted).values())
    assert started - done <= 2, "two workers: two cells in work at most"

    again = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert f"{n} cells, {n - done} had no row; {n - done} measured, 0 failed, 0 left" in again.stdout
    assert len(list(folder.glob("*.json"))) == n
    assert set(notes(noted)) == set(range(n)) and sum(notes(noted).values()) == n + started - done
