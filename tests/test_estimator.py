"""The walk of a fit without AutoGluon: what comes out, what is repeatable, what is noted."""

import sys

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.synthesis import preparation

from .conftest import blobs, estimator, seconds_of


class Rows:
    """A user's generator: the real rows again."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


@pytest.mark.slow
def test_the_mini_checkpoint_predicts_better_than_chance_and_fine_tuning_is_never_worse_on_validation():
    X, y = blobs(260)
    fitted = estimator("mini", fine_tune_steps=6, lr=3e-4).fit(X[:100], y[:100], X[100:160], y[100:160])
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(y[160:], fitted.predict_proba(X[160:])[:, 1]) > 0.7
    untuned = estimator("mini", fine_tune=False).fit(X[:100], y[:100], X[100:160], y[100:160])
    loss, baseline = (
        -np.log(model.predict_proba(X[100:160])[np.arange(60), y[100:160]]).mean() for model in (fitted, untuned)
    )
    assert loss <= baseline
    scores = fitted.report.validation_scores[0]
    assert scores[fitted.report.step_kept[0]] <= scores[0]


def test_the_same_seed_gives_the_same_bytes_and_the_callers_random_state_stays(tiny_classifier):
    import torch

    X, y = blobs(50)
    np.random.seed(1)
    torch.manual_seed(1)
    states = np.random.get_state()[1].copy(), torch.random.get_rng_state()
    first, second = (estimator(tiny_classifier, seed=5, n_estimators=2).fit(X, y) for _ in range(2))
    other = estimator(tiny_classifier, seed=6, n_estimators=2).fit(X, y)
    assert (np.random.get_state()[1] == states[0]).all()
    assert torch.equal(torch.random.get_rng_state(), states[1])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize("seed", [None, np.int64(3)])
def test_seeds_of_any_kind(tiny_classifier, seed):
    X, y = blobs(30)
    estimator(tiny_classifier, seed=seed).fit(X, y)


@pytest.mark.parametrize("n_estimators", [1, 3])
def test_regression(tiny_regressor, n_estimators):
    X, _ = blobs(60)
    y = X["a"] * 100 - 3
    fitted = estimator(tiny_regressor, "regression", 0, n_estimators=n_estimators).fit(X, y)
    assert fitted.predict(X).shape == (60,)
    assert fitted.report.validation_name == "squared error (target scaled to 0-1)"
    assert len(fitted.report.steps_taken) == n_estimators


@pytest.mark.parametrize("y", [[0.0, 1.0] * 20, [2**60, 2**60 + 2**20] * 20], ids=["two values", "long integers"])
def test_regression_targets_that_a_table_keeps_as_codes(tiny_regressor, y):
    X, _ = blobs(40)
    fitted = estimator(tiny_regressor, "regression", 0, mix_ratio=1.0).fit(X, pd.Series(y, name="y"))
    assert fitted.report.rows_synthetic_used > 0
    assert np.isfinite(fitted.report.validation_scores[0]).all()


def test_a_second_fit_knows_nothing_of_the_first(tiny_classifier):
    X, y = blobs(50)
    options = {"generator": Rows(), "n_estimators": 2}
    used = estimator(tiny_classifier, **options)
    earlier = used.fit(X, y)
    before, report = earlier.predict_proba(X), earlier.report.to_dict()
    again = used.fit(X[:40], y[:40])
    once = estimator(tiny_classifier, **options).fit(X[:40], y[:40])
    assert len(again.members) == 2
    first, second = again.report.to_dict(), once.report.to_dict()
    assert first | {"seconds": 0} == second | {"seconds": 0}
    np.testing.assert_array_equal(again.predict_proba(X), once.predict_proba(X))
    np.testing.assert_array_equal(earlier.predict_proba(X), before)
    assert earlier.report.to_dict() == report, "what was fitted before stays as it was"


def test_the_report_is_whole_and_json_able(tiny_classifier):
    import json

    X, y = blobs(150)
    report = estimator(tiny_classifier, discovery_resamples=5).fit(X[:100], y[:100], X[100:], y[100:]).report.to_dict()
    json.dumps(report, allow_nan=False)
    assert report["edges"] and {"from", "to", "probability", "stated"} == set(report["edges"][0])
    assert len(report["dags"]) == 2
    assert report["rows_synthetic_drawn"] >= report["rows_synthetic_used"] > 0
    assert 0 <= report["fidelity"]["two_sample_auc"] <= 1
    assert report["fidelity"]["measured_on"] == "validation rows"
    assert len(report["validation_scores"][0]) == report["steps_taken"][0] + 1
    assert {"checkpoint", "discovery", "mechanisms", "fine-tuning", "total"} <= set(report["seconds"])


def test_tiny_numbers_survive_the_report(tiny_classifier):
    X, y = blobs(40)
    report = estimator(tiny_classifier, lr=1e-9).fit(X, y).report.to_dict()
    assert report["options"]["lr"] == 1e-9


def test_real_splits_do_not_depend_on_mixing(tiny_classifier):
    X, y = blobs(60)
    plain, mixed = (estimator(tiny_classifier, mix_ratio=ratio).fit(X, y) for ratio in (0.0, 0.5))
    np.testing.assert_array_equal(plain.support.x, mixed.support.x)
    assert plain.report.validation_scores[0][0] == mixed.report.validation_scores[0][0]


def test_a_generator_without_dowhy_pays_nothing_for_its_import(tiny_classifier, monkeypatch):
    monkeypatch.delitem(sys.modules, "dowhy.gcm", raising=False)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, generator="bootstrap", mix_ratio=1.0)
    fitted = fitted.fit(X, y, budget=Budget.within(3.5))
    assert fitted.report.rows_synthetic_drawn > 0 and not fitted.report.fallbacks


def test_an_automatic_ratio_leaves_the_time_for_steps(tiny_classifier, monkeypatch):
    given = []
    monkeypatch.setattr(preparation, "measure", lambda fitted, unseen, rng, seconds, **options: given.append(seconds))
    X, y = blobs(60)
    automatic = estimator(tiny_classifier, generator="mixup", mix_ratio="auto")
    automatic.fit(X, y, budget=Budget.within(100))
    assert 0 < given[0] <= 30, "a share of what is left"
    automatic.fit(X, y)
    assert given[1] is None


def test_a_labelling_model_that_cannot_be_loaded_loses_only_the_rows(tiny_classifier, monkeypatch):
    def broken(*args):
        raise RuntimeError("no memory for a second model")

    monkeypatch.setattr("autogluon_causalmix.finetune.rows.untuned_labels", broken)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, label_source="model").fit(X, y)
    assert "no memory for a second model" in fitted.report.fallbacks[0]
    assert fitted.report.steps_taken == [3]


@pytest.mark.slow
@pytest.mark.alone
def test_five_hundred_columns_within_a_time_limit(tiny_classifier):
    rng = np.random.default_rng(0)
    y = pd.Series(rng.integers(0, 2, 300), name="y")
    X = pd.DataFrame(rng.standard_normal((300, 500)) + 0.3 * y.to_numpy()[:, None]).rename(columns=str)
    estimator(tiny_classifier, fine_tune_steps=1).fit(X[["0", "1"]], y)
    quick = {"discovery_resamples": 1, "generator_options": {"n_dags": 1}, "fine_tune_steps": 1}
    least = seconds_of(lambda: estimator(tiny_classifier, **quick).fit(X, y))
    long = {"fine_tune_steps": 10_000, "patience": 10_000, "discovery_resamples": 20}
    many, fitted = estimator(tiny_classifier, generator_options={"n_dags": 8}, **long), []
    assert seconds_of(lambda: fitted.append(many.fit(X, y, budget=Budget.within(20)))) - 20 < least
    assert fitted[0].report.dags and fitted[0].report.steps_taken[0] > 0


def test_of_one_training_row_no_step_is_taken_and_it_is_said(tiny_classifier):
    """Two rows, of which one is held out: an episode would have a support row and nothing to ask."""
    X, y = blobs(2)
    report = estimator(tiny_classifier).fit(X, y).report
    assert report.steps_taken == [0] and report.rows_synthetic_used == 0
    assert "no steps: of one training row nothing can be asked" in report.fallbacks
    both = estimator(tiny_classifier, holdout_share=0, mix_ratio=0).fit(X, y).report
    assert both.steps_taken == [3] and both.fallbacks == []


def test_rows_that_chose_nothing_are_no_validation_rows(tiny_classifier):
    X, y = blobs(60)
    for tunes, rows in ((False, 0), (True, 20)):
        report = estimator(tiny_classifier, fine_tune=tunes, mix_ratio=0).fit(X[:40], y[:40], X[40:], y[40:]).report
        assert report.rows_validation == rows
