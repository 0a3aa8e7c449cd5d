"""A run may start from a checkpoint's weights; states of earlier versions go on."""

import dataclasses
import itertools

import pytest
import torch

from autogluon_causalmix.errors import CheckpointError, OptionError
from autogluon_causalmix.incontext.mitra import load_tab2d, new_tab2d
from autogluon_causalmix.pretraining import train
from autogluon_causalmix.pretraining.loop import Pretraining
from autogluon_causalmix.pretraining.run_options import LATER_OPTIONS, TrainOptions
from autogluon_causalmix.pretraining.state import read_state, write_state
from autogluon_causalmix.pretraining.stream import table_batches


@pytest.fixture
def given(tmp_path):
    folder = tmp_path / "given"
    new_tab2d(8, 2, 2, seed=5).save_pretrained(str(folder))
    return str(folder)


def options(tmp_path, **changes):
    return TrainOptions(
        **{"out": tmp_path / "run", "tokens": 1e6, "cells_per_step": 500, "dim": 8, "n_layers": 2, "n_heads": 2}
        | changes
    )


def test_a_run_starts_from_the_given_weights(tmp_path, given):
    expected = load_tab2d(given).state_dict()
    run = Pretraining(options(tmp_path, init=given))
    for model in (run.master, run.average):
        for name, weight in model.state_dict().items():
            assert torch.equal(weight, expected[name]), name
    other = Pretraining(options(tmp_path)).master.state_dict()
    assert not torch.equal(other["final_layer.weight"], expected["final_layer.weight"])


@pytest.mark.parametrize("changes", [{"dim": 16}, {"n_layers": 3}, {"n_layers": 1}, {"task": "regression"}])
def test_a_model_of_other_sizes_is_refused(tmp_path, given, changes):
    with pytest.raises(CheckpointError, match=r"--init .* other sizes .* --dim"):
        Pretraining(options(tmp_path, init=given, **changes))


def test_a_run_from_a_checkpoint_skips_the_curriculum(tmp_path, given):
    def widest(**changes):
        run = options(tmp_path, tokens=1e9, **changes)
        return max(batch.x.shape[2] for batch, _ in itertools.islice(table_batches(run), 0, 400, 8))

    assert widest() <= 6 < 20 < widest(init=given)


def test_the_rate_falls_over_the_last_part(tmp_path):
    run = Pretraining(options(tmp_path, tokens=1000, decay_share=0.8, warmup_steps=1))
    rates = []
    for run.tokens in (0, 200, 600, 1000):
        rates.append(run.rate())
    assert rates == pytest.approx([1.0, 1.0, 0.5, 0.0])


def test_a_state_of_before_these_options_goes_on(tmp_path):
    run = Pretraining(options(tmp_path))
    run.options.out.mkdir()
    run.save()
    state = read_state(run.state_path)
    del state["format"]
    for name in LATER_OPTIONS:
        del state["options"][name]
    write_state(run.state_path, state)
    Pretraining(options(tmp_path)).load()
    with pytest.raises(CheckpointError, match="decay_share"):
        Pretraining(dataclasses.replace(options(tmp_path), decay_share=0.5)).load()


def test_a_rate_that_falls_over_nothing_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"decay_share=0\.0 must be a number from"):
        train.main(["--out", str(tmp_path / "run"), "--decay-share", "0", "--device", "cpu"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["tokens", "processes", "eval_every", "cells_per_step"])
def test_numbers_that_make_no_run_are_refused(tmp_path, name):
    with pytest.raises(OptionError, match=f"{name}=0"):
        options(tmp_path, **{name: 0})


def test_a_start_that_is_no_folder_is_refused_before_anything_is_asked_for(tmp_path):
    with pytest.raises(CheckpointError, match="--init 'nowhere' is no folder"):
        options(tmp_path, init="nowhere")


def test_a_run_that_is_begun_anew_begins_its_log_anew(tmp_path):
    run = Pretraining(options(tmp_path))
    run.log_path.parent.mkdir(parents=True, exist_ok=True)
    run.log_path.write_text('{"step": 3}\n{"step": 6}\n')
    run.load()
    assert run.log_path.read_text() == ""
