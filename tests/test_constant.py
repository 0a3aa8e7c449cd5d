"""A bag's fold that nothing can be learnt from says the same of every row, and the bag is there."""

import pickle

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import report
from autogluon_causalmix.finetune.constant import FittedConstant
from autogluon_causalmix.options import CausalMixOptions

from .conftest import fit, frame, small

SEQUENTIAL = {"ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}, "dynamic_stacking": False}


def made(y, n_classes):
    X = pd.DataFrame({"a": range(len(y))})
    return FittedConstant.of(X, pd.Series(y, name="y"), CausalMixOptions(), n_classes, ["why"])


def test_classes_count_once_more_than_they_occur_and_numbers_are_averaged():
    one = made([2, 2, 2], 3)
    np.testing.assert_allclose(one.predict_proba(pd.DataFrame({"a": [1, 2]})), [[1 / 6, 1 / 6, 2 / 3]] * 2)
    assert one.predict(pd.DataFrame({"a": [1]})).tolist() == [2]
    number = pickle.loads(pickle.dumps(made([1.0, 4.0], 0)))
    assert number.predict(pd.DataFrame({"a": [1, 2, 3]})).tolist() == [2.5] * 3
    assert len(number.predict_proba(pd.DataFrame({"a": []}))) == 0
    assert one.join_validation() == 0 and one.to("cuda:1").device == "cuda:1"
    assert (one.report.rows_training, one.report.columns, one.report.fallbacks) == (3, 2, ["why"])


def test_a_class_of_one_row_does_not_lose_the_bag(tmp_path, tiny_classifier):
    data = frame(60).assign(y=lambda d: np.where(np.arange(60) == 7, "rare", "usual"))
    predictor = fit(tmp_path, data, {"CAUSALMIX": small(tiny_classifier)}, num_bag_folds=3, **SEQUENTIAL)
    ((name, folds),) = report(predictor).folds.items()
    same = [one for one in folds.values() if any("the same for every row" in text for text in one["fallbacks"])]
    assert len(folds) == 3 and len(same) == 1 and "two classes are needed" in same[0]["fallbacks"][0]
    assert np.isfinite(predictor.predict_proba(data)).all(axis=None) and name in predictor.model_names()
    told = report(predictor)
    assert len(told.summary()) == 3 and "the same for every row" in str(told)
    predictor.refit_full()
    told.to_html(tmp_path / "report.html")


def test_a_group_without_varying_targets_does_not_lose_the_bag_of_a_regression(tmp_path, tiny_regressor):
    data = frame(60).assign(site=lambda d: np.arange(60) % 2, y=lambda d: np.where(d["a"].index % 2, d["a"], 0.0))
    predictor = fit(tmp_path, data, {"CAUSALMIX": small(tiny_regressor)}, init={"groups": "site"}, **SEQUENTIAL)
    ((_, folds),) = report(predictor).folds.items()
    assert sum("the target is 0.0 in every row" in " ".join(one["fallbacks"]) for one in folds.values()) == 1
    assert np.isfinite(predictor.predict(data)).all()


def test_a_fold_in_which_no_column_varies_does_not_lose_the_bag(tmp_path, tiny_classifier):
    data = pd.DataFrame({"a": np.r_[1.0, np.zeros(59)], "y": ["yes", "no"] * 30})
    predictor = fit(tmp_path, data, {"CAUSALMIX": small(tiny_classifier)}, num_bag_folds=3, **SEQUENTIAL)
    ((_, folds),) = report(predictor).folds.items()
    assert sum("no column varies over 40 training rows" in " ".join(one["fallbacks"]) for one in folds.values()) == 1
    assert np.isfinite(predictor.predict_proba(data)).all(axis=None)
    predictor.refit_full()
    assert np.isfinite(predictor.predict_proba(data.head(1))).all(axis=None)


def test_without_a_bag_it_is_an_error_still(tmp_path, tiny_classifier):
    from autogluon_causalmix import CausalMixModel
    from autogluon_causalmix.errors import NothingToLearn

    X = frame(60).drop(columns="y")
    model = CausalMixModel(path=str(tmp_path), problem_type="binary", hyperparameters=small(tiny_classifier))
    with pytest.raises(NothingToLearn, match="two classes are needed"):
        model.fit(X=X, y=pd.Series(np.zeros(60, dtype=int)), num_classes=2, num_cpus=1, num_gpus=0)
