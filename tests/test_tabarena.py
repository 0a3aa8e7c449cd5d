"""TabArena's contract: configurations, metadata, registration, and what a submission must keep to."""

import copy
import json
import pickle
import random

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("tabarena", reason="the extra `tabarena` is not installed")

from tabarena.models._registry import get_model_registry

from autogluon_causalmix import CausalMixModel, tabarena
from autogluon_causalmix.checkpoints import resolve
from autogluon_causalmix.options import OPTION_NAMES, CausalMixOptions

from .conftest import blobs


def test_the_default_is_empty_and_200_random_configurations_are_distinct_and_valid():
    configs = tabarena.gen_causalmix.generate_all_configs_lst(num_random_configs=200)
    assert configs[0] == {"ag_args": {"name_suffix": "_c1"}} and len(configs) == 201
    plain = [{k: v for k, v in c.items() if k != "ag_args"} for c in configs[1:]]
    assert len({json.dumps(c, sort_keys=True) for c in plain}) >= 199
    for config in plain:
        CausalMixOptions.from_hyperparameters(config).check("binary")
    for name, space in tabarena.search_space.items():
        assert len({str(config[name]) for config in plain}) >= 2, name
        default = space.default
        if name != "lr":  # the model chooses it by its size
            assert default == CausalMixOptions().to_dict()[name], name
    nested = [config["generator_options"] for config in plain if config["generator"] == "scm"]
    for name in tabarena.scm_search_space:
        assert len({options[name] for options in nested}) >= 2, name
    assert not any("generator_options" in config for config in plain if config["generator"] != "scm")


def test_constraints_are_the_models_own_limits():
    model_limits = CausalMixModel._default_auxiliary_params_extra
    constraints = tabarena.constraints
    limits = (constraints.max_n_samples_train_per_fold, constraints.max_n_features, constraints.max_n_classes)
    assert limits == (model_limits["max_rows"], model_limits["max_features"], model_limits["max_classes"])
    assert not constraints.applies(n_features=501, n_classes=2, n_samples_train_per_fold=100)
    assert constraints.applies(n_features=500, n_classes=10, n_samples_train_per_fold=10_000)


def test_registering_twice_is_registering_once():
    tabarena.register()
    before = len(get_model_registry())
    tabarena.register()
    assert len(get_model_registry()) == before
    info = get_model_registry()["CausalMix"]
    assert info.model_cls is CausalMixModel and info.prefetch_weights is tabarena.prefetch_weights
    assert info.method_metadata.config_default == "CausalMix_c1_BAG_L1"
    (experiment,) = info.search_space.generate_all_bag_experiments(num_random_configs=0)
    assert experiment.name == info.method_metadata.config_default


def test_an_experiment_survives_its_file():
    from tabarena.benchmark.experiment import YamlExperimentSerializer

    experiments = tabarena.gen_causalmix.generate_all_bag_experiments(num_random_configs=2, time_limit=60)
    for experiment in experiments:
        experiment.set_model_constraints(tabarena.constraints)
    text = YamlExperimentSerializer.to_yaml_str(experiments=experiments)
    again = YamlExperimentSerializer.from_yaml_str(text)
    assert [e.name for e in again] == [e.name for e in experiments]
    assert again[1].model_constraints == tabarena.constraints


def test_weights_are_fetched_at_their_pinned_commits(monkeypatch, tiny_classifier, tiny_regressor):
    import huggingface_hub

    asked = []
    folders = {"autogluon/mitra-classifier": tiny_classifier, "autogluon/mitra-regressor": tiny_regressor}

    def download(repo_id, filename, revision=None, force_download=False):
        asked.append((repo_id, filename, revision))
        return f"{folders[repo_id]}/{filename}"

    # What AutoGluon cached under "main" at some time is no reason to take it.
    main = lambda repo_id, filename, revision=None: None if revision else f"/old/{filename}"  # noqa: E731
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", main)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(resolve, "_why_unreachable", lambda: None)
    tabarena.prefetch_weights()
    assert set(asked) == {(repo, file, resolve.REVISIONS[repo]) for repo in folders for file in resolve.FILES}
    assert all(len(revision) == 40 for revision in resolve.REVISIONS.values())


# -- the checklist of a submission --------------------------------------------------------------


def fitted(folder, tmp_path, **fit):
    X, y = blobs(80)
    options = {"hf_model": folder, "fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 100}
    options["generator_options"] = {"n_dags": 1}
    model = CausalMixModel(
        path=str(tmp_path), name="m", problem_type="binary", eval_metric="roc_auc", hyperparameters=options
    )
    return model.fit(X=X[:60], y=y[:60], X_val=X[60:], y_val=y[60:], num_cpus=1, num_gpus=0, **fit), X, y


def test_with_validation_rows_no_other_rows_are_held_out(tiny_classifier, tmp_path):
    model, _, _ = fitted(tiny_classifier, tmp_path)
    report = model.get_info()["causalmix_report"]
    assert (report["rows_training"], report["rows_validation"]) == (60, 20)


def test_global_state_is_as_before(tiny_classifier, tmp_path):
    import torch

    torch.set_num_threads(2)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state(), torch.get_num_threads()
    model, X, _ = fitted(tiny_classifier, tmp_path)
    model.predict_proba(X)
    assert random.getstate() == before[0] and (np.random.get_state()[1] == before[1]).all()
    assert (torch.get_rng_state() == before[2]).all() and torch.get_num_threads() == before[3]


def test_a_fitted_model_pickles_and_predicts_the_same(tiny_classifier, tmp_path):
    model, X, _ = fitted(tiny_classifier, tmp_path)
    again = pickle.loads(pickle.dumps(copy.deepcopy(model)))
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_memory_is_estimated_without_a_fit_for_host_and_gpu():
    X = pd.DataFrame(np.zeros((1000, 20)))
    host = CausalMixModel.estimate_memory_usage_static(
        X=X, problem_type="binary", num_classes=2, hyperparameters={"hf_model": "mini"}
    )
    gpu = CausalMixModel._estimate_gpu_memory_usage_static(
        X=X, problem_type="binary", hyperparameters={"hf_model": "mini"}
    )
    assert 5e8 < host < 5e9 and 5e8 < gpu < 5e9


def test_class_attributes():
    assert (CausalMixModel.ag_key, CausalMixModel.ag_name) == ("CAUSALMIX", "CausalMix")
    assert CausalMixModel.seed_name in OPTION_NAMES
    assert CausalMixModel.supported_problem_types() == ["binary", "multiclass", "regression"]
    assert "arXiv 2601.04110" in CausalMixModel.__doc__ and "Apache-2.0" in CausalMixModel.__doc__
