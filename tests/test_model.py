"""AutoGluon's contract, in a predictor: what users do with any model, they can do with this one."""

import json
import logging
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from autogluon.common import space
from autogluon.tabular import TabularPredictor
from autogluon.tabular.registry import ag_model_registry

import autogluon_causalmix
from autogluon_causalmix import CausalMixModel, plot_graph, report
from autogluon_causalmix.errors import CheckpointError, OptionError
from autogluon_causalmix.registration import register

from .conftest import blobs, fit, frame, messy_frame, seconds_of, small


def test_registration_is_idempotent_and_public_names_are_few():
    register()
    register()
    assert ag_model_registry.key_to_cls("CAUSALMIX") is CausalMixModel
    assert ag_model_registry.keys.count("CAUSALMIX") == 1
    models = {"CausalMixModel", "CausalMixAugmentModel"}
    functions = {"augment", "discover", "fidelity", "fit_scm", "plot_graph", "report"}
    assert set(autogluon_causalmix.__all__) == models | functions


@pytest.mark.parametrize("key", ["CAUSALMIX", CausalMixModel])
def test_the_class_as_key_has_the_keys_place_in_the_order_of_fits(tmp_path, tiny_classifier, key):
    own = {key: small(tiny_classifier)}
    assert fit(tmp_path / "a", frame(60), {"LR": {}, **own, "RF": {}}).model_names() == [
        "RandomForest", "CausalMix", "LinearModel"
    ]  # fmt: skip
    last = {key: small(tiny_classifier, ag_args={"priority": 1})}
    assert fit(tmp_path / "b", frame(60), {**last, "LR": {}}).model_names() == ["LinearModel", "CausalMix"]


def test_fit_leaderboard_report_and_picture(tmp_path, tiny_classifier):
    data = frame()
    before = data.copy(deep=True)
    predictor = fit(tmp_path / "p", data, {"CAUSALMIX": small(tiny_classifier)})
    pd.testing.assert_frame_equal(data, before)
    test = frame(40, seed=1)
    assert "CausalMix" in predictor.leaderboard(test, display=False)["model"].tolist()
    first, second = (predictor.predict_proba(test, model="CausalMix") for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)

    collected = report(predictor)
    one = collected.folds["CausalMix"][""]
    json.dumps(collected.to_dict(), allow_nan=False)
    assert one == predictor.info()["model_info"]["CausalMix"]["causalmix_report"]
    assert one["steps_taken"] == [3]
    summary = collected.summary()
    assert summary.loc[0, "steps"] == 3 and "CausalMix" in str(collected)
    ax = plot_graph(predictor, tmp_path / "graph.png", threshold=0.0)
    assert (tmp_path / "graph.png").stat().st_size > 1000
    assert "y" in {text.get_text() for text in ax.texts}, "the target is drawn"


def test_knowledge_in_a_predictor(tmp_path, tiny_classifier):
    options = small(tiny_classifier, forbidden_edges=[("y", "a")], known_sinks=["y"])
    predictor = fit(tmp_path / "p", frame(), {"CAUSALMIX": options})
    one = report(predictor).folds["CausalMix"][""]
    assert one["dags"] and not any(edge[0] == "y" for dag in one["dags"] for edge in dag)
    with pytest.raises(OptionError, match="y -> a -> y"):
        circle = small(tiny_classifier, required_edges=[("y", "a"), ("a", "y")])
        fit(tmp_path / "q", frame(), {"CAUSALMIX": circle, "GBM": {}})


def test_a_regressions_target_keeps_its_name(tmp_path, tiny_regressor):
    """AutoGluon's split into training and validation rows loses the name, of which knowledge may speak."""
    data = frame().assign(y=lambda d: 2 * d["a"] + d["b"])
    predictor = fit(tmp_path, data, {"CAUSALMIX": small(tiny_regressor, known_sinks=["y"])})
    one = report(predictor).folds["CausalMix"][""]
    assert one["target"] == "y" and not one["fallbacks"]
    assert "y" in {name for edge in one["edges"] for name in (edge["from"], edge["to"])}
    assert not any(edge["from"] == "y" for edge in one["edges"])


def test_knowledge_of_a_dropped_column_is_left_out_and_the_model_stays(tmp_path, tiny_classifier, caplog):
    data = frame().assign(fixed=1, words=lambda d: [f"some words {k % 7} and more {k}" for k in range(len(d))])
    options = small(tiny_classifier, forbidden_edges=[("fixed", "a"), ("y", "a")], known_roots=["words"])
    predictor = fit(tmp_path, data, {"CAUSALMIX": options}, verbosity=2)
    one = report(predictor).folds["CausalMix"][""]
    assert any("AutoGluon dropped 'fixed' (" in reason for reason in one["fallbacks"])
    edges = [edge for dag in one["dags"] for edge in dag]
    assert edges and ["y", "a"] not in edges
    names = {name for edge in one["edges"] for name in (edge["from"], edge["to"])}
    assert any(name.startswith("words.") for name in names), "what AutoGluon made of the text"
    assert not any(effect.startswith("words.") for _, effect in edges), "and that has no causes either"
    assert sum("AutoGluon dropped 'fixed'" in record.message for record in caplog.records) == 1


def test_knowledge_of_a_column_that_nobody_has_names_the_nearest_of_the_users(tmp_path, tiny_classifier, caplog):
    options = small(tiny_classifier, known_roots=["fixt"])
    predictor = fit(tmp_path, frame().assign(fixed=1), {"CAUSALMIX": options}, raise_on_no_models_fitted=False)
    (failure,) = predictor.model_failures()["exc_str"]
    assert "'fixt', which is no column of your table; did you mean 'fixed'?" in failure


def test_a_search_space_without_a_search_is_explained(tmp_path, tiny_classifier):
    options = small(tiny_classifier, mix_ratio=space.Real(0, 1))
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": options}, raise_on_no_models_fitted=False)
    (failure,) = predictor.model_failures()["exc_str"]
    assert "mix_ratio: a search space needs a search; pass hyperparameter_tune_kwargs" in failure


def test_options_without_a_use_are_said(tmp_path, tiny_classifier, caplog):
    fit(tmp_path, frame(), {"CAUSALMIX": small(tiny_classifier, generator="copula", discovery_alpha=0.05)}, verbosity=2)
    assert any(
        "generator='copula' does not use discovery_resamples, discovery_alpha" in r.message for r in caplog.records
    )


def test_an_option_without_effect_is_said_and_not_by_its_refit(tmp_path, tiny_classifier, caplog):
    options = small(tiny_classifier, pooled_step=True, validation_joins_support=True, mix_ratio=0)
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": options}, verbosity=2)
    predictor.refit_full()
    said = [record.message for record in caplog.records if "has no effect" in record.message]
    assert len(said) == 2 and "pooled_step (n_estimators is 1)" in said[0]
    assert "validation_joins_support (the model is not one of a bag's)" in said[1]


def test_a_fit_in_the_same_folder_warns_again(tmp_path, tiny_classifier, caplog):
    options = small(tiny_classifier, pooled_step=True, mix_ratio=0)
    for n in (1, 2):
        fit(tmp_path, frame(), {"CAUSALMIX": [options, options]}, verbosity=2)
        assert sum("has no effect" in record.message for record in caplog.records) == n


@pytest.mark.parametrize("tuned", [True, False])
def test_a_refit_has_the_views_of_its_fit_though_it_has_more_rows(tmp_path, tiny_classifier, tuned):
    options = {"hf_model": tiny_classifier, "mix_ratio": 0, "fine_tune": tuned, "fine_tune_steps": 1}
    predictor = fit(tmp_path, frame(330), {"CAUSALMIX": options})
    predictor.refit_full()
    folds = report(predictor).folds
    assert [folds[name][""]["options"]["n_views"] for name in ("CausalMix", "CausalMix_FULL")] == [6, 6]


def test_raw_text_that_is_kept_for_other_models_is_no_category(tmp_path, tiny_classifier):
    from autogluon.features import AutoMLPipelineFeatureGenerator

    words = np.random.default_rng(0).choice("red blue green old new large small very house car tree".split(), (80, 9))
    data = frame(80).assign(notes=[" ".join(row) for row in words])
    predictor = fit(
        tmp_path,
        data,
        {"CAUSALMIX": small(tiny_classifier, mix_ratio=0)},
        feature_generator=AutoMLPipelineFeatureGenerator(enable_raw_text_features=True, verbosity=0),
    )
    assert "notes_raw_text" in predictor.feature_metadata.get_features()
    (known,) = (predictor._trainer.load_model(name).features for name in predictor.model_names())
    assert not [name for name in known if name.endswith("_raw_text")] and set(known) >= {"a", "b"}


def test_the_refit_of_a_bag_says_nothing_of_options_of_its_folds(tmp_path, tiny_classifier, caplog):
    options = small(tiny_classifier, keep_untuned_within=1.0, validation_joins_support=True, mix_ratio=0)
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": options}, num_bag_folds=2, dynamic_stacking=False, verbosity=2)
    predictor.refit_full()
    assert not [record.message for record in caplog.records if "has no effect" in record.message]
    assert report(predictor).folds["CausalMix_BAG_L1_FULL"]["S1F1"]["fallbacks"] == []


def test_multiclass_and_regression(tmp_path, tiny_classifier, tiny_regressor):
    predictor = fit(tmp_path / "m", frame(90, 4), {"CAUSALMIX": small(tiny_classifier)})
    assert predictor.predict_proba(frame(5, 4)).shape == (5, 4)
    data = frame().assign(y=lambda d: d["a"] * 10)
    predictor = fit(tmp_path / "r", data, {"CAUSALMIX": small(None, hf_reg_model=tiny_regressor)})
    assert predictor.problem_type == "regression"
    assert np.isfinite(predictor.predict(data)).all()


def test_validation_rows_that_are_given_are_the_only_ones(tmp_path, tiny_classifier):
    predictor = fit(tmp_path, frame(70), {"CAUSALMIX": small(tiny_classifier)}, tuning_data=frame(30, seed=2))
    one = report(predictor).folds["CausalMix"][""]
    assert (one["rows_training"], one["rows_validation"]) == (70, 30)


def test_a_wrong_option_stops_the_users_fit_before_any_model(tmp_path, tiny_classifier, caplog):
    with pytest.raises(OptionError, match="did you mean 'mix_ratio'"):
        fit(tmp_path, frame(), {"CAUSALMIX": small(tiny_classifier, mix_ration=0.5), "RF": {}}, verbosity=2)
    assert "Fitting model" not in caplog.text and "Fitting DropDuplicates" in caplog.text


@pytest.mark.parametrize("name", ["/no/such/folder", "autogluon/mitra-classifier"])
def test_a_checkpoint_that_cannot_be_had_stops_the_users_fit_before_any_model(tmp_path, name, caplog):
    with pytest.raises(CheckpointError, match=r"\(1\) download.*\(2\).*\(3\)"):
        fit(tmp_path, frame(), {"CAUSALMIX": {"hf_model": name}, "RF": {}}, verbosity=2)
    assert "Fitting model" not in caplog.text and "Fitting DropDuplicates" in caplog.text


@pytest.mark.parametrize("official", ["mitra-classifier", "mitra-regressor"])
def test_without_official_weights_a_bag_goes_on_and_warns_once(tmp_path, caplog, official):
    options = {"fine_tune_steps": 1, "discovery_resamples": 2, "generator_options": {"n_dags": 1}, "pool_rows": 100}
    data = frame(60) if official == "mitra-classifier" else frame(60).assign(y=lambda d: 10 * d["a"])
    with caplog.at_level(logging.WARNING):
        predictor = fit(tmp_path, data, {"CAUSALMIX": options}, num_bag_folds=2, dynamic_stacking=False, verbosity=2)
    warnings = [r.message for r in caplog.records if "bundled checkpoint" in r.message]
    assert len(warnings) == 1
    assert "HF_HUB_OFFLINE" in warnings[0] and f'hf_model="autogluon/{official}" to require them' in warnings[0]
    for one in report(predictor).folds["CausalMix_mini_BAG_L1"].values():
        assert one["weights"]["name"] == "mini" and one["weights"]["fallback_reason"]


@pytest.mark.parametrize(("verbosity", "shown"), [(0, False), (2, True)])
@pytest.mark.parametrize("generator", ["scm", "bootstrap"])
def test_lines_follow_autogluons_verbosity(tmp_path, tiny_classifier, caplog, generator, verbosity, shown):
    fit(tmp_path, frame(), {"CAUSALMIX": small(tiny_classifier, generator=generator)}, verbosity=verbosity)
    assert any("synthetic rows used" in r.message for r in caplog.records) == shown


def test_the_loss_that_picks_the_step_is_not_called_as_autogluons_score(tmp_path, tiny_classifier, caplog):
    fit(tmp_path, frame(), {"CAUSALMIX": small(tiny_classifier, mix_ratio=0)}, verbosity=3)
    lines = [r.message for r in caplog.records if r.message.startswith("\tstep ")]
    assert lines and all("lower is better" in line and "validation score" not in line.lower() for line in lines)
    assert any("= Validation score" in r.message for r in caplog.records)


def test_the_seed_reaches_the_fit(tmp_path, tiny_classifier):
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": small(tiny_classifier, seed=77)})
    assert report(predictor).folds["CausalMix"][""]["options"]["seed"] == 77


def test_selection_by_the_eval_metric(tmp_path, tiny_classifier):
    options = small(tiny_classifier, precision="float32", selection="eval_metric", fine_tune_steps=6, n_views=1)
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": options}, init={"eval_metric": "roc_auc"})
    one = report(predictor).folds["CausalMix"][""]
    assert one["validation_name"] == "negative roc_auc", "lower is better"
    score = predictor.leaderboard(display=False).set_index("model").loc["CausalMix", "score_val"]
    assert -min(one["validation_scores"][0]) == pytest.approx(score, abs=1e-6)


def test_threads_and_random_states_are_as_before(tmp_path, tiny_classifier, monkeypatch):
    import torch

    torch.set_num_threads(1)
    np.random.seed(9)
    state = np.random.get_state()[1].copy()
    X, y = blobs(60)
    model = CausalMixModel(path=str(tmp_path), hyperparameters=small(tiny_classifier), problem_type="binary")
    model.fit(X=X, y=y, num_cpus=2, num_gpus=0)
    assert torch.get_num_threads() == 1
    assert (np.random.get_state()[1] == state).all()

    def broken(self, *args, **kwargs):
        assert torch.get_num_threads() == 2
        raise RuntimeError("in the middle of a fit")

    monkeypatch.setattr("autogluon_causalmix.finetune.estimator.CausalMixEstimator.fit", broken)
    with pytest.raises(RuntimeError, match="in the middle"):
        CausalMixModel(path=str(tmp_path), hyperparameters=small(tiny_classifier), problem_type="binary").fit(
            X=X, y=y, num_cpus=2, num_gpus=0
        )
    assert torch.get_num_threads() == 1


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("limit", [1.0, 4.0])
def test_the_time_limit_is_kept_and_a_model_comes_out(tmp_path, limit):
    X, y = blobs(300)
    options = {"hf_model": "mini", "fine_tune_steps": 10_000, "patience": 10_000}
    model = CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="binary")
    short = {"hf_model": "mini", "fine_tune_steps": 1}
    one_step = CausalMixModel(path=str(tmp_path / "short"), hyperparameters=short, problem_type="binary")
    CausalMixModel(path=str(tmp_path / "imports"), hyperparameters=short, problem_type="binary").fit(
        X=X, y=y, num_gpus=0
    )
    least = seconds_of(lambda: one_step.fit(X=X, y=y, num_cpus=1, num_gpus=0))
    took = seconds_of(lambda: model.fit(X=X, y=y, time_limit=limit, num_cpus=1, num_gpus=0))
    assert took - limit <= least
    assert model.model.report.stopped_by == ["time"]
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.slow
def test_a_new_process_loads_and_predicts_the_same(tmp_path, tiny_classifier):
    data = frame()
    predictor = fit(tmp_path / "p", data, {"CAUSALMIX": small(tiny_classifier)})
    expected = predictor.predict_proba(data)
    data.to_pickle(tmp_path / "data.pkl")
    code = (
        "import sys, pandas as pd, torch; torch.set_num_threads(1)\n"
        "from autogluon.tabular import TabularPredictor\n"
        f"p = TabularPredictor.load({str(tmp_path / 'p')!r})\n"
        f"p.predict_proba(pd.read_pickle({str(tmp_path / 'data.pkl')!r})).to_pickle({str(tmp_path / 'out.pkl')!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "out.pkl"), expected, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("problem_type", ["binary", "multiclass", "regression"])
def test_autogluons_own_model_check(tmp_path, monkeypatch, tiny_regressor, problem_type):
    from autogluon.tabular.testing import FitHelper

    monkeypatch.chdir(tmp_path)
    options = {"hf_cls_model": "mini", "hf_reg_model": tiny_regressor, "fine_tune_steps": 3}
    FitHelper.verify_model(CausalMixModel, options, problem_types=[problem_type])


@pytest.mark.slow
def test_messy_data_through_the_predictor(tmp_path, tiny_classifier):
    data = messy_frame(120).assign(text=lambda d: [f"some words {k % 7} and more {k}" for k in range(len(d))])
    data.loc[5, "number"] = np.inf
    before = data.copy(deep=True)
    predictor = TabularPredictor(label="label", path=str(tmp_path), verbosity=0).fit(
        data, hyperparameters={"CAUSALMIX": small(tiny_classifier)}, fit_weighted_ensemble=False, num_cpus=1
    )
    predictor.leaderboard(data, display=False)
    pd.testing.assert_frame_equal(data, before)
    assert not report(predictor).folds["CausalMix"][""]["fallbacks"]


def test_a_limit_that_imports_alone_exceed_gives_no_late_model(tmp_path, tiny_classifier, monkeypatch):
    from autogluon.core.utils.exceptions import TimeLimitExceeded

    data = frame()
    model = CausalMixModel(path=str(tmp_path), hyperparameters=small(tiny_classifier), problem_type="binary")
    arguments = {"X": data.drop(columns="y"), "y": data["y"].astype("category").cat.codes, "num_cpus": 1, "num_gpus": 0}
    with monkeypatch.context() as patched:
        patched.delitem(sys.modules, "einx", raising=False)
        begun = "autogluon_causalmix.finetune.estimator.CausalMixEstimator.__init__"
        patched.setattr(begun, lambda *args: pytest.fail("the fit was begun"))
        with pytest.raises(TimeLimitExceeded):
            model.fit(**arguments, time_limit=0.5)
