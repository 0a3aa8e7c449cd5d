"""One fit without AutoGluon: what it reads, what it never touches, what it survives."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import CheckpointError, DataError
from autogluon_causalmix.finetune.estimator import CausalMixEstimator

from .conftest import blobs, estimator, messy_frame, seconds_of


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


def test_frames_are_never_altered(tiny_classifier):
    frame = messy_frame(60)
    frame.loc[3, "number"] = np.inf
    X, y = frame.drop(columns="label"), frame["label"].cat.codes
    floats = X[["number", "effect", "gaps"]].copy()  # one dtype: the case that stock imputes in place
    for features in (X, floats):
        before = features.copy(deep=True)
        fitted = estimator(tiny_classifier).fit(features[:40], y[:40], features[40:], y[40:])
        fitted.predict_proba(features)
        pd.testing.assert_frame_equal(features, before)


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


def test_prediction_is_repeatable_also_with_a_capped_support(tiny_classifier):
    X, y = blobs(80)
    fitted = estimator(tiny_classifier, max_support=20).fit(X, y)
    np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(X))


def test_a_class_that_training_lacks(tiny_classifier):
    """Stock reads the first logits: labels {0, 2} give the wrong two columns."""
    X, y = blobs(60, n_classes=3)
    there = (y != 1).to_numpy()
    fitted = estimator(tiny_classifier, "multiclass", 3).fit(X[there], y[there], X, y)
    p = fitted.predict_proba(X)
    assert p.shape == (60, 3)
    assert (p[:, 1] == 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    two = estimator(tiny_classifier, "binary", 2).fit(X[there], (y[there] == 2).astype(int))
    assert two.predict_proba(X).shape == (60, 2)
    assert any("class that training lacks" in reason for reason in fitted.report.fallbacks)


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


def test_saved_and_loaded_predictions_are_the_same(tiny_classifier):
    X, y = blobs(50)
    fitted = estimator(tiny_classifier, n_estimators=2).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))
    assert again.report.to_dict() == fitted.report.to_dict()


def test_a_second_fit_knows_nothing_of_the_first(tiny_classifier):
    X, y = blobs(50)
    options = {"generator": Rows(), "n_estimators": 2}
    twice = estimator(tiny_classifier, **options).fit(X, y).fit(X[:40], y[:40])
    once = estimator(tiny_classifier, **options).fit(X[:40], y[:40])
    assert len(twice.members) == 2
    first, second = twice.report.to_dict(), once.report.to_dict()
    assert first | {"seconds": 0} == second | {"seconds": 0}
    np.testing.assert_array_equal(twice.predict_proba(X), once.predict_proba(X))


def test_a_saved_estimator_needs_no_generator(tiny_classifier):
    X, y = blobs(50)
    fitted = estimator(tiny_classifier, generator=Rows()).fit(X, y)
    assert isinstance(fitted.options.synthesis.generator, Rows)
    assert pickle.loads(pickle.dumps(fitted)).options.synthesis.generator == f"{__name__}:Rows"


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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: (X[:0], y[:0]), "0 training rows"),
        (lambda X, y: (X[:1], y[:1]), "1 training rows"),
        (lambda X, y: (X, y * 0), "the target is 0 in every row"),
        (lambda X, y: (X.assign(**dict.fromkeys(X.columns, 1.0)), y), "none of the 5 columns varies"),
        (lambda X, y: (X.assign(**dict.fromkeys(X.columns, np.nan)), y), "none of the 5 columns varies"),
        (lambda X, y: (X, y.astype(float).where(y > 0)), "missing values"),
        (lambda X, y: (X.set_axis(list("aabcd"), axis=1), y), r"\['a'\] more than once"),
        (lambda X, y: (X.assign(a=[[1]] * len(X)), y), "column 'a' holds values of type list"),
    ],
)
def test_unusable_data_is_named(tiny_classifier, make, message):
    X, y = make(*blobs(30))
    with pytest.raises(DataError, match=message):
        estimator(tiny_classifier).fit(X, y)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.assign(a=np.where(np.arange(len(X)) == 4, np.inf, X["a"]), b=-np.inf),
        lambda X: X.set_axis([1, ("t", 2), None, 4.5, pd.Timestamp("2020")], axis=1),
        lambda X: X.set_axis([0] * len(X), axis=0),
        lambda X: X.assign(a2=X["a"], a3=X["a"], one=1, none=np.nan),
        lambda X: X.assign(day=pd.date_range("2020", periods=len(X)), text=[f"row {k}" for k in range(len(X))]),
        lambda X: X.assign(y=1.5 * X["a"]),
        lambda X: X[["e"]],
    ],
    ids=["infinite", "labels", "repeated index", "copies", "dates and text", "named like the target", "one column"],
)
def test_unusual_data_is_fitted(tiny_classifier, change):
    X, y = blobs(40)
    X = change(X)
    y.index = X.index
    fitted = estimator(tiny_classifier).fit(X, y)
    assert not fitted.report.fallbacks
    p = fitted.predict_proba(X)
    assert np.isfinite(p).all()
    assert fitted.predict_proba(X[:0]).shape == (0, 2)


def test_a_class_with_one_row_and_tiny_tables(tiny_classifier):
    X, y = blobs(12, n_classes=2)
    y[:] = 0
    y[5] = 1
    for n in (12, 8):
        fitted = estimator(tiny_classifier).fit(X[:n], y[:n])
        assert np.isfinite(fitted.predict_proba(X)).all()
    estimator(tiny_classifier).fit(X[4:6], y[4:6])


def test_unseen_classes_and_missing_cells_are_told_apart(tiny_classifier):
    X, y = blobs(60)
    X["e"] = X["e"].where(np.arange(60) % 5 > 0)
    fitted = estimator(tiny_classifier).fit(X, y)
    row = X[:1].copy()
    probabilities = []
    for value in ("u", None, "never seen"):
        row["e"] = pd.Series([value], dtype=object, index=row.index)
        probabilities.append(fitted.predict_proba(row)[0, 0])
    assert len(set(probabilities)) == 3


def test_more_classes_than_outputs(tiny_classifier):
    X, y = blobs(60, n_classes=11)
    with pytest.raises(CheckpointError, match=r"11 classes, but checkpoint .* has 10 outputs"):
        estimator(tiny_classifier, "multiclass", 11).fit(X, y)


@pytest.mark.parametrize("damage", ["not the format", "another network's"])
def test_damaged_weights_are_named(tmp_path, tiny_classifier, tiny_regressor, damage):
    import shutil
    from pathlib import Path

    other = b"not weights" if damage == "not the format" else Path(tiny_regressor, "model.safetensors").read_bytes()
    shutil.copytree(tiny_classifier, tmp_path / "damaged")
    (tmp_path / "damaged" / "model.safetensors").write_bytes(other)
    X, y = blobs(30)
    said = "is cut short or damaged" if damage == "not the format" else "cannot be loaded"
    with pytest.raises(CheckpointError, match=said):
        estimator(str(tmp_path / "damaged")).fit(X, y)


def test_a_cut_support_is_the_same_in_validation_and_prediction(tiny_classifier, monkeypatch):
    from autogluon_causalmix.finetune import estimator as module

    seen, original = [], module.fine_tune
    monkeypatch.setattr(
        module, "fine_tune", lambda *a, **k: (seen.append(np.sort(k["x_support"][:, 0])), original(*a, **k))[1]
    )
    X, y = blobs(200)
    fitted = estimator(tiny_classifier, max_support=40, n_estimators=2, random_mirror_x=False, shuffle_classes=False)
    fitted.fit(X[:150], y[:150], X[150:], y[150:])
    predicted = np.sort(fitted._x_support[:, 0])
    assert len(seen) == 2 and all(np.array_equal(predicted, validated) for validated in seen)


def test_real_splits_do_not_depend_on_mixing(tiny_classifier):
    X, y = blobs(60)
    plain, mixed = (estimator(tiny_classifier, mix_ratio=ratio).fit(X, y) for ratio in (0.0, 0.5))
    np.testing.assert_array_equal(plain._x_support, mixed._x_support)
    assert plain.report.validation_scores[0][0] == mixed.report.validation_scores[0][0]


def test_a_metric_that_is_undefined_falls_back_to_the_loss(tiny_classifier):
    from sklearn.metrics import roc_auc_score

    X, y = blobs(12)
    y[:] = 0
    y[5] = 1

    def score(y, p):
        value = roc_auc_score(y, p[:, 1])
        if not np.isfinite(value):
            raise ValueError("one class only")
        return -value

    said = []
    fitted = estimator(tiny_classifier).fit(X, y, score=score, warn=said.append)
    assert fitted.report.validation_name == "log loss"
    assert np.isfinite(fitted.report.validation_scores[0]).all()
    assert any("could not be computed" in reason for reason in fitted.report.fallbacks) and len(said) == 1


def test_validation_rows_of_no_use_are_replaced_by_a_hold_out(tiny_classifier):
    X, y = blobs(60, n_classes=3)
    known = (y != 2).to_numpy()
    fitted = estimator(tiny_classifier, "multiclass", 3).fit(X[known], y[known], X[~known], y[~known])
    assert fitted.report.rows_validation > 0
    assert fitted.report.validation_scores[0]


@pytest.mark.slow
def test_many_members_keep_the_time_limit(tiny_classifier):
    X, y = blobs(400)
    estimator("mini", fine_tune=False).fit(X, y)  # imports are not what is measured
    one = seconds_of(lambda: estimator("mini", fine_tune_steps=1).fit(X, y))
    fitted = estimator("mini", n_estimators=50, fine_tune_steps=1000)
    assert seconds_of(lambda: fitted.fit(X, y, time_limit=2.0)) - 2.0 < one, "not one member too many"
    assert 1 <= len(fitted.members) <= 50
    assert (len(fitted.members) < 50) == any("members" in reason for reason in fitted.report.fallbacks)
    assert np.isfinite(fitted.predict_proba(X[:5])).all()


@pytest.mark.slow
def test_five_hundred_columns_within_a_time_limit(tiny_classifier):
    rng = np.random.default_rng(0)
    y = pd.Series(rng.integers(0, 2, 300), name="y")
    X = pd.DataFrame(rng.standard_normal((300, 500)) + 0.3 * y.to_numpy()[:, None]).rename(columns=str)
    estimator(tiny_classifier, fine_tune_steps=1).fit(X[["0", "1"]], y)
    quick = {"discovery_resamples": 1, "generator_options": {"n_dags": 1}, "fine_tune_steps": 1}
    least = seconds_of(lambda: estimator(tiny_classifier, **quick).fit(X, y))
    long = {"fine_tune_steps": 10_000, "patience": 10_000, "discovery_resamples": 20}
    fitted = estimator(tiny_classifier, generator_options={"n_dags": 8}, **long)
    assert seconds_of(lambda: fitted.fit(X, y, time_limit=20)) - 20 < least
    assert fitted.report.dags and fitted.report.steps_taken[0] > 0


def test_tiny_numbers_survive_the_report(tiny_classifier):
    X, y = blobs(40)
    report = estimator(tiny_classifier, lr=1e-9).fit(X, y).report.to_dict()
    assert report["options"]["lr"] == 1e-9


def test_what_filled_the_gpu_is_freed_before_the_next_attempt(tiny_classifier, monkeypatch):
    """Inside the handler the error's traceback holds the frames, and with them model and activations."""
    import gc
    import weakref

    import torch

    plain, alive = CausalMixEstimator._tune, []

    def tune(self, learner, *args, **kwargs):
        if not alive:
            alive.append(weakref.ref(learner.model))
            activations = torch.zeros(3)
            alive.append(weakref.ref(activations))
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, learner, *args, **kwargs)

    freed = []

    def empty_cache():
        gc.collect()  # modules hold cycles; torch's own allocator collects before it gives up
        freed.append([reference() is None for reference in alive])

    monkeypatch.setattr(CausalMixEstimator, "_tune", tune)
    monkeypatch.setattr(torch.cuda, "empty_cache", empty_cache)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, mix_ratio=0).fit(X, y)
    assert freed == [[True, True]]
    assert "GPU memory ran out" in fitted.report.fallbacks[0] and fitted.report.steps_taken == [3]


def test_a_generator_without_dowhy_pays_nothing_for_its_import(tiny_classifier, monkeypatch):
    monkeypatch.delitem(sys.modules, "dowhy.gcm", raising=False)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, generator="bootstrap", mix_ratio=1.0)
    fitted.fit(X, y, time_limit=3.5)
    assert fitted.report.rows_synthetic_drawn > 0 and not fitted.report.fallbacks


def test_an_automatic_ratio_leaves_the_time_for_steps(tiny_classifier, monkeypatch):
    given = []

    def measure(self, unseen, seconds=None):
        given.append(seconds)

    monkeypatch.setattr("autogluon_causalmix.finetune.synthesis.SyntheticRows.measure", measure)
    X, y = blobs(60)
    estimator(tiny_classifier, generator="mixup", mix_ratio="auto").fit(X, y, time_limit=100)
    assert 0 < given[0] <= 30, "a share of what is left"
    estimator(tiny_classifier, generator="mixup", mix_ratio="auto").fit(X, y)
    assert given[1] is None


def test_a_labelling_model_that_cannot_be_loaded_loses_only_the_rows(tiny_classifier, monkeypatch):
    def broken(*args):
        raise RuntimeError("no memory for a second model")

    monkeypatch.setattr("autogluon_causalmix.finetune.estimator.untuned_labels", broken)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, label_source="model").fit(X, y)
    assert "no memory for a second model" in fitted.report.fallbacks[0]
    assert fitted.report.steps_taken == [3]


def test_joining_is_bounded_by_the_support_and_happens_once(tiny_classifier):
    X, y = blobs(100)
    fitted = estimator(tiny_classifier, fine_tune=False, max_support=70)
    fitted.fit(X[:60], y[:60], X[60:], y[60:], keep_validation=True)
    before = fitted.predict_proba(X)
    assert pickle.loads(pickle.dumps(fitted)).join_validation() == 0, "rows that wait are not saved"
    assert fitted.join_validation() == 10 and fitted.join_validation() == 0
    assert len(fitted._x_support) == len(fitted._y_support) == 70
    assert not np.allclose(before, fitted.predict_proba(X), atol=1e-7), "the encoded support is read anew"
    assert estimator(tiny_classifier, fine_tune=False).fit(X[:60], y[:60], X[60:], y[60:]).join_validation() == 0
