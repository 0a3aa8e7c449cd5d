"""CAUSALMIX_AUGMENT in a predictor: what users do with any model, they can do with the one inside."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from autogluon.tabular import TabularPredictor
from autogluon.tabular.registry import ag_model_registry

from autogluon_causalmix import CausalMixAugmentModel, plot_graph, report
from autogluon_causalmix.predictor_report import PredictorReport

from .augmented import KEY, LOCAL, QUICK, inside, scm, watched_forests
from .conftest import fit, frame, messy_frame


def test_registered_once():
    assert ag_model_registry.key_to_cls(KEY) is CausalMixAugmentModel
    assert ag_model_registry.keys.count(KEY) == 1


def test_the_class_as_key_has_the_keys_priority():
    assert CausalMixAugmentModel._get_default_ag_args()["priority"] == CausalMixAugmentModel.ag_priority


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


def test_mixing_changes_predictions_and_the_original_frame_stays(tmp_path):
    data = frame()
    before = data.copy(deep=True)
    options = inside("RF")
    predictor = fit(tmp_path, data, {"RF": options["model_hyperparameters"], KEY: options})
    pd.testing.assert_frame_equal(data, before)
    one, two = (predictor.predict_proba(data, model=name) for name in ("RandomForest", "CausalMixAugment_RF"))
    assert not np.allclose(one, two)


def test_the_model_inside_sees_the_dtypes_of_plain_rows_and_real_validation_rows(tmp_path, monkeypatch):
    seen = watched_forests(monkeypatch)
    data = messy_frame(100).assign(text=lambda d: [f"some words {k % 7} and more {k % 3}" for k in range(len(d))])
    options = inside("RF", **scm())
    fit(tmp_path, data.rename(columns={"label": "y"}), {"RF": QUICK["RF"], KEY: options})
    names = ("X", "y", "X_val", "y_val")
    (X, y, X_val, y_val), (mixed, mixed_y, same, same_y) = ([one[name] for name in names] for one in seen)
    assert mixed.dtypes.equals(X.dtypes) and mixed_y.dtype == y.dtype and len(mixed) == 2 * len(X)
    assert any(isinstance(dtype, pd.CategoricalDtype) for dtype in X.dtypes) and "int8" in map(str, X.dtypes)
    pd.testing.assert_frame_equal(mixed[: len(X)], X.reset_index(drop=True))
    pd.testing.assert_frame_equal(same, X_val)
    pd.testing.assert_series_equal(same_y, y_val)


def test_sample_weights(tmp_path, monkeypatch):
    seen = watched_forests(monkeypatch)
    data = frame(100).assign(w=lambda d: 1.0 + np.arange(len(d)) % 4)
    init = {"sample_weight": "w"}
    models = {"RF": QUICK["RF"], KEY: inside("RF", synthetic_weight=0.25)}
    predictor = fit(tmp_path / "weights", data, models, init=init)
    plain, mixed = (one["sample_weight"] for one in seen)
    np.testing.assert_array_equal(mixed[: len(plain)], plain)
    assert mixed[len(plain) :].sum() == pytest.approx(0.25 * plain.sum())
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert one["weight_synthetic"] == pytest.approx(0.25 * one["weight_real"], rel=1e-5)
    seen.clear()
    fit(tmp_path / "none", frame(100), {KEY: inside("RF", synthetic_weight=0.25)})
    (weights,) = (one["sample_weight"] for one in seen)
    assert set(weights[:80]) == {1.0} and weights[80:].sum() == pytest.approx(20.0)


def test_learning_curves_are_those_of_the_model_inside(tmp_path):
    predictor = fit(tmp_path, frame(120), {KEY: inside("GBM")}, learning_curves=True)
    _, curves = predictor.learning_curves()
    ((_, (sets, metrics, values)),) = curves.items()
    assert "val" in sets and len(values) == len(metrics) and len(values[0][0]) > 1


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
    assert list(collected.mixed()) == list(PredictorReport({}).mixed()), "without rows too"
    assert list(collected.edges().columns) == ["from", "to", "probability", "stated"]
    assert plot_graph(predictor, tmp_path / "graph.png", threshold=0.0).axes


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

    inner = {"hf_model": str(MINI_FOLDER), "fine_tune": False}
    options = {"model": "MITRA", "generator": "copula", "model_hyperparameters": inner, "ag_args_fit": {"num_gpus": 0}}
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
