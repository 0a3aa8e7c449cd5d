"""A run's state file is whole or refused, and what goes wrong leaves the old one as it was."""

import dataclasses
import errno
import json
import os
import re

import pytest
import torch

from autogluon_causalmix.errors import CheckpointError
from autogluon_causalmix.pretraining import state
from autogluon_causalmix.pretraining.state import read_state, write_state
from autogluon_causalmix.pretraining.train import TrainOptions, main, run


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "state.pt"
    write_state(path, {"step": 3, "weights": torch.arange(4.0)})
    return path


def test_what_is_written_is_read(saved):
    state = read_state(saved)
    assert state["step"] == 3 and torch.equal(state["weights"], torch.arange(4.0))
    assert [path.name for path in saved.parent.iterdir()] == ["state.pt"]


@pytest.mark.parametrize("cut", [10, 60, -1])
def test_a_file_that_was_cut_is_refused_and_kept(saved, cut):
    damaged = saved.read_bytes()[:cut]
    saved.write_bytes(damaged)
    with pytest.raises(CheckpointError, match=r"state\.pt.*another --out"):
        read_state(saved)
    assert saved.read_bytes() == damaged


def test_one_changed_byte_is_noticed(saved):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(bytes(content))
    with pytest.raises(CheckpointError, match="is damaged"):
        read_state(saved)


def test_older_formats_are_named(saved, monkeypatch):
    monkeypatch.setattr(state, "FORMAT", 3)
    with pytest.raises(CheckpointError, match="has format 2, this version reads 3"):
        read_state(saved)
    torch.save({"step": 1}, saved)  # what the first version wrote
    with pytest.raises(CheckpointError, match="no state of this version"):
        read_state(saved)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_named_and_leaves_the_old_state(saved, monkeypatch, call):
    before = saved.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*saved before is untouched.*make room"):
        write_state(saved, {"step": 4})
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["state.pt"], "no half-written file stays"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_the_disk_really_full(tmp_path):
    (tmp_path / "state.part").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="No space left on device"):
        write_state(tmp_path / "state.pt", {"step": 4})


def small(out, **changes):
    options = TrainOptions(
        out=out, task="regression", tokens=4000, cells_per_step=500, dim=8, n_layers=2, eval_every=10**6
    )
    return dataclasses.replace(options, **changes)


@pytest.fixture(autouse=True)
def _no_evaluation(monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.pretraining.loop.Pretraining.held_out_loss", lambda self: 0.0)


def test_options_that_changed_between_resumes_are_named(tmp_path):
    run(small(tmp_path))
    before = (tmp_path / "state.pt").read_bytes()
    with pytest.raises(
        CheckpointError, match=r"dim \(the run has 8, given is 16\), seed \(the run has 0, given is 1\)"
    ):
        run(small(tmp_path, tokens=8000, dim=16, seed=1))
    assert (tmp_path / "state.pt").read_bytes() == before


def test_the_command_line_says_it_in_one_line(tmp_path):
    (tmp_path / "state.pt").write_bytes(b"rubbish")
    with pytest.raises(SystemExit, match=r"^error: .*no state of this version"):
        main(["--out", str(tmp_path), "--processes", "1", "--device", "cpu"])


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_run_that_was_killed_ends_in_the_same_weights(tmp_path, monkeypatch, task):
    """Killed in the middle of a step, some steps after its last save."""
    from autogluon_causalmix.pretraining.loop import Pretraining

    whole = small(tmp_path / "whole", task=task, tokens=12_000)
    run(whole)
    cut = small(tmp_path / "cut", task=task, tokens=12_000, save_seconds=0.0)
    step, saves = Pretraining.train_step, Pretraining.save

    def killed(self, *batch):
        if self.step == 5:
            raise KeyboardInterrupt
        return step(self, *batch)

    monkeypatch.setattr(Pretraining, "train_step", killed)
    monkeypatch.setattr(Pretraining, "save", lambda self: saves(self) if self.step == 3 else None)
    with pytest.raises(KeyboardInterrupt):
        run(cut)
    monkeypatch.undo()
    monkeypatch.setattr(Pretraining, "held_out_loss", lambda self: 0.0)
    assert read_state(tmp_path / "cut" / "state.pt")["step"] == 3
    run(dataclasses.replace(cut, save_seconds=1e9))
    a, b = (read_state(tmp_path / name / "state.pt") for name in ("whole", "cut"))
    assert a["step"] == b["step"] > 5 and a["tokens"] == b["tokens"]
    for name in ("master", "average"):
        assert all(torch.equal(a[name][key], b[name][key]) for key in a[name])
    files = [tmp_path / name / "checkpoint" / "model.safetensors" for name in ("whole", "cut")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_changed_target_is_recorded(tmp_path):
    run(small(tmp_path))
    run(small(tmp_path, tokens=8000))
    state = read_state(tmp_path / "state.pt")
    assert state["targets"][0] == [0, 4000]
    at, target = state["targets"][1]
    assert target == 8000 and 4000 <= at < 8000
    with pytest.raises(CheckpointError, match=r"has read .* already"):
        run(small(tmp_path, tokens=5000))
    assert read_state(tmp_path / "state.pt")["targets"] == state["targets"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device that is always full")
def test_a_disk_that_fills_up_before_the_end_costs_nothing(tmp_path, monkeypatch):
    """The log, then the checkpoint cannot be written; with room again the run ends as if nothing had been."""
    whole, cut = small(tmp_path / "whole", eval_every=2), small(tmp_path / "cut", eval_every=2)
    run(whole)
    cut.out.mkdir()
    (cut.out / "log.jsonl").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match=r"the log cannot be written.*No space left"):
        run(cut)
    (cut.out / "log.jsonl").unlink()

    from autogluon_causalmix.pretraining.loop import Pretraining

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(type(Pretraining(cut).average), "save_pretrained", full)
        with pytest.raises(CheckpointError, match="the checkpoint cannot be written"):
            run(cut)
    run(cut)
    files = [options.out / "checkpoint" / "model.safetensors" for options in (whole, cut)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_line_tells_how_far_the_run_is(tmp_path, caplog):
    with caplog.at_level("INFO"):
        run(small(tmp_path, eval_every=3))
    lines = [record.message for record in caplog.records if "M tokens" in record.message]
    assert len(lines) >= 2
    for line in lines:
        assert re.fullmatch(r"0\.0 of 0\.0 M tokens, \d+ a second, held-out loss 0\.0000, 0 h 0\d min left", line), line


def test_the_log_holds_every_step_once(tmp_path):
    """Lines of steps after the last save are written anew by the resumed run."""
    run(small(tmp_path, eval_every=2))
    log = tmp_path / "log.jsonl"
    first = log.read_text()
    with open(log, "a") as file:
        file.write('{"step": 99999}\n{"step": 3, "tok')
    run(small(tmp_path, eval_every=2, tokens=8000))
    assert log.read_text().startswith(first) and "99999" not in log.read_text()
    assert all(json.loads(line) for line in log.read_text().splitlines())


def test_a_log_whose_last_line_lost_its_end_goes_on_in_a_line_of_its_own(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 1}\n{"step": 2}')  # the disk was full before the newline
    state.trim_log(log, 2)
    with log.open("a") as file:
        file.write('{"step": 3}\n')
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [1, 2, 3]


@pytest.mark.slow
def test_what_a_process_of_several_refuses_is_one_line_too(tmp_path):
    (tmp_path / "state.pt").write_text("junk")
    with pytest.raises(SystemExit, match=r"^error: '.*state\.pt' is no state of this version's pretraining"):
        main(["--out", str(tmp_path), "--processes", "2", "--device", "cpu", "--tokens", "1000"])
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]
