"""The memory that a fit is said to take."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import CausalMixModel
from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint
from autogluon_causalmix.memory import fit_bytes, least_gpu_bytes
from autogluon_causalmix.options import CausalMixOptions


def test_what_lies_on_the_gpu_is_not_counted_as_the_hosts():
    mini = resolve_checkpoint("mini", "binary")
    full_size = dataclasses.replace(mini, config=mini.config | {"dim": 512, "n_layers": 12})
    alone, beside, gpu = (
        fit_bytes(full_size, CausalMixOptions(), 10_000, 100, **where)
        for where in ({}, {"beside_gpu": True}, {"on_gpu": True})
    )
    assert gpu > 10 * beside, "activations"
    assert alone > 10 * beside
    assert beside > 2 * 4 * full_size.n_parameters, "the host loads and saves the weights"


def test_autogluons_gpus_and_the_users_device_decide_which_memory_is_estimated():
    X = pd.DataFrame(np.zeros((5000, 50)))

    def host(num_gpus, **options):
        return CausalMixModel.estimate_memory_usage_static(
            X=X,
            hyperparameters={"hf_model": "mini", **options},
            problem_type="binary",
            num_classes=2,
            num_gpus=num_gpus,
        )

    assert host(1) < host(0) == host("auto")
    assert host(0, device="cuda") == host(1)
    assert host(1, device="cpu") == host(0)


def test_rows_beside_a_real_episode_and_a_gate_take_more():
    mini = resolve_checkpoint("mini", "binary")

    def needed(**options):
        return fit_bytes(mini, CausalMixOptions.from_hyperparameters(options), 2000, 20)

    plain, beside, gated = needed(), needed(mix_into="beside"), needed(synthetic_gate="drop")
    assert plain < beside < needed(mix_into="beside", mix_ratio="auto")
    assert gated == plain + 2 * 4 * mini.n_parameters
    assert needed(mix_ratio=0) == needed(mix_ratio=0, mix_into="beside", synthetic_gate="drop")


def full_size():
    mini = resolve_checkpoint("mini", "binary")
    return dataclasses.replace(mini, config=mini.config | {"dim": 512, "n_layers": 12})


def test_the_untuned_model_that_labels_rows_is_on_the_gpu_as_well():
    def needed(**options):
        return fit_bytes(full_size(), CausalMixOptions.from_hyperparameters(options), 5000, 50, on_gpu=True)

    keys_and_values = 2 * 12 * 5000 * 51 * 512 * 4
    assert needed(label_source="model") - needed() > keys_and_values
    assert needed(generator="tabebm") > needed()
    assert needed(label_source="model", mix_ratio=0) == needed(mix_ratio=0)
    assert least_gpu_bytes(full_size(), CausalMixOptions(), 5000, 50) < needed() / 10


def test_a_gpu_that_the_smallest_episodes_fit_on_is_enough(monkeypatch, tmp_path):
    """AutoGluon refuses a fit by its estimate; ours halves its episodes where memory runs out, as MITRA does."""
    from autogluon.common.utils.resource_utils import ResourceManager
    from autogluon.core.utils.exceptions import NotEnoughCudaMemoryError

    X = pd.DataFrame(np.random.default_rng(0).standard_normal((5000, 50)))

    def allowed(available, **options):
        monkeypatch.setattr(ResourceManager, "get_available_vram", lambda *args, **kwargs: available)
        model = CausalMixModel(path=str(tmp_path), hyperparameters={"hf_model": "mini", **options})
        model.initialize(X=X, y=pd.Series(np.arange(5000) % 2))
        seen = {"X": X, "num_gpus": 1}
        try:
            model._validate_fit_gpu_memory_usage(**seen)
        except NotEnoughCudaMemoryError:
            return False
        return True

    estimate = CausalMixModel.estimate_gpu_memory_usage_static(
        X=X, hyperparameters={"hf_model": "mini"}, problem_type="binary", num_classes=2
    )
    assert estimate > 1.5e9 and allowed(estimate / 2)
    assert not allowed(1e8) and allowed(1e8, device="cpu"), "a fit on the CPU asks for none of it"


@pytest.mark.parametrize(("device", "card"), [("cuda:1", 1), ("cuda", 0), (None, 0)])
def test_the_card_that_the_user_names_is_asked_for_its_memory(tmp_path, monkeypatch, device, card):
    from autogluon.common.utils.resource_utils import ResourceManager

    asked = []

    def of_card(device=0):
        asked.append(device)
        return 1e12

    monkeypatch.setattr(ResourceManager, "get_available_vram", of_card)
    monkeypatch.setattr("autogluon_causalmix.model.check_device", lambda *args: None)
    X = pd.DataFrame(np.eye(50)[:, :3])
    options = {"hf_model": "mini"} | ({} if device is None else {"device": device})
    model = CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="binary")
    model.initialize(X=X, y=pd.Series(np.arange(50) % 2))
    assert model._validate_fit_gpu_memory_usage(X=X, num_gpus=1)[1] == 1e12 and asked == [card]
    assert model._validate_fit_gpu_memory_usage(X=X, num_gpus=1, available_mem=1e11)[1] == 1e11 and len(asked) == 1


def test_a_bag_asks_without_rows_and_each_fold_with_them(tmp_path):
    import inspect

    from autogluon.core.models.abstract.abstract_model import AbstractModel
    from autogluon.core.models.ensemble import fold_fitting_strategy

    assert "self._validate_fit_gpu_memory_usage(**kwargs)" in inspect.getsource(AbstractModel.fit)
    assert "model._validate_fit_gpu_memory_usage(" in inspect.getsource(fold_fitting_strategy)
    model = CausalMixModel(path=str(tmp_path), hyperparameters={"hf_model": "mini"})
    asked = {"approx_mem_size_req": 2, "available_mem": 1, "num_gpus": 1}
    assert model._validate_fit_gpu_memory_usage(**asked) == (2, 1)


def test_a_model_goes_back_to_the_gpu_that_it_was_trained_on(tmp_path, monkeypatch):
    import types

    import torch

    moved = []
    model = CausalMixModel(path=str(tmp_path), hyperparameters={"hf_model": "mini"}, problem_type="binary")
    model.model, model.device_train = types.SimpleNamespace(to=moved.append), "cuda:1"
    for n_gpus, device in ((2, "cuda"), (1, "cuda"), (2, "cpu")):
        monkeypatch.setattr(torch.cuda, "device_count", lambda n=n_gpus: n)
        model.set_device(device)
    assert moved == ["cuda:1", "cuda", "cpu"]
