"""What a fit leaves behind: repeatable predictions, before and after it was saved."""

import inspect
import pickle
import sys
import types

import numpy as np
import pytest
import torch

from autogluon_causalmix.finetune import fitted as fits
from autogluon_causalmix.finetune.members import Member

from .conftest import blobs, estimator


@pytest.fixture
def said(monkeypatch):
    """Warnings, none of which was said before; whatever levels other tests have set."""
    fits._say_once.cache_clear()
    warnings = []
    monkeypatch.setattr(fits.logger, "warning", warnings.append)
    return warnings


class Rows:
    """A user's generator: the real rows again."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


def test_prediction_is_repeatable_also_with_a_capped_support(tiny_classifier):
    X, y = blobs(80)
    fitted = estimator(tiny_classifier, max_support=20).fit(X, y)
    np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(X))


def test_saved_and_loaded_predictions_are_the_same(tiny_classifier):
    X, y = blobs(50)
    fitted = estimator(tiny_classifier, n_estimators=2).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))
    assert again.report.to_dict() == fitted.report.to_dict()


def test_a_saved_model_needs_no_generator(tiny_classifier, monkeypatch):
    X, y = blobs(50)
    module = types.ModuleType("a_module_of_the_user")
    exec(inspect.getsource(Rows), module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    fitted = estimator(tiny_classifier, generator=module.Rows()).fit(X, y)
    saved = pickle.dumps(fitted)
    monkeypatch.delitem(sys.modules, module.__name__)
    again = pickle.loads(saved)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert again.report.options["generator"] == "a_module_of_the_user:Rows"


@pytest.mark.parametrize(("others_kept", "ends_on"), [(1, "cuda"), (0, "cpu")])
def test_a_gpu_without_memory_predicts_with_less_and_leaves_the_rest_to_the_cpu(
    tiny_classifier, monkeypatch, said, others_kept, ends_on
):
    X, y = blobs(50)
    fitted, predict = estimator(tiny_classifier, n_estimators=2).fit(X, y), Member.predict
    expected = fitted.predict_proba(X)
    fitted.device = "cuda"

    def full(member, *rows):
        """As on a GPU that has no room for what other members keep, or for anything."""
        kept = sum(other._kept is not None for other in fitted.members if other is not member)
        if fitted.device == "cuda" and kept >= others_kept:
            raise torch.cuda.OutOfMemoryError("simulated")
        return predict(member, *rows)

    monkeypatch.setattr(Member, "predict", full)
    for device in ("cuda", fitted.device, "cuda"):  # as models that are loaded anew
        fitted.device = device
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)
    assert fitted.device == ends_on
    assert said == ends_on.count("cpu") * [
        "CausalMix ran out of GPU memory and predicts on the CPU, which takes longer."
    ]


def test_a_gpu_without_memory_frees_what_other_models_keep(tiny_classifier, monkeypatch):
    X, y = blobs(50)
    first, second = (estimator(tiny_classifier).fit(X, y) for _ in range(2))
    expected, predict = first.predict_proba(X), Member.predict
    first.device = second.device = "cuda"

    def full(member, *rows):
        if any(other._kept is not None for other in first.members if other is not member):
            raise torch.cuda.OutOfMemoryError("simulated")
        return predict(member, *rows)

    monkeypatch.setattr(Member, "predict", full)
    np.testing.assert_array_equal(second.predict_proba(X), expected)
    assert second.device == "cuda" and first.members[0]._kept is None


def test_a_gpu_without_room_for_the_weights_leaves_them_on_the_cpu(tiny_classifier, monkeypatch, said):
    X, y = blobs(50)
    fitted, move = estimator(tiny_classifier, n_estimators=2).fit(X, y), Member.to
    expected = fitted.predict_proba(X)

    def full(member, device):
        if device == "cuda" and member is fitted.members[1]:
            raise RuntimeError("CUDA error: out of memory")
        move(member, "cpu")

    monkeypatch.setattr(Member, "to", full)
    assert fitted.to("cuda") is fitted and fitted.device == "cpu"
    assert len(said) == 1 and "predicts on the CPU" in said[0]
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)
    monkeypatch.setattr(Member, "to", lambda *args: (_ for _ in ()).throw(RuntimeError("invalid device ordinal")))
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        fitted.to("cuda:7")
    monkeypatch.setattr(Member, "to", lambda *args: (_ for _ in ()).throw(RuntimeError("CUDA error: out of memory")))
    with pytest.raises(RuntimeError, match="out of memory"):  # of a GPU that fails while it is left
        fitted.to("cuda")


def test_another_error_of_a_prediction_is_not_hidden(tiny_classifier, monkeypatch):
    X, y = blobs(50)
    fitted = estimator(tiny_classifier).fit(X, y)
    monkeypatch.setattr(Member, "predict", lambda *args: (_ for _ in ()).throw(RuntimeError("a fault")))
    with pytest.raises(RuntimeError, match="a fault"):
        fitted.predict_proba(X)


def test_joining_is_bounded_by_the_support_and_happens_once(tiny_classifier):
    X, y = blobs(100)
    untuned = estimator(tiny_classifier, fine_tune=False, max_support=70)
    fitted = untuned.fit(X[:60], y[:60], X[60:], y[60:], keep_validation=True)
    before = fitted.predict_proba(X)
    assert pickle.loads(pickle.dumps(fitted)).join_validation() == 0, "rows that wait are not saved"
    assert fitted.join_validation() == 10 and fitted.join_validation() == 0
    assert len(fitted.support.x) == len(fitted.support.target) == 70
    assert not np.allclose(before, fitted.predict_proba(X), atol=1e-7), "the encoded support is read anew"
    assert estimator(tiny_classifier, fine_tune=False).fit(X[:60], y[:60], X[60:], y[60:]).join_validation() == 0


def test_rows_held_out_of_training_do_not_join_a_second_time(tiny_classifier):
    X, y = blobs(60, n_classes=3)
    known = (y != 1).to_numpy()
    fitted = estimator(tiny_classifier, "multiclass", 3, fine_tune_steps=1).fit(
        X[known], y[known], X[~known], y[~known], keep_validation=True
    )
    assert fitted.report.rows_validation > 0, "held out of training, for no given row has a known class"
    assert fitted.join_validation() == 0
    assert len(np.unique(fitted.support.x, axis=0)) == len(fitted.support.x) == known.sum()
