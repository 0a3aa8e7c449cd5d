"""Options say at once what is wrong with them."""

import pytest
from autogluon.common import space

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.model import CausalMixModel
from autogluon_causalmix.options import CausalMixOptions

MITRA_CONFIGURATION = {
    "hf_model": "mini",
    "hf_cls_model": "mini",
    "fine_tune": True,
    "fine_tune_steps": 20,
    "lr": 1e-4,
    "warmup_steps": 10,
    "patience": 5,
    "n_estimators": 2,
    "seed": 3,
    "device": "cpu",
    "metric": "log_loss",
    "verbose": False,
}


def test_a_mitra_configuration_can_be_copied():
    options = CausalMixOptions.from_hyperparameters(MITRA_CONFIGURATION)
    assert (options.fine_tune_steps, options.lr, options.n_estimators, options.seed) == (20, 1e-4, 2, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix_rate": 0.5}, r"unknown option 'mix_rate' \(value 0.5\).*did you mean 'mix_ratio'"),
        ({"mix_ratio": 1.5}, "mix_ratio=1.5 must be a number from 0 to 1"),
        ({"mix_ratio": "half"}, "mix_ratio='half' must be a number"),
        ({"mix_into": "qery"}, "mix_into='qery' is not one of .*did you mean 'query'"),
        ({"fine_tune_steps": 2.5}, "fine_tune_steps=2.5 must be a whole number"),
        ({"fine_tune_steps": -1}, "fine_tune_steps=-1 must be a whole number of at least 0"),
        ({"lr": 0}, "lr=0 must be a number"),
        ({"lr": float("nan")}, "lr=nan must be a number"),
        ({"selection": "auc"}, "selection='auc'"),
        ({"hf_model": 3}, "hf_model=3 must be a string"),
        ({"seed": -1}, "seed=-1 must be a whole number of at least 0"),
        ({"seed": "abc"}, "seed='abc' must be a whole number"),
        ({"device": "gpu"}, "device='gpu' must be 'cpu', 'cuda'"),
        ({"patience": float("inf")}, "patience=inf must be a whole number"),
        ({"fine_tune_steps": float("nan")}, "fine_tune_steps=nan must be a whole number"),
        ({"fine_tune": "yes"}, "fine_tune='yes' must be True or False"),
        ({"fine_tune": 5}, "fine_tune=5 must be True or False"),
        ({"device": "cudaXYZ"}, "device='cudaXYZ' must be 'cpu', 'cuda'"),
        ({"schedule_steps": 0}, "schedule_steps=0 must be a whole number of at least 1"),
    ],
)
def test_wrong_options_are_named(wrong, message):
    with pytest.raises(OptionError, match=message):
        CausalMixOptions.from_hyperparameters(wrong)


def test_a_wrong_option_fails_when_the_model_is_made_not_when_it_is_fitted(tmp_path):
    with pytest.raises(OptionError, match="did you mean 'mix_ratio'"):
        CausalMixModel(path=str(tmp_path), hyperparameters={"mix_ratios": 0.5}, problem_type="binary")


def test_search_spaces_pass_the_check(tmp_path):
    CausalMixModel(path=str(tmp_path), hyperparameters={"mix_ratio": space.Real(0, 1)}, problem_type="binary")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"mix_ratio": space.Real(0, 3)},
            "'mix_ratio' holds 3: mix_ratio=3 must be a number from 0 to 1",
        ),
        ({"n_dags": space.Int(0, 5)}, "search space of 'n_dags' holds 0"),
        ({"mechanism": space.Categorical("tree", "ridg")}, "holds 'ridg': .*did you mean 'ridge'"),
        ({"fine_tun_steps": space.Int(1, 5)}, "did you mean 'fine_tune_steps'"),
    ],
)
def test_a_search_space_beyond_the_options_range_fails_when_the_model_is_made(tmp_path, options, words):
    with pytest.raises(OptionError, match=words):
        CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="binary")


@pytest.mark.parametrize("device", ["cuda:97", "cuda"])
def test_a_device_that_is_not_there_fails_when_the_model_is_made(tmp_path, monkeypatch, device):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(OptionError, match=f"device='{device}': torch sees no CUDA device here; take 'cpu'"):
        CausalMixModel(path=str(tmp_path), hyperparameters={"device": device}, problem_type="binary")


def test_whole_numbers_that_a_refit_averaged_are_read():
    assert CausalMixOptions.from_hyperparameters({"fine_tune_steps": 12.0}).fine_tune_steps == 12


def test_the_learning_rate_follows_the_size_of_the_model_unless_it_is_given():
    assert CausalMixOptions().learning_rate(64) > CausalMixOptions().learning_rate(512)
    assert CausalMixOptions(lr=1e-3).learning_rate(512) == 1e-3


def test_the_most_specific_checkpoint_name_wins():
    options = CausalMixOptions(hf_model="a", hf_general_model="b", hf_reg_model="c")
    assert options.checkpoint_name("binary") == "b"
    assert options.checkpoint_name("regression") == "c"
