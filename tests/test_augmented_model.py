"""CAUSALMIX_AUGMENT in a predictor: what users do with any model, they can do with the one inside."""

import importlib.util
import json
import logging
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from autogluon.common import space
from autogluon.tabular import TabularPredictor
from autogluon.tabular.registry import ag_model_registry

from autogluon_causalmix import CausalMixAugmentModel, plot_graph, report
from autogluon_causalmix.augmentation.cache import SHARED
from autogluon_causalmix.errors import OptionError

from .conftest import blobs, fit, frame, messy_frame

KEY = "CAUSALMIX_AUGMENT"
#: What a model needs besides AutoGluon.
NEEDS = {"GBM": "lightgbm", "CAT": "catboost", "XGB": "xgboost"}
QUICK = {
    "GBM": {"num_boost_round": 20},
    "CAT": {"iterations": 20},
    "XGB": {"n_estimators": 20},
    "RF": {"n_estimators": 20},
    "XT": {"n_estimators": 20},
    "NN_TORCH": {"num_epochs": 3},
    "LR": {},
    "KNN": {},
}


LOCAL = {"ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}}


@pytest.fixture(autouse=True)
def _fresh_cache():
    SHARED.clear()
    SHARED.hits = SHARED.misses = 0


def inside(model, **options):
    """Options of a quick fit."""
    if model in NEEDS and importlib.util.find_spec(NEEDS[model]) is None:
        pytest.skip(f"{NEEDS[model]} is not installed, so AutoGluon has no {model}")
    short = {"model_hyperparameters": QUICK[model], "generator": "copula"}
    return {"model": model, **short, **options}


def scm(**options):
    return {"generator": "scm", "generator_options": {"n_dags": 2}, "discovery_resamples": 2, **options}


class Breaks:
    """Cannot learn."""

    def fit(self, table):
        raise ArithmeticError("nothing to learn")

    def sample(self, n, rng):
        return None


class Remembers:
    """Copies rows, and keeps the tables that it was shown."""

    shown: ClassVar = []

    def fit(self, table):
        self.shown.append(table)
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


class Timed(Remembers):
    """Says what time it was given."""

    seconds_given: ClassVar = []

    def __init__(self, seconds=None):
        self.seconds_given.append(seconds)


def test_registered_once():
    assert ag_model_registry.key_to_cls(KEY) is CausalMixAugmentModel
    assert ag_model_registry.keys.count(KEY) == 1


@pytest.mark.slow
@pytest.mark.parametrize("model", QUICK)
@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_every_model_on_every_problem(tmp_path, model, problem):
    data, test = (frame(n, 3 if problem == "multiclass" else 2, seed=seed) for n, seed in ((90, 0), (30, 1)))
    if problem == "regression":
        data, test = (part.assign(y=10 * part["a"] + part["b"]) for part in (data, test))
    predictor = fit(tmp_path, data, {KEY: inside(model)})
    assert predictor.problem_type == problem and predictor.model_names() == [f"CausalMixAugment_{model}"]
    one = report(predictor).augmented[f"CausalMixAugment_{model}"][""]
    assert one["rows_synthetic"] == one["rows_real"] == 72 and one["rows_validation"] == 18 and not one["fallbacks"]
    expected = predictor.predict(test)
    pd.testing.assert_series_equal(TabularPredictor.load(str(tmp_path)).predict(test), expected)
    if problem == "regression":
        assert np.isfinite(expected).all()


@pytest.mark.parametrize("model", ["RF", "KNN", "LR", "GBM", pytest.param("NN_TORCH", marks=pytest.mark.slow), "CAT"])
@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
def test_without_synthetic_rows_predictions_are_the_plain_models_bit_for_bit(tmp_path, model, metric):
    data = messy_frame(100).rename(columns={"label": "y"})
    options = inside(model, mix_ratio=0)
    models = {model: options["model_hyperparameters"], KEY: options}
    predictor = fit(tmp_path, data, models, init={"eval_metric": metric})
    plain, wrapped = (name for name in sorted(predictor.model_names(), key=lambda name: "Augment" in name))
    first, second = (predictor.predict_proba(data, model=name) for name in (plain, wrapped))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    board = predictor.leaderboard(display=False).set_index("model")["score_val"]
    assert board[plain] == board[wrapped]


def test_without_synthetic_rows_a_bag_is_the_plain_bag(tmp_path):
    options = inside("GBM", mix_ratio=0)
    models = {"GBM": options["model_hyperparameters"], KEY: options}
    predictor = fit(tmp_path, frame(), models, num_bag_folds=3, dynamic_stacking=False, **LOCAL)
    plain, wrapped = "LightGBM_BAG_L1", "CausalMixAugment_GBM_BAG_L1"
    pd.testing.assert_frame_equal(
        predictor.predict_proba_oof(plain), predictor.predict_proba_oof(wrapped), check_exact=True
    )


def test_mixing_changes_predictions_and_the_original_frame_stays(tmp_path):
    data = frame()
    before = data.copy(deep=True)
    options = inside("RF")
    predictor = fit(tmp_path, data, {"RF": options["model_hyperparameters"], KEY: options})
    pd.testing.assert_frame_equal(data, before)
    one, two = (predictor.predict_proba(data, model=name) for name in ("RandomForest", "CausalMixAugment_RF"))
    assert not np.allclose(one, two)


def test_the_model_inside_sees_the_dtypes_of_plain_rows_and_real_validation_rows(tmp_path, monkeypatch):
    from autogluon.tabular.models import RFModel

    seen = []
    fit_forest = RFModel._fit

    def watched(self, X, y, X_val=None, y_val=None, **kwargs):
        seen.append((X, y, X_val, y_val))
        return fit_forest(self, X, y, **kwargs)

    monkeypatch.setattr(RFModel, "_fit", watched)
    data = messy_frame(100).assign(text=lambda d: [f"some words {k % 7} and more {k % 3}" for k in range(len(d))])
    options = inside("RF", **scm())
    fit(tmp_path, data.rename(columns={"label": "y"}), {"RF": QUICK["RF"], KEY: options})
    (X, y, X_val, y_val), (mixed, mixed_y, same, same_y) = seen
    assert mixed.dtypes.equals(X.dtypes) and mixed_y.dtype == y.dtype and len(mixed) == 2 * len(X)
    assert any(isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes) and "int8" in map(str, X.dtypes)
    pd.testing.assert_frame_equal(mixed[: len(X)], X.reset_index(drop=True))
    pd.testing.assert_frame_equal(same, X_val)
    pd.testing.assert_series_equal(same_y, y_val)


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


def test_sample_weights(tmp_path, monkeypatch):
    from autogluon.tabular.models import RFModel

    seen = []
    fit_forest = RFModel._fit

    def watched(self, X, y, sample_weight=None, **kwargs):
        seen.append(sample_weight)
        return fit_forest(self, X, y, sample_weight=sample_weight, **kwargs)

    monkeypatch.setattr(RFModel, "_fit", watched)
    data = frame(100).assign(w=lambda d: 1.0 + np.arange(len(d)) % 4)
    init = {"sample_weight": "w"}
    models = {"RF": QUICK["RF"], KEY: inside("RF", synthetic_weight=0.25)}
    predictor = fit(tmp_path / "weights", data, models, init=init)
    plain, mixed = seen
    np.testing.assert_array_equal(mixed[: len(plain)], plain)
    assert mixed[len(plain) :].sum() == pytest.approx(0.25 * plain.sum())
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert one["weight_synthetic"] == pytest.approx(0.25 * one["weight_real"], rel=1e-5)
    seen.clear()
    fit(tmp_path / "none", frame(100), {KEY: inside("RF", synthetic_weight=0.25)})
    assert set(seen[0][:80]) == {1.0} and seen[0][80:].sum() == pytest.approx(20.0)


@pytest.mark.parametrize("strategy", [{}, {"num_bag_folds": 2, "dynamic_stacking": False, **LOCAL}])
def test_a_generator_that_fails_leaves_the_plain_model_said_once(tmp_path, caplog, strategy):
    models = {"GBM": QUICK["GBM"], KEY: inside("GBM", generator=Breaks)}
    with caplog.at_level(logging.WARNING):
        predictor = fit(tmp_path, frame(), models, verbosity=2, **strategy)
    said = [record.message for record in caplog.records if "on real rows alone" in record.message]
    assert len(said) == 1 and "no synthetic rows (ArithmeticError: nothing to learn)" in said[0]
    plain, mixed = sorted(predictor.model_names(), key=lambda name: "Augment" in name)
    one, two = (predictor.predict_proba(frame(30, seed=1), model=name) for name in (plain, mixed))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert all("nothing to learn" in text for text in report(predictor).mixed()["fallbacks"])


class Astronomical:
    """Draws numbers that scikit-learn's forests refuse, though the column holds some already."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        values = self.table.values[rng.integers(len(self.table), size=n)].copy()
        values[:, 0] = 1e39
        return self.table.with_values(values)


def test_a_model_that_fails_on_mixed_rows_is_fitted_on_real_ones_said_once(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.augmentation.rows.MOST", np.inf)
    options = inside("RF", generator=Astronomical, cache=False)
    predictor = fit(tmp_path, frame(), {KEY: options}, verbosity=2)
    ((_, folds),) = report(predictor).augmented.items()
    (one,) = folds.values()
    assert one["rows_synthetic"] == 0 and one["weight_synthetic"] is None
    assert one["fallbacks"][0].startswith("no synthetic rows: RF failed on them (")
    assert sum("on real rows alone" in record.message for record in caplog.records) == 1
    assert np.isfinite(predictor.predict_proba(frame().drop(columns="y"))).all(axis=None)


def test_learning_curves_are_those_of_the_model_inside(tmp_path):
    predictor = fit(tmp_path, frame(120), {KEY: inside("GBM")}, learning_curves=True)
    _, curves = predictor.learning_curves()
    ((_, (sets, metrics, values)),) = curves.items()
    assert "val" in sets and len(values) == len(metrics) and len(values[0][0]) > 1


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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix_rate": 0.5}, "unknown option 'mix_rate'.*did you mean 'mix_ratio'"),
        ({"n_dags": 3}, "it belongs to generator='scm': write generator_options="),
        ({"max_bin": 63}, r"goes into model_hyperparameters=\{'max_bin': 63\}"),
        ({"model": "RFF"}, "did you mean 'RF'"),
        ({"model": KEY}, "it cannot hold itself"),
        ({"model": "CAUSALMIX"}, "use the key 'CAUSALMIX'"),
        ({"model": 3}, "model=3 must be a key"),
        ({"mix_ratio": 1}, "mix_ratio=1 must be a number from 0 to 0.95"),
        ({"generator": "copulla"}, "did you mean 'copula'"),
        ({"generator_options": {"n_dag": 2}}, "did you mean 'n_dags'"),
        ({"synthetic_weight": 0}, "synthetic_weight=0 must be a number of at least 1e-06, or None"),
        ({"model_hyperparameters": [1]}, "must be a dictionary"),
        ({"model_hyperparameters": {"ag_args": {}}}, "write 'ag_args' beside 'model', not inside"),
        ({"generator": "copula", "known_roots": ["a"]}, "models no graph"),
        ({"mix_ratio": space.Real(0.5, 1.0)}, r"the search space of 'mix_ratio' holds 1.0: mix_ratio=1.0 must be"),
        ({"model": space.Categorical("RF", "XT")}, "models are not searched; write one configuration for each"),
        ({"model_hyperparameters": {"max_depth": space.Int(2, 5)}}, "written flat.*'model_hyperparameters.max_depth'"),
    ],
)
def test_a_mistake_stops_the_users_fit_before_any_model(tmp_path, wrong, message, caplog):
    with pytest.raises(OptionError, match=message):
        fit(tmp_path, frame(), {KEY: {"model": "RF", **wrong}, "RF": {}}, verbosity=2)
    assert "Fitting model" not in caplog.text and "Fitting DropDuplicates" in caplog.text


def test_a_regression_refuses_generators_of_classes(tmp_path):
    data = frame().assign(y=lambda d: 10 * d["a"])
    with pytest.raises(OptionError, match="cannot serve a regression"):
        fit(tmp_path, data, {KEY: {"model": "RF", "generator": "tabebm"}})


def two_row_class():
    return frame(80).assign(y=lambda d: np.where(np.arange(80) < 2, "rare", d["y"]))


def wide():
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.standard_normal((80, 60)), columns=[f"x{k}" for k in range(60)])
    return data.assign(y=np.where(data["x0"] > 0, "yes", "no"))


@pytest.mark.parametrize("generator", ["scm", "copula", "smote", "mixup"])
@pytest.mark.parametrize(
    "make",
    [two_row_class, wide, lambda: frame(80).assign(fixed=1, empty=np.nan), lambda: frame(12)],
    ids=["class of two rows", "60 columns", "constant and empty columns", "12 rows"],
)
def test_unusual_tables(tmp_path, generator, make):
    options = inside("RF", **(scm() if generator == "scm" else {"generator": generator}))
    data = make()
    predictor = fit(tmp_path, data, {KEY: options}, learning_curves=False)
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert one["rows_synthetic"] == one["rows_real"] and not one["fallbacks"]
    assert len(predictor.predict(data)) == len(data)


def test_knowledge_of_a_dropped_column_is_left_out(tmp_path):
    options = inside("RF", **scm(known_roots=["fixed", "a"], forbidden_edges=[("y", "b")]))
    predictor = fit(tmp_path, frame().assign(fixed=1), {KEY: options})
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert any("AutoGluon dropped 'fixed'" in reason for reason in one["fallbacks"])
    assert one["dags"] and not any(edge[1] == "a" or edge == ["y", "b"] for dag in one["dags"] for edge in dag)


def test_knowledge_of_the_target_holds_in_a_regression(tmp_path):
    data = frame().assign(y=lambda d: 10 * d["a"] + d["b"])
    predictor = fit(tmp_path, data, {KEY: inside("RF", **scm(known_sinks=["y"]))})
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert not one["fallbacks"] and one["dags"]
    assert not any(edge[0] == "y" for dag in one["dags"] for edge in dag)


def test_names_and_what_a_problem_type_rules_out(tmp_path):
    models = [inside("RF"), inside("RF", generator="bootstrap"), inside("XT", ag_args={"name_suffix": "_mine"})]
    predictor = fit(tmp_path, frame(), {KEY: models, CausalMixAugmentModel: inside("KNN")})
    assert set(predictor.model_names()) == {
        "CausalMixAugment_RF",
        "CausalMixAugment_RF_2",
        "CausalMixAugment_XT_mine",
        "CausalMixAugment_KNN",
    }


def test_the_report_in_all_its_forms(tmp_path):
    predictor = fit(tmp_path, frame(), {KEY: inside("RF", **scm())})
    collected = report(predictor)
    json.dumps(collected.to_dict(), allow_nan=False)
    one = collected.augmented["CausalMixAugment_RF"][""]
    assert one == predictor.info()["model_info"]["CausalMixAugment_RF"]["causalmix_augment_report"]
    assert {"discovery", "drawing", "model", "total"} <= set(one["seconds"])
    assert collected.folds == {} and "CausalMixAugment_RF" in str(collected)
    assert list(collected.edges().columns) == ["from", "to", "probability", "stated"]
    assert plot_graph(predictor, tmp_path / "graph.png", threshold=0.0).axes


def test_the_time_limit_is_shared(tmp_path, monkeypatch):
    from autogluon.tabular.models import RFModel

    given = []
    fit_forest = RFModel._fit

    def watched(self, X, y, time_limit=None, **kwargs):
        given.append(time_limit)
        return fit_forest(self, X, y, time_limit=time_limit, **kwargs)

    monkeypatch.setattr(RFModel, "_fit", watched)
    X, y = blobs(60)
    for ratio, limit in ((0.5, 1000.0), (0.5, None), (0, 1000.0), (0.5, 1.0)):
        Timed.seconds_given.clear()
        options = inside("RF", generator=Timed, mix_ratio=ratio, cache=False)
        model = CausalMixAugmentModel(path=str(tmp_path), problem_type="binary", hyperparameters=options)
        model.fit(X=X, y=y, time_limit=limit, num_cpus=1, num_gpus=0)
        if limit == 1.0:
            assert "the time limit leaves no time" in model.report.fallbacks[0] and not Timed.seconds_given
        elif ratio:
            (seconds,) = Timed.seconds_given
            assert seconds is None if limit is None else 0.2 * limit < seconds <= 0.3 * limit
    mixed, unlimited, plain, _ = given
    assert mixed <= 950 < plain <= 1000 and unlimited is None


def test_memory_of_both_is_estimated():
    X, y = blobs(500)
    known = {"problem_type": "binary", "num_classes": 2}

    def estimate(**options):
        given = {"model": "RF", "generator": "copula", **options}
        return CausalMixAugmentModel.estimate_memory_usage_static(X=X, y=y, hyperparameters=given, **known)

    from autogluon.tabular.models import RFModel

    plain = RFModel.estimate_memory_usage_static(X=X, y=y, **known)
    assert estimate(mix_ratio=0) == plain
    assert estimate(mix_ratio=0.9) > estimate(mix_ratio=0.5) > plain
    trees = {"model_hyperparameters": {"n_estimators": 30}}
    assert estimate(mix_ratio=0, **trees) < plain
    assert estimate(model="KNN", mix_ratio=space.Real(0.1, 0.9, default=0.5)) > 0


def test_the_model_inside_is_asked_for_its_memory_with_as_many_targets_as_rows(monkeypatch):
    from autogluon.tabular.models import RFModel

    def estimated(cls, *, X, y, **kwargs):  # EBM looks at both, and fails where they differ
        assert len(X) == len(y) == 1000 and set(y.index) <= set(X.index)
        return 7

    monkeypatch.setattr(RFModel, "_estimate_memory_usage_static", classmethod(estimated))
    X, y = blobs(500)
    given = {"hyperparameters": {"model": "RF", "generator": "copula"}, "problem_type": "binary", "num_classes": 2}
    assert CausalMixAugmentModel.estimate_memory_usage_static(X=X, y=y, **given) > 7


def test_limits_of_the_model_inside_are_checked_on_real_rows(tmp_path, caplog):
    options = inside("RF", model_hyperparameters={"ag.max_rows": 90, **QUICK["RF"]})
    assert report(fit(tmp_path / "fits", frame(80), {KEY: options})).augmented
    with caplog.at_level(logging.INFO):
        predictor = fit(tmp_path / "too many", frame(200), {KEY: options, "XT": QUICK["XT"]}, verbosity=2)
    assert predictor.model_names() == ["ExtraTrees"] and "ag.max_rows=90" in caplog.text


def test_given_resources_are_those_of_the_model_inside():
    from autogluon.tabular.models import RFModel

    known = {"path": "nowhere", "name": "m", "problem_type": "binary"}
    outer, inner = CausalMixAugmentModel(**known, hyperparameters={"model": "RF"}), RFModel(**known)
    assert outer._get_default_resources() == inner._get_default_resources()
    assert outer._get_maximum_resources() == inner._get_maximum_resources() == {"num_gpus": 0}
    assert outer.get_minimum_resources() == inner.get_minimum_resources()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["RF", "NN_TORCH", "CAT"])
def test_a_new_process_loads_and_predicts_the_same_from_another_folder(tmp_path, model):
    data = frame()
    predictor = fit(tmp_path / "p", data, {KEY: inside(model)}, num_bag_folds=2, dynamic_stacking=False, **LOCAL)
    expected = predictor.predict_proba(data)
    (tmp_path / "p").rename(tmp_path / "moved")
    data.to_pickle(tmp_path / "data.pkl")
    code = (
        "import sys, pandas as pd, torch; torch.set_num_threads(1)\n"
        "from autogluon.tabular import TabularPredictor\n"
        f"p = TabularPredictor.load({str(tmp_path / 'moved')!r})\n"
        f"p.predict_proba(pd.read_pickle({str(tmp_path / 'data.pkl')!r})).to_pickle({str(tmp_path / 'out.pkl')!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "out.pkl"), expected, check_exact=True)


@pytest.mark.slow
def test_mitra_inside(tmp_path):
    from autogluon_causalmix.checkpoints import MINI_FOLDER

    inner = {"hf_model": str(MINI_FOLDER), "fine_tune": False, "ag_args_fit": {"num_gpus": 0}}
    options = {"model": "MITRA", "generator": "copula", "model_hyperparameters": inner}
    predictor = fit(tmp_path, frame(), {KEY: options})
    one = report(predictor).augmented["CausalMixAugment_MITRA"][""]
    assert one["rows_synthetic"] == one["rows_real"] == 64
    pd.testing.assert_frame_equal(
        TabularPredictor.load(str(tmp_path)).predict_proba(frame(20, seed=1)),
        predictor.predict_proba(frame(20, seed=1)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("problem_type", ["binary", "multiclass", "regression"])
def test_autogluons_own_model_check(tmp_path, monkeypatch, problem_type):
    from autogluon.tabular.testing import FitHelper

    monkeypatch.chdir(tmp_path)
    FitHelper.verify_model(CausalMixAugmentModel, inside("RF"), problem_types=[problem_type])
