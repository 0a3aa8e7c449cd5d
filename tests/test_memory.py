"""The memory that a fit is said to take."""

import dataclasses

import numpy as np
import pandas as pd

from autogluon_causalmix import CausalMixModel
from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint
from autogluon_causalmix.memory import fit_bytes
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
