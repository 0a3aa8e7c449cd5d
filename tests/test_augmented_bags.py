"""CAUSALMIX_AUGMENT in bags, stacks, refits and searches: a generator to each fold, fitted once for all its models."""

import json

import numpy as np
import pandas as pd
import pytest
from autogluon.common import space
from autogluon.tabular import TabularPredictor

from autogluon_causalmix import CausalMixAugmentModel, report
from autogluon_causalmix.augmentation.cache import SHARED

from .augmented import KEY, LOCAL, QUICK, Remembers, inside, scm
from .conftest import blobs, fit, frame


@pytest.fixture(autouse=True)
def _nothing_counted():
    SHARED.hits = SHARED.misses = 0


def test_without_synthetic_rows_a_bag_is_the_plain_bag(tmp_path):
    options = inside("GBM", mix_ratio=0)
    models = {"GBM": options["model_hyperparameters"], KEY: options}
    predictor = fit(tmp_path, frame(), models, num_bag_folds=3, dynamic_stacking=False, **LOCAL)
    plain, wrapped = "LightGBM_BAG_L1", "CausalMixAugment_GBM_BAG_L1"
    pd.testing.assert_frame_equal(
        predictor.predict_proba_oof(plain), predictor.predict_proba_oof(wrapped), check_exact=True
    )


def test_limits_on_rows_are_the_bags_and_not_its_folds(tmp_path):
    """AutoGluon checks them once, on all rows: a fold of 80 would not have 100."""
    options = {**inside("RF"), "ag.min_rows": 100}
    predictor = fit(tmp_path, frame(120), {KEY: options}, num_bag_folds=3, dynamic_stacking=False, **LOCAL)
    assert predictor.model_names() == ["CausalMixAugment_RF_BAG_L1"]


def test_a_generator_sees_the_training_rows_of_its_fold_and_no_others(tmp_path):
    data = frame(80)
    Remembers.shown.clear()
    fit(tmp_path, data, {KEY: inside("RF", generator=Remembers)}, num_bag_folds=2, dynamic_stacking=False, **LOCAL)
    one, two = (set(table.values[:, 0]) for table in Remembers.shown)
    assert len(one) == len(two) == 40 and not one & two, "two folds: what trains one validates the other"


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["sequential_local", "parallel_local"])
def test_a_bag_its_refit_and_its_report(tmp_path, strategy):
    data = frame(90)
    predictor = fit(
        tmp_path,
        data,
        {KEY: inside("GBM", **scm())},
        num_bag_folds=3,
        dynamic_stacking=False,
        ag_args_ensemble={"fold_fitting_strategy": strategy},
    )
    name = "CausalMixAugment_GBM_BAG_L1"
    folds = report(predictor).augmented[name]
    assert len(folds) == 3 and all(one["rows_real"] == 60 and one["rows_validation"] == 30 for one in folds.values())
    assert all(one["fidelity"]["n_rows"] == 30 for one in folds.values())
    assert len({json.dumps(one["dags"]) for one in folds.values()}) > 1, "each fold's generator is its own"
    predictor.refit_full()
    refitted = report(predictor).augmented[f"{name}_FULL"]
    (one,) = refitted.values()
    assert (one["rows_real"], one["rows_synthetic"], one["rows_validation"]) == (90, 90, 0)
    child = predictor._trainer.load_model(f"{name}_FULL")
    rounds = child.load_child(child.models[0]).model.params["num_boost_round"]
    assert 1 <= rounds <= 20 and np.isfinite(predictor.predict_proba(data, model=f"{name}_FULL")).all().all()


def test_a_forest_in_a_bag_is_fitted_fold_by_fold(tmp_path):
    """Its out-of-bag rows would be known by the synthetic rows made of them."""
    predictor = fit(tmp_path, frame(), {KEY: inside("RF")}, num_bag_folds=2, dynamic_stacking=False, **LOCAL)
    assert len(report(predictor).augmented["CausalMixAugment_RF_BAG_L1"]) == 2


@pytest.mark.slow
def test_folds_that_are_not_kept_are_refitted_all_the_same(tmp_path):
    """As with the preset "high_quality", which saves a bag's children without their models."""
    options = {"num_bag_folds": 2, "dynamic_stacking": False, "save_bag_folds": False, "refit_full": True, **LOCAL}
    predictor = fit(tmp_path, frame(), {KEY: inside("GBM")}, **options)
    assert len(predictor.predict(frame(10), model="CausalMixAugment_GBM_BAG_L1_FULL")) == 10


@pytest.mark.slow
def test_a_stack_reads_its_own_columns(tmp_path):
    options = {"num_bag_folds": 2, "num_stack_levels": 1, "dynamic_stacking": False, **LOCAL}
    predictor = fit(tmp_path, frame(), {KEY: inside("GBM"), "XT": QUICK["XT"]}, **options)
    folds = report(predictor).augmented["CausalMixAugment_GBM_BAG_L2"]
    assert all(one["rows_synthetic"] == 40 and not one["fallbacks"] for one in folds.values())


def test_a_model_that_cannot_be_refitted_is_copied(tmp_path):
    predictor = fit(tmp_path, frame(), {KEY: {"model": "DUMMY", "generator": "copula"}})
    predictor.refit_full()
    again = TabularPredictor.load(str(tmp_path))
    first, second = (again.predict_proba(frame(9), model=f"CausalMixAugment_DUMMY{end}") for end in ("", "_FULL"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.slow
def test_a_refit_on_all_rows_may_exceed_the_limit_of_the_model_inside(tmp_path):
    options = inside("GBM", model_hyperparameters={"ag.max_rows": 90, **QUICK["GBM"]})
    predictor = fit(tmp_path, frame(100), {"GBM": options["model_hyperparameters"], KEY: options})
    predictor.refit_full()
    assert {"LightGBM_FULL", "CausalMixAugment_GBM_FULL"} <= set(predictor.model_names())
    one, refitted = (report(predictor).augmented[f"CausalMixAugment_GBM{end}"][""] for end in ("", "_FULL"))
    assert (one["rows_real"], one["rows_synthetic"]) == (80, 10)
    assert (refitted["rows_real"], refitted["rows_synthetic"]) == (100, 100)


def test_rounds_that_validation_chose_are_those_of_the_refit(tmp_path):
    X, y = blobs(120)
    model = CausalMixAugmentModel(path=str(tmp_path), problem_type="binary", hyperparameters=inside("GBM"))
    model.fit(X=X[:80], y=y[:80], X_val=X[80:], y_val=y[80:], num_cpus=1, num_gpus=0)
    kept = model.params_trained["model_hyperparameters.num_boost_round"]
    again = model.convert_to_refit_full_template()
    again.fit(X=X, y=y, num_cpus=1, num_gpus=0)
    assert again.model.model.num_trees() == kept == model.model.model.num_trees()


def test_two_models_of_a_fold_fit_the_generator_once(tmp_path):
    models = {KEY: [inside("RF", **scm()), inside("XT", **scm()), inside("KNN", **scm(mix_ratio=0.3))]}
    predictor = fit(tmp_path, frame(), models)
    assert (SHARED.hits, SHARED.misses) == (2, 1)
    table = report(predictor).mixed().set_index("inside")
    assert table["shared"].to_dict() == {"RF": False, "XT": True, "KNN": True}
    assert table["synthetic_rows"].to_dict() == {"RF": 64, "XT": 64, "KNN": 27}


def test_a_bag_fits_a_generator_for_each_fold_and_no_more(tmp_path):
    models = {KEY: [inside("RF"), inside("GBM")]}
    fit(tmp_path, frame(), models, num_bag_folds=3, dynamic_stacking=False, **LOCAL)
    assert (SHARED.hits, SHARED.misses) == (3, 3)


def test_the_cache_can_be_switched_off(tmp_path):
    fit(tmp_path, frame(), {KEY: [inside("RF", cache=False), inside("XT", cache=False)]})
    assert (SHARED.hits, SHARED.misses, len(SHARED)) == (0, 0, 0)


def test_a_search_over_ratio_generator_and_the_models_own(tmp_path):
    options = inside("RF") | {
        "mix_ratio": space.Real(0.1, 0.6),
        "generator": space.Categorical("copula", "bootstrap"),
        "model_hyperparameters.max_depth": space.Int(2, 8),
    }
    tuned = {"num_trials": 4, "scheduler": "local", "searcher": "random"}
    predictor = fit(tmp_path, frame(), {KEY: options}, hyperparameter_tune_kwargs=tuned)
    table = report(predictor).mixed()
    assert (
        len(table) == 4
        and table["synthetic_rows"].nunique() > 1
        and set(table["generator"])
        == {
            "copula",
            "bootstrap",
        }
    )
    depths = {
        predictor.model_info(name)["hyperparameters"]["model_hyperparameters.max_depth"]
        for name in predictor.model_names()
    }
    assert len(depths) > 1


@pytest.mark.slow
def test_a_search_over_bags(tmp_path):
    options = inside("RF") | {"mix_ratio": space.Categorical(0.2, 0.5)}
    tuned = {"num_trials": 2, "scheduler": "local", "searcher": "random"}
    bags = {"num_bag_folds": 2, "dynamic_stacking": False, **LOCAL}
    predictor = fit(tmp_path, frame(), {KEY: options}, hyperparameter_tune_kwargs=tuned, **bags)
    assert report(predictor).mixed()["synthetic_rows"].isin([10, 40]).all()
