"""The one command on a CPU: every stage does its work, and one that fails does not stop the others."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.costs import fresh
from benchmarks.gpu import run as command
from benchmarks.gpu import stages
from benchmarks.gpu.pretrain import _continued, pretrain
from benchmarks.gpu.run import TITLES, Stage, run_stages, write

ROOT = Path(__file__).parents[3]


def test_a_stage_that_fails_or_takes_too_long_is_recorded_and_the_next_begins(monkeypatch):
    def call(function, *arguments, timeout):
        name = function.partition(":")[2]
        if name == "steps":
            raise fresh.FreshError("RuntimeError: CUDA error: an illegal memory access was encountered")
        if name == "memory":
            raise subprocess.TimeoutExpired("python", timeout)
        if name == "recovery":
            raise ValueError("what it printed is no JSON")
        return [{"rows": timeout}]

    monkeypatch.setattr(fresh, "call", call)
    wanted = [Stage(name, (), 5.0) for name in ("tests", "steps", "memory", "recovery", "predictions")]
    entries = {entry["stage"]: entry for entry in run_stages(wanted, time.monotonic() + 100)}
    assert list(entries) == ["tests", "steps", "memory", "recovery", "predictions"]
    assert entries["tests"]["status"] == entries["predictions"]["status"] == "ok"
    assert "failed: RuntimeError: CUDA error" in entries["steps"]["status"] and entries["steps"]["rows"] == []
    assert entries["memory"]["status"] == "stopped after 5 s"
    assert entries["recovery"]["status"].startswith("failed: what it printed")


def test_no_stage_gets_more_than_what_is_left(monkeypatch):
    monkeypatch.setattr(fresh, "call", lambda function, timeout: [{"timeout": timeout}])
    (entry,) = run_stages([Stage("tests", (), 100.0)], time.monotonic() + 7)
    assert 6 < entry["rows"][0]["timeout"] <= 7
    (entry,) = run_stages([Stage("tests", (), 100.0)], time.monotonic() - 1)
    assert entry["status"] == "not begun: no time was left"


def test_all_stages_but_pretraining_have_a_function_and_end_before_the_time():
    wanted = stages_by_name()
    assert set(TITLES) == {*wanted, "pretraining"} and all(callable(getattr(stages, name)) for name in TITLES)


def stages_by_name():
    return {stage.name: stage for stage in command.stages("cuda", False, "folder")}


def test_a_case_that_fails_is_a_row_and_the_others_go_on():
    def case(n, f):
        if n == 2:
            raise RuntimeError("out of memory")
        return {"value": n * f}

    first, second, third = stages._cases(case, [(1, 5), (2, 5), (3, 5)])
    assert (first["value"], third["value"]) == (5, 15) and second["error"] == "RuntimeError: out of memory"


def test_results_are_written_as_they_come(tmp_path):
    entries = [
        {"stage": "steps", "status": "ok", "seconds": 3.21, "rows": [{"rows x features": "60 x 4", "MITRA": 0.5}]},
        {"stage": "memory", "status": "failed: why", "seconds": 1.0, "rows": []},
    ]
    write(tmp_path / "card", entries, "NVIDIA Something", smoke=True)
    text = (tmp_path / "card" / "report.md").read_text()
    assert text.startswith("# NVIDIA Something") and "No number here says anything" in text
    assert "failed: why" in text and "| 60 x 4" in text
    assert json.loads((tmp_path / "card" / "stages.json").read_text()) == entries


@pytest.mark.slow
def test_pretraining_goes_on_from_a_state_and_leaves_it_as_it_was(tmp_path):
    from autogluon_causalmix.pretraining.state import read_state

    first = pretrain("cpu", True, None, tmp_path / "first", 300)
    assert first["ended"] == "ended by itself with status 0" and first["tokens before"] == 0
    assert first["tokens after"] >= 6000 and first["held-out loss"] > 0
    before = (tmp_path / "first" / "state.pt").read_bytes()
    more = first["tokens after"] + 3e3
    again = pretrain("cpu", True, str(tmp_path / "first"), tmp_path / "second", 300, tokens=more)
    assert again["tokens before"] == first["tokens after"] and again["tokens after"] >= more
    assert again["moved"] is None and again["tokens a second"] > 0
    assert (tmp_path / "first" / "state.pt").read_bytes() == before

    # On another device the run is another one, which is said; all but the device is as it was.
    (tmp_path / "there").mkdir()
    options, moved = _continued(tmp_path / "first", tmp_path / "there", "cuda")
    assert moved.startswith("from cpu to cuda") and "device" not in options
    there, here = (read_state(tmp_path / name / "state.pt") for name in ("there", "first"))
    assert there["options"] == here["options"] | {"device": "cuda"} and there["step"] == here["step"]


def test_pretraining_is_stopped_when_the_time_is_over(tmp_path):
    row = pretrain("cpu", True, None, tmp_path, 0.5)  # it could not even import torch
    assert row["ended"] == "stopped when the time was over"
    assert (row["tokens after"], row["tokens a second"], row["held-out loss"]) == (0, None, None)


@pytest.mark.slow
@pytest.mark.alone
def test_the_whole_command_on_a_cpu(tmp_path):
    arguments = ["--device", "cpu", "--smoke", "--minutes", "9", "--out", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu.run", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = [path for path in tmp_path.iterdir() if path.name != "pretraining"]
    entries = {entry["stage"]: entry for entry in json.loads((folder / "stages.json").read_text())}
    assert list(entries) == [*stages_by_name(), "pretraining"]
    assert {name: entry["status"] for name, entry in entries.items()} == dict.fromkeys(entries, "ok"), done.stdout
    (counted,) = entries["tests"]["rows"]
    assert counted["exit status"] == 0 and counted["passed"] >= 15 and not counted["failures"]
    assert entries["recovery"]["rows"][0]["recovered"] is True
    for name in ("steps", "predictions", "memory"):
        assert not [row for row in entries[name]["rows"] if "error" in row], entries[name]
    precise = pd.DataFrame(entries["precision"]["rows"]).dropna(subset="log loss tuned")
    assert (precise["largest difference from the CPU"] < 0.2).all()
    assert entries["pretraining"]["rows"][0]["tokens after"] > 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) <= 8, "as many as come back from a lent machine"
