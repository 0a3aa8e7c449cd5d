"""Fine-tuning goes on with less where a GPU has no memory left, which errors stand for here."""

import numpy as np
import pytest
import torch

from autogluon_causalmix.finetune import rows as rows_module
from autogluon_causalmix.finetune import tuner
from autogluon_causalmix.finetune.rows import UntunedLabels
from autogluon_causalmix.finetune.weights import Weights

from .conftest import blobs, estimator


def test_what_filled_the_gpu_is_freed_before_the_next_attempt(tiny_classifier, monkeypatch):
    """Inside the handler the error's traceback holds the frames, and with them model and activations."""
    import weakref

    plain, alive = tuner.Tuner._tune, []

    def tune(self, members, learners, *args, **kwargs):
        if not alive:
            alive.append(weakref.ref(learners[0].model))
            activations = torch.zeros(3)
            alive.append(weakref.ref(activations))
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, members, learners, *args, **kwargs)

    freed = []

    def empty_cache():
        freed.append([reference() is None for reference in alive])

    monkeypatch.setattr(tuner.Tuner, "_tune", tune)
    monkeypatch.setattr(torch.cuda, "empty_cache", empty_cache)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, mix_ratio=0).fit(X, y)
    assert freed == [[True, True]]
    assert "GPU memory ran out" in fitted.report.fallbacks[0] and fitted.report.steps_taken == [3]


def test_members_after_one_that_ran_out_of_memory_are_those_that_they_would_have_been(tiny_classifier, monkeypatch):
    plain, calls = tuner.Tuner._tune, []

    def tune(self, *args, **kwargs):
        calls.append(args[0])
        if len(calls) == 1:
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, *args, **kwargs)

    X, y = blobs(60)
    options = {"n_estimators": 2, "mix_ratio": 0, "max_support": 10}  # the second attempt's rows are as many
    usual = estimator(tiny_classifier, **options).fit(X, y)
    monkeypatch.setattr(tuner.Tuner, "_tune", tune)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    again = estimator(tiny_classifier, **options | {"max_support": 20}).fit(X, y)
    assert calls == [[0], [0], [1]] and again.report.fallbacks
    for one, other in zip(usual.members, again.members, strict=True):
        assert all(view.is_as(twin) for view, twin in zip(one.views, other.views, strict=True))


def test_a_model_that_labels_rows_is_given_half_as_well(tiny_classifier, monkeypatch):
    plain, rows = tuner.Tuner._tune, []

    def tune(self, *args):
        (supply,) = self.supplies
        supply.take(3)
        rows.append(len(supply.read._split.training_support(supply.read._max_support)))
        if len(rows) == 1:
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, *args)

    monkeypatch.setattr(tuner.Tuner, "_tune", tune)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator="mixup", label_source="model").fit(X, y).report
    assert rows == [48, 19] and report.rows_synthetic_used, "38 support rows of 48 training rows, halved"


def labelled_without_memory(checkpoint, monkeypatch, fails):
    """Report of a fit whose untuned model has no memory in some calls, and its support rows by call and in the end.

    The first call is that of the preparation.
    """
    plain, seen = UntunedLabels.__call__, []

    def label(self, values):
        seen.append(self._max_support)
        if fails(len(seen)):
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, values)

    monkeypatch.setattr(UntunedLabels, "__call__", label)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    X, y = blobs(60)
    fitted = estimator(checkpoint, generator="mixup", label_source="model", mix_ratio=0.9).fit(X, y)
    seen.append(len(fitted.support))
    return fitted.report, seen


def test_memory_that_ran_out_while_rows_were_labelled_is_asked_for_again_with_fewer(tiny_classifier, monkeypatch):
    report, seen = labelled_without_memory(tiny_classifier, monkeypatch, lambda call: call == 2)
    assert "GPU memory ran out" in report.fallbacks[0] and len(report.fallbacks) == 1
    assert report.rows_synthetic_used and seen[2] < seen[1]


def test_a_gpu_that_never_has_the_memory_for_labels_still_tunes(tiny_classifier, monkeypatch):
    report, seen = labelled_without_memory(tiny_classifier, monkeypatch, lambda call: call > 1)
    assert len(seen[:-1]) == 1 + tuner.MEMORY_ATTEMPTS and report.steps_taken == [3] and not report.rows_synthetic_used
    assert "synthetic rows stopped: OutOfMemoryError" in report.fallbacks[-1]
    assert seen[-1] == 60, "real rows have the whole size again"


def test_a_generator_that_ran_out_of_memory_costs_its_rows_alone(tiny_classifier, monkeypatch):
    """Smaller episodes would not help it."""
    from autogluon_causalmix.generators.base import RowPool

    plain, calls = RowPool.take, []

    def take(self, k):
        calls.append(k)
        if len(calls) > 1:
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, k)

    monkeypatch.setattr(RowPool, "take", take)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, generator="mixup", mix_ratio=0.9).fit(X, y)
    assert len(calls) == 2 and fitted.report.steps_taken == [3]
    assert fitted.report.fallbacks == ["synthetic rows stopped: OutOfMemoryError: simulated"]


def test_an_untuned_model_that_a_gpu_has_no_memory_for_labels_with_fewer_rows(tiny_classifier, monkeypatch):
    """In the preparation, before tuning could halve anything: the rows must not be lost for it."""
    plain, asked = rows_module.untuned_labels, []

    def labels(learner, x, target):
        asked.append(len(x))
        if len(x) > 80:
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(learner, x, target)

    monkeypatch.setattr(rows_module, "untuned_labels", labels)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    X, y = blobs(300)
    report = estimator(tiny_classifier, generator="mixup", label_source="model", mix_ratio=0.9).fit(X, y).report
    assert asked == [240, 120, 60] and report.rows_synthetic_used
    assert report.fallbacks[-1] == "GPU memory ran out: the untuned model labels rows with 60 training rows"
    asked.clear()
    few = estimator(tiny_classifier, generator="mixup", label_source="model").fit(X[:120], y[:120]).report
    assert asked == [96] and "OutOfMemoryError" in few.fallbacks[0], "48 rows would label at random"
    monkeypatch.setattr(rows_module, "untuned_labels", lambda *_: (_ for _ in ()).throw(RuntimeError("shapes")))
    report = estimator(tiny_classifier, generator="mixup", label_source="model").fit(X, y).report
    assert "RuntimeError: shapes" in report.fallbacks[0], "no other fault is asked for again"


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call",
        'NVML_SUCCESS == r INTERNAL ASSERT FAILED at "/pytorch/c10/cuda/CUDACachingAllocator.cpp":1128, please report',
    ],
)
def test_a_gpu_that_others_fill_is_told_from_a_fault(tiny_classifier, monkeypatch, words):
    plain, failed = Weights.learner, []

    def learner(self, *args):
        if not failed:
            failed.append(True)
            raise RuntimeError(words)
        return plain(self, *args)

    monkeypatch.setattr(Weights, "learner", learner)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, mix_ratio=0).fit(X, y)
    assert "GPU memory ran out" in fitted.report.fallbacks[0]
    failed.clear()
    monkeypatch.setattr(Weights, "learner", lambda *args: (_ for _ in ()).throw(RuntimeError("shapes do not match")))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        estimator(tiny_classifier, mix_ratio=0).fit(X, y)


def test_an_untuned_model_finds_out_in_its_fit_whether_it_can_read_its_support(tiny_classifier, monkeypatch):
    read, plain = [], tuner.Member.predict

    def predict(self, x_support, *args):
        read.append(len(x_support))
        if len(read) == 1:
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(self, x_support, *args)

    monkeypatch.setattr(tuner, "on_gpu", lambda device: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    X, y = blobs(60)
    model = estimator(tiny_classifier, fine_tune=False)
    monkeypatch.setattr(tuner.Member, "predict", predict)
    fitted = model.fit(X, y)
    assert read == [60, 24] and "GPU memory ran out" in fitted.report.fallbacks[0]
    assert len(fitted.support) == 24 and np.isfinite(fitted.predict_proba(X)).all()
