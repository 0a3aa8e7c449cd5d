"""What a model is fitted on: real validation rows, its own limits, and the plain rows where anything fails."""

import numpy as np
import pytest
from autogluon.tabular.registry import ag_model_registry

from autogluon_causalmix.augmentation.mixing import ModelData
from autogluon_causalmix.augmentation.training import training_rows
from autogluon_causalmix.budget import Budget
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import AugmentOptions

from ..conftest import blobs
from .test_rows import SEEN, Spy, cache  # noqa: F401  (a fixture)


class Breaks(Spy):
    """Cannot draw."""

    def sample(self, n, rng):
        raise ArithmeticError("nothing to draw")


def model(key="RF", **hyperparameters):
    cls = ag_model_registry.key_to_cls(key)
    return cls(path="nowhere", name="m", problem_type="binary", hyperparameters=hyperparameters)


def prepared(model_inside, n=60, validation=0, weight=None, **options):
    X, y = blobs(n + validation)
    parts = {"X_val": X[n:], "y_val": y[n:]} if validation else {}
    data = ModelData(X[:n], y[:n], weight, **parts)
    said = []
    journal = Journal(said.append)
    asked = AugmentOptions.from_hyperparameters({"generator": Spy, **options})
    mixed, report = training_rows(data, model_inside, asked, "binary", Budget(), journal)
    return data, mixed, report, journal, said


@pytest.mark.parametrize(("ratio", "expected"), [(0.5, 60), (0.25, 20), (0.75, 180), (0.9, 540)])
def test_the_ratio_is_the_share_among_all_training_rows(ratio, expected):
    _, mixed, report, *_ = prepared(model(), mix_ratio=ratio)
    assert len(mixed.X) == 60 + expected and report.rows_synthetic == expected
    assert report.share == pytest.approx(ratio)


def test_without_synthetic_rows_everything_is_the_plain_models():
    data, mixed, report, *_ = prepared(model("MITRA"), mix_ratio=0)
    assert mixed is data and report.rows_synthetic == 0 and report.rows_held_out == 0 and not SEEN


def test_validation_rows_stay_as_they_are():
    data, mixed, report, *_ = prepared(model(), validation=40)
    assert mixed.X_val is data.X_val and mixed.y_val is data.y_val and report.rows_validation == 40
    assert report.fidelity["n_rows"] == 40


@pytest.mark.parametrize("key", ["MITRA", "TABM", "REALMLP", "EBM", "TABPFNMIX"])
def test_a_model_that_would_split_the_mixture_gets_real_rows_held_out_first(key):
    data, mixed, report, *_ = prepared(model(key), n=100)
    assert (report.rows_real, report.rows_held_out, report.rows_validation) == (80, 20, 20)
    assert len(mixed.X) == 160 and len(mixed.X_val) == 20
    assert set(mixed.X_val["a"]) <= set(data.X["a"]) and not set(mixed.X_val["a"]) & set(mixed.X["a"])
    assert not set(SEEN[0].values[:, 0]) & set(mixed.X_val["a"]), "the generator sees none of them either"


@pytest.mark.parametrize("key", ["GBM", "CAT", "XGB", "RF", "XT", "KNN", "LR", "NN_TORCH", "FASTAI", "TABICL"])
def test_other_models_need_none(key):
    _, mixed, report, *_ = prepared(model(key))
    assert mixed.X_val is None and report.rows_held_out == 0 and len(mixed.X) == 120


def test_the_models_own_limit_of_rows_is_kept():
    _, mixed, report, journal, _ = prepared(model("RF", **{"ag.max_rows": 70}))
    assert len(mixed.X) == 70 and report.rows_synthetic == 10
    assert journal.remarks == ["10 synthetic rows instead of 60: RF takes 70 rows at most"]
    assert len(prepared(model("RF", **{"ag.max_rows": None}))[1].X) == 120
    from autogluon_causalmix.augmentation.inner import row_limit

    assert row_limit(model("MITRA")) == row_limit(model("MITRA", **{"ag.max_rows": None})) == 10_000
    data, mixed, report, *_ = prepared(model("RF", **{"ag.max_rows": 50}))
    assert mixed is data and report.rows_synthetic == 0


def test_weights_reach_models_that_take_them():
    weight = np.arange(1.0, 61.0)
    _, mixed, report, journal, _ = prepared(model(), weight=weight, synthetic_weight=0.5)
    assert mixed.weight[:60].tolist() == weight.tolist() and report.weight_real == weight.sum()
    assert report.weight_synthetic == pytest.approx(weight.sum() / 2) and journal.remarks == []


@pytest.mark.parametrize("key", ["KNN", "NN_TORCH", "FASTAI", "MITRA"])
def test_models_that_take_no_weights_get_the_rows_only(key):
    _, mixed, report, journal, _ = prepared(model(key), validation=30, synthetic_weight=0.5)
    assert mixed.weight is None and mixed.weight_val is None and len(mixed.X) == 120
    assert report.weight_real is None
    assert journal.remarks == [f"{key} makes nothing of weights: all rows count the same"]
    assert prepared(model(key), validation=30)[3].remarks == [], "nobody asked for weights"


@pytest.mark.parametrize("key", ["RF", "MITRA"])
def test_a_generator_that_fails_never_loses_the_fit(key):
    weight = np.arange(1.0, 61.0)
    data, mixed, report, journal, said = prepared(model(key), weight=weight, generator=Breaks)
    assert mixed is data, "weights and held-out rows included"
    assert (report.rows_real, report.rows_synthetic, report.rows_held_out) == (60, 0, 0)
    reason = "no synthetic rows (ArithmeticError: nothing to draw)"
    assert reason in journal.remarks and said == [f"CausalMix fits the model on real rows alone: {reason}."]


@pytest.mark.parametrize("n", [2, 3, 12])
def test_few_rows(n):
    _, mixed, _, _, said = prepared(model("RF"), n=n, generator="bootstrap")
    assert len(mixed.X) == 2 * n and not said
    _, mixed, report, _, said = prepared(model("MITRA"), n=n, generator="bootstrap")
    assert len(mixed.X) == 2 * report.rows_real and not said
