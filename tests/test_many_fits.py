"""Many fits of the model in one predictor: bags, refits, configurations, searches, Ray workers, stacks."""

import numpy as np
import pandas as pd
import pytest
from autogluon.common import space
from autogluon.tabular import TabularPredictor

from autogluon_causalmix import CausalMixModel, report
from autogluon_causalmix.options import CausalMixOptions

from .conftest import blobs, fit, frame, seconds_of, small


def test_a_fold_without_time_leaves_the_same_keys_for_refits(tmp_path, tiny_classifier):
    X, y = blobs(60)
    trained = []
    for options in ({}, {"fine_tune_steps": 0}, {"mix_ratio": "auto"}, {"mix_ratio": "auto", "holdout_share": 0}):
        model = CausalMixModel(
            path=str(tmp_path), name="m", problem_type="binary", hyperparameters=small(tiny_classifier, **options)
        )
        model.fit(X=X, y=y, num_cpus=1, num_gpus=0)
        trained.append({key for key in model.params_trained if not key.startswith("ag.")})
    assert trained[0] == trained[1] == {"fine_tune_steps", "holdout_share", "n_views"}
    assert trained[2] == trained[3] == {"fine_tune_steps", "holdout_share", "n_views", "mix_ratio"}


def test_a_refit_on_more_rows_has_the_views_of_its_folds(tmp_path, tiny_classifier, monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.options.tuning.SMALL_TABLE_ROWS", 50)
    options = {"ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}, "dynamic_stacking": False}
    predictor = fit(tmp_path, frame(60), {"CAUSALMIX": small(tiny_classifier)}, num_bag_folds=2, **options)
    predictor.refit_full()
    views = [{one["options"]["n_views"] for one in folds.values()} for folds in report(predictor).folds.values()]
    assert views == [{6}, {6}]


def test_a_refit_walks_the_schedule_of_the_fit_and_holds_no_rows_out(tmp_path, tiny_classifier):
    data = frame(60)
    options = small(tiny_classifier, mix_schedule="falling", fine_tune_steps=8)
    predictor = fit(tmp_path, data, {"CAUSALMIX": options}, num_bag_folds=2, dynamic_stacking=False)
    bag = predictor._trainer.load_model("CausalMix_BAG_L1")
    trained = bag._get_compressed_params_trained()
    # A fold that had no time for a step beside one that had.
    first = bag.load_child(bag.models[0])
    first.model.report.validation_scores, first.model.report.step_kept = [[]], [0]
    first.params_trained = {}
    first._keep_for_refit(CausalMixOptions.from_hyperparameters(options))
    assert first.params_trained["holdout_share"] == trained["holdout_share"] == 0
    full = predictor.refit_full("CausalMix_BAG_L1")["CausalMix_BAG_L1"]
    refit = next(iter(report(predictor).folds[full].values()))
    assert refit["options"]["schedule_steps"] == 8
    assert refit["options"]["fine_tune_steps"] == trained["fine_tune_steps"]
    assert refit["rows_validation"] == 0


@pytest.mark.slow
def test_a_bag_refit_persist_clone_and_delete(tmp_path, tiny_classifier):
    data = frame(90)
    options = small(tiny_classifier, ag_args_ensemble={"vary_seed_across_folds": True})
    predictor = fit(tmp_path / "p", data, {"CAUSALMIX": options}, num_bag_folds=3, dynamic_stacking=False)
    folds = report(predictor).folds["CausalMix_BAG_L1"]
    assert sorted(folds) == ["S1F1", "S1F2", "S1F3"]
    assert all(one["rows_training"] == 60 and one["rows_validation"] == 30 for one in folds.values())
    seeds = {one["options"]["seed"] for one in folds.values()}
    assert len(seeds) == 3, "each fold has a seed of its own"
    bagged = predictor.predict_proba(data, model="CausalMix_BAG_L1")

    predictor.refit_full("CausalMix_BAG_L1")
    full = report(predictor).folds["CausalMix_BAG_L1_FULL"]
    one = next(iter(full.values()))
    assert (one["rows_training"], one["rows_validation"]) == (90, 0)
    mean_step = round(np.mean([fold["step_kept"][0] for fold in folds.values()]))
    assert one["steps_taken"] == ([mean_step] if mean_step else [0])

    predictor.persist(["CausalMix_BAG_L1"])
    pd.testing.assert_frame_equal(predictor.predict_proba(data, model="CausalMix_BAG_L1"), bagged)
    predictor.unpersist()
    clone = predictor.clone(str(tmp_path / "clone"), return_clone=True)
    pd.testing.assert_frame_equal(clone.predict_proba(data, model="CausalMix_BAG_L1"), bagged)
    predictor.delete_models(models_to_delete=["CausalMix_BAG_L1_FULL"], dry_run=False)
    assert predictor.model_names() == ["CausalMix_BAG_L1"]


def test_config_lists_and_suffixes(tmp_path, tiny_classifier):
    configs = [
        small(tiny_classifier),
        small(tiny_classifier, mix_ratio=0, ag_args={"name_suffix": "_default"}),
        small(tiny_classifier, fine_tune=False, ag_args={"name_suffix": "_zero_shot"}),
    ]
    predictor = fit(tmp_path, frame(), {"CAUSALMIX": configs})
    assert set(predictor.model_names()) == {"CausalMix", "CausalMix_default", "CausalMix_zero_shot"}
    assert report(predictor).folds["CausalMix_zero_shot"][""]["steps_taken"] == [0]


class Copies:
    """A user's generator in a predictor, pickled with it."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


@pytest.mark.slow
def test_methods_and_a_users_generator_in_one_leaderboard(tmp_path, tiny_classifier):
    def named(suffix, **options):
        return small(tiny_classifier, ag_args={"name_suffix": f"_{suffix}"}, **options)

    configurations = [
        named("default", method="default"),
        named("augment", method="table_augment_only"),
        named("object", generator=Copies(), mix_ratio=0.5),
        named("path", generator=f"{__name__}:Copies", mix_ratio="auto"),
    ]
    predictor = fit(tmp_path / "p", frame(120), {"CAUSALMIX": configurations})
    board = predictor.leaderboard(frame(40, seed=1), display=False)
    assert set(board["model"]) == {"CausalMix_default", "CausalMix_augment", "CausalMix_object", "CausalMix_path"}
    folds = report(predictor).folds
    assert folds["CausalMix_default"][""]["rows_synthetic_used"] == 0
    assert folds["CausalMix_augment"][""]["options"]["mix_ratio"] == 1
    assert folds["CausalMix_object"][""]["options"]["generator"] == f"{__name__}:Copies"
    assert not any(one[""]["fallbacks"] for one in folds.values())
    chosen = folds["CausalMix_path"][""]["mix_ratio"]
    full = predictor.refit_full("CausalMix_path")["CausalMix_path"]
    again = report(predictor).folds[full][""]
    assert again["options"]["mix_ratio"] == again["mix_ratio"] == pytest.approx(chosen), (
        "refits have no validation rows"
    )


@pytest.mark.slow
@pytest.mark.alone
def test_a_bag_keeps_its_time_limit(tmp_path):
    """AutoGluon's MITRA lost the whole model: a 3-fold bag with 12 s ended with nothing after 7 s."""
    options = {"hf_model": "mini", "fine_tune_steps": 10_000, "patience": 10_000}
    data, bag = frame(300), {"num_bag_folds": 3, "dynamic_stacking": False}
    short = {"CAUSALMIX": {"hf_model": "mini", "fine_tune_steps": 1}}
    fit(tmp_path / "imports", data, short)
    least = seconds_of(lambda: fit(tmp_path / "short", data, short, **bag))
    took = seconds_of(lambda: fit(tmp_path / "p", data, {"CAUSALMIX": options}, time_limit=15, **bag))
    assert TabularPredictor.load(str(tmp_path / "p")).model_names() == ["CausalMix_BAG_L1"]
    assert took - 15 < least


@pytest.mark.slow
def test_hpo_over_the_mix_ratio(tmp_path, tiny_classifier):
    options = small(tiny_classifier, mix_ratio=space.Real(0.0, 1.0, default=0.5))
    predictor = fit(
        tmp_path, frame(), {"CAUSALMIX": options},
        hyperparameter_tune_kwargs={"num_trials": 3, "scheduler": "local", "searcher": "random"},
    )  # fmt: skip
    ratios = {folds[""]["options"]["mix_ratio"] for folds in report(predictor).folds.values()}
    assert len(ratios) == 3


@pytest.mark.slow
def test_a_bag_on_ray_workers(tmp_path, tiny_classifier):
    options = small(tiny_classifier, ag_args_ensemble={"fold_fitting_strategy": "parallel_local"})
    predictor = TabularPredictor(label="y", path=str(tmp_path), verbosity=2).fit(
        frame(90), hyperparameters={"CAUSALMIX": options}, num_bag_folds=2, dynamic_stacking=False,
        fit_weighted_ensemble=False,
    )  # fmt: skip
    assert sorted(report(predictor).folds["CausalMix_BAG_L1"]) == ["S1F1", "S1F2"]


@pytest.mark.slow
def test_best_quality_with_dynamic_stacking(tmp_path, tiny_classifier):
    predictor = TabularPredictor(label="y", path=str(tmp_path), verbosity=2).fit(
        frame(120), presets="best_quality", hyperparameters={"CAUSALMIX": small(tiny_classifier), "RF": {}},
        num_bag_folds=2, num_bag_sets=1, num_stack_levels=1, dynamic_stacking=True, time_limit=200,
        ds_args={"memory_safe_fits": False},
    )  # fmt: skip
    models = predictor.model_names()
    assert any(m.startswith("CausalMix_BAG_L1") for m in models)
    assert np.isfinite(predictor.predict_proba(frame(20))).all().all()


def _bag(path, tiny, data, joins, **options):
    hyperparameters = {"CAUSALMIX": small(tiny, validation_joins_support=joins)}
    return fit(path, data, hyperparameters, num_bag_folds=3, dynamic_stacking=False, **options)


@pytest.mark.parametrize("strategy", ["sequential_local", pytest.param("parallel_local", marks=pytest.mark.slow)])
def test_validation_rows_join_the_support_only_after_they_were_predicted(tmp_path, tiny_classifier, strategy):
    """Joined too early, a row would be predicted from its own label, and the out-of-fold scores would show it."""
    data, new = frame(90), frame(40, seed=5)
    options = {"ag_args_ensemble": {"fold_fitting_strategy": strategy}}
    without = _bag(tmp_path / "without", tiny_classifier, data, False, **options)
    joined = _bag(tmp_path / "joined", tiny_classifier, data, True, **options)
    pd.testing.assert_frame_equal(without.predict_proba_oof(), joined.predict_proba_oof())
    assert without.leaderboard(display=False)["score_val"].equals(joined.leaderboard(display=False)["score_val"])
    assert not np.allclose(without.predict_proba(new), joined.predict_proba(new), atol=1e-7)
    for predictor, rows in ((without, 0), (joined, 30)):
        (folds,) = report(predictor).folds.values()
        assert [one["rows_joined"] for one in folds.values()] == [rows] * 3


@pytest.mark.parametrize("name", ["CausalMix", "site_S3F4"])  # the second ends as folds of bags are named
def test_a_single_model_never_takes_its_validation_rows(tmp_path, tiny_classifier, name):
    data, named = frame(90), {"ag_args": {"name": name}}
    one = [
        fit(tmp_path / str(joins), data, {"CAUSALMIX": small(tiny_classifier, validation_joins_support=joins, **named)})
        for joins in (False, True)
    ]
    assert one[1].model_names() == [name]
    assert np.array_equal(one[0].predict_proba(data), one[1].predict_proba(data))
