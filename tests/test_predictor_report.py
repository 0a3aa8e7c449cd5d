"""The reports of a predictor as tables."""

import json
import pickle

import pytest
from autogluon.tabular import TabularPredictor

from autogluon_causalmix import report
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.findings.registry import CHECKS
from autogluon_causalmix.predictor_report import PredictorReport

from .conftest import OneClass, blobs, estimator, fit, frame, small


def test_the_summary_shows_every_member(tiny_classifier):
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, n_estimators=3).fit(X, y).report
    fitted.step_kept = [0, 2, 1]
    summary = PredictorReport({"CausalMix": {"": fitted.to_dict()}}).summary()
    assert summary["member"].tolist() == [1, 2, 3] and summary["kept"].tolist() == [0, 2, 1]
    for k, scores in enumerate(fitted.validation_scores):
        assert summary.loc[k, "untuned"] == float(f"{scores[0]:.6g}")
        assert summary.loc[k, "tuned"] == float(f"{scores[fitted.step_kept[k]]:.6g}")


def test_a_fits_report_holds_the_figures_of_every_check(tiny_classifier):
    """Three folds of a generator that copies and loses a class: each check answers, and those two are issues."""
    X, y = blobs(300)
    options = {"mix_ratio": 0.5, "rotate_holdout": False}
    copying = estimator(tiny_classifier, generator=OneClass(), **options).fit(X[:150], y[:150], X[150:], y[150:])
    causal = estimator(tiny_classifier, known_roots=["a"], **options).fit(X[:150], y[:150], X[150:], y[150:])
    found = {}
    for model, one in (("copying", copying), ("causal", causal)):
        folds = {f"S1F{k}": one.report.to_dict() for k in (1, 2, 3)}
        found[model] = {f.code: f.tab for f in PredictorReport({model: folds}).findings()}
    assert found["copying"]["CM202"] == found["copying"]["CM204"] == "issue"
    assert set(found["causal"]) == {one.code for one in CHECKS}
    assert {found["causal"][code] for code in ("CM202", "CM204", "CM301", "CM302", "CM303", "CM402")} == {"passed"}


def test_a_fits_report_holds_what_the_page_shows(tiny_classifier):
    X, y = blobs(150)
    one = estimator(tiny_classifier, mix_ratio=0.3).fit(X[:100], y[:100], X[100:], y[100:]).report
    assert set(one.options_changed) == {
        "hf_model", "fine_tune_steps", "mix_ratio", "pool_rows", "discovery_resamples", "generator_options"
    }  # fmt: skip
    assert one.target == "y" and "comparison" not in one.fidelity
    assert one.comparison["rows_real"] == 150 and one.comparison["columns"][0]["name"] == "y"
    assert len(one.comparison["columns"]) == one.columns == 6
    report = PredictorReport({"CausalMix": {"": one.to_dict()}})
    assert report.target == "y" and PredictorReport({}).target is None
    assert PredictorReport({}, label="y").target == "y", "of CAUSALMIX_AUGMENT alone no report says"
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_printed_report_fits_a_terminal_and_says_each_reason_once(tiny_classifier):
    X, y = blobs(60)
    one = estimator(tiny_classifier, mix_ratio=0.0).fit(X, y).report.to_dict() | {"weights": {"name": "mini"}}
    reason = "bundled checkpoint instead of the official weights: " + "nobody answers " * 10
    bag = {f"S1F{k}": one | {"fallbacks": [reason]} for k in range(1, 9)}
    lines = str(PredictorReport({"CausalMix": {"": one}, "CausalMix_BAG_L1": bag})).splitlines()
    assert [line for line in lines if line.startswith("fallback: ")] == [f"fallback: {reason}"]
    assert max(len(line) for line in lines if reason not in line) <= 100
    assert [line for line in lines if line.startswith("CausalMix")] == ["CausalMix", "CausalMix_BAG_L1"]
    assert any(line.split()[:3] == ["fold", "S1F1", "S1F2"] for line in lines)
    (tuned,) = (line.split()[1] for line in lines[: lines.index("")] if line.startswith("tuned "))
    nobody = one | {"steps_taken": [], "step_kept": [], "validation_scores": []}
    assert str(PredictorReport({"CausalMix": {"": nobody}})) == str(PredictorReport({}))
    assert tuned == f"{one['validation_scores'][0][one['step_kept'][0]]:.4g}"


def test_a_bag_whose_folds_were_not_kept_is_named(tmp_path, tiny_classifier):
    data, options = frame(60), {"CAUSALMIX": small(tiny_classifier, mix_ratio=0)}
    bags = {"num_bag_folds": 2, "dynamic_stacking": False, "save_bag_folds": False}
    shown = report(fit(tmp_path, data, options, **bags))
    assert shown.not_kept == ("CausalMix_BAG_L1",) and not shown.folds
    assert str(shown) == "CausalMix_BAG_L1: its folds were not kept (save_bag_folds=False), nor their reports"
    assert pickle.loads(pickle.dumps(shown)).not_kept == shown.not_kept
    assert "no report of CausalMix_BAG_L1, whose folds were not kept" in shown._repr_html_()


def test_only_our_models_are_loaded_and_without_any_the_tables_have_their_columns(tmp_path, tiny_classifier):
    options = {"CAUSALMIX": small(tiny_classifier, mix_ratio=0), "DUMMY": {}}
    predictor = fit(tmp_path, frame(60), options, num_bag_folds=2, dynamic_stacking=False)
    asked, model_info = [], predictor.model_info
    predictor.model_info = lambda name: asked.append(name) or model_info(name)
    full = report(predictor)
    assert asked == ["CausalMix_BAG_L1"] and list(full.folds) == asked and len(predictor.model_names()) > 1
    predictor.delete_models(models_to_keep=["Dummy_BAG_L1"], dry_run=False)
    empty = report(predictor)
    assert list(empty.summary()) == list(full.summary()) and not len(empty.summary())
    assert {"model", "two_sample_auc", "fallbacks"} <= set(empty.mixed())


def test_a_predictor_that_is_not_fitted_is_refused(tmp_path):
    with pytest.raises(OptionError, match="pass a fitted predictor"):
        report(TabularPredictor("y", path=str(tmp_path)))
