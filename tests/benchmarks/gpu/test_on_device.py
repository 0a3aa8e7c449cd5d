"""What must hold on a GPU. Run by ``benchmarks.gpu``; ``CAUSALMIX_TEST_DEVICE=cpu`` tries them on a CPU."""

import os
import pickle

import numpy as np
import pytest
import torch

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.incontext.learner import InContextModel, has_native_bfloat16
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.pretraining.state import read_state
from autogluon_causalmix.pretraining.train import TrainOptions, run

from ...conftest import blobs

DEVICE = os.environ.get("CAUSALMIX_TEST_DEVICE", "cuda")
ON_GPU = DEVICE.startswith("cuda")
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(ON_GPU and not torch.cuda.is_available(), reason="no CUDA GPU here"),
]
QUICK = {"hf_model": "mini", "fine_tune_steps": 5, "discovery_resamples": 2, "pool_rows": 200}


def fitted(device=DEVICE, problem_type="binary", n_classes=2, rows=90, **options):
    X, y = blobs(rows, n_classes=max(2, n_classes))
    if problem_type == "regression":
        y = X["a"] + 0.1 * y
    n = 2 * rows // 3
    estimator = CausalMixEstimator(
        CausalMixOptions.from_hyperparameters(QUICK | options), problem_type, n_classes, device
    )
    return estimator.fit(X[:n], y[:n], X[n:], y[n:]), X, y


def test_float32_says_what_the_cpu_says():
    there, X, _ = fitted(fine_tune=False, precision="float32")
    here, _, _ = fitted("cpu", fine_tune=False, precision="float32")
    assert np.abs(there.predict_proba(X) - here.predict_proba(X)).max() < 2e-3


def test_bfloat16_says_nearly_the_same_and_is_taken_where_it_is_native():
    exact, X, _ = fitted(fine_tune=False, precision="float32")
    rounded, _, _ = fitted(fine_tune=False, precision="bfloat16")
    assert np.abs(exact.predict_proba(X) - rounded.predict_proba(X)).max() < 0.05
    automatic, _, _ = fitted(fine_tune=False)
    assert automatic.members[0].learner.rounds == has_native_bfloat16(DEVICE)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(("problem_type", "n_classes"), [("binary", 2), ("multiclass", 3), ("regression", 0)])
def test_a_fit_is_never_worse_on_validation_than_the_untuned_model(problem_type, n_classes, precision):
    estimator, X, _ = fitted(problem_type=problem_type, n_classes=n_classes, precision=precision, n_views=2)
    report = estimator.report
    (scores,) = report.validation_scores
    assert report.steps_taken == [5] and np.isfinite(scores).all()
    assert scores[report.step_kept[0]] <= scores[0] and not report.fallbacks
    assert next(estimator.members[0].learner.model.parameters()).device.type == torch.device(DEVICE).type
    assert np.isfinite(estimator.predict_proba(X)).all()


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_rows_bits_do_not_depend_on_the_rows_beside_it(bfloat16):
    learner = InContextModel(new_tab2d(32, 2, 2, seed=0), 2, DEVICE, "bfloat16" if bfloat16 else "float32")
    rng = np.random.default_rng(0)
    x, query = (rng.standard_normal((n, 6)).astype(np.float32) for n in (100, 2500))
    support = learner.encode(x, rng.integers(0, 2, 100))
    whole = learner.predict(support, query)
    for part in (slice(0, 1), slice(700, 1800), slice(1024, 2500)):
        assert torch.equal(learner.predict(support, query[part]), whole[part])


def test_a_fit_that_was_saved_predicts_on_a_cpu_and_back():
    estimator, X, _ = fitted(precision="float32")
    there = estimator.predict_proba(X)
    again = pickle.loads(pickle.dumps(estimator))
    assert again.device == "cpu" and np.abs(again.predict_proba(X) - there).max() < 2e-3
    assert np.abs(again.to(DEVICE).predict_proba(X) - there).max() < 1e-6


@pytest.mark.parametrize("options", [
    {"generator": "tabebm", "generator_options": {"n_steps": 3, "n_rows": 40}},
    {"label_source": "model"},
    {"n_estimators": 2},
    {"mix_into": "both"},
], ids=str)  # fmt: skip
def test_what_else_touches_the_device_does_its_work_there(options):
    estimator, X, _ = fitted(mix_ratio=0.5, **options)
    assert not [reason for reason in estimator.report.fallbacks if "on real rows" in reason or "no synthetic" in reason]
    assert estimator.report.rows_synthetic_drawn > 0 and np.isfinite(estimator.predict_proba(X)).all()


@pytest.mark.skipif(not ON_GPU, reason="a CPU's memory is not limited so")
def test_a_fit_that_runs_out_of_memory_goes_on_with_fewer_support_rows():
    options = {"rows": 4500, "mix_ratio": 0.0, "fine_tune_steps": 2}
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    fitted(**options)
    needed = torch.cuda.max_memory_allocated()
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.6 * needed / torch.cuda.get_device_properties(0).total_memory)
    try:
        estimator, X, _ = fitted(**options)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert "GPU memory ran out" in estimator.report.fallbacks[0]
    assert np.isfinite(estimator.predict_proba(X[:100])).all()


def test_a_predictor_fits_on_the_device(tmp_path):
    from autogluon.tabular import TabularPredictor

    X, y = blobs(90)
    data = X.assign(y=y.map({0: "no", 1: "yes"}))
    predictor = TabularPredictor("y", path=str(tmp_path), verbosity=0).fit(
        data, hyperparameters={"CAUSALMIX": QUICK}, fit_weighted_ensemble=False, num_cpus=1, num_gpus=int(ON_GPU)
    )
    assert predictor.model_names() and predictor.predict_proba(data).notna().all(axis=None)


def test_pretraining_learns_stops_and_goes_on(tmp_path):
    options = {"out": tmp_path, "device": DEVICE, "dim": 16, "n_layers": 1, "cells_per_step": 256, "eval_every": 10}
    run(TrainOptions(tokens=6000, **options))
    first = read_state(tmp_path / "state.pt")
    run(TrainOptions(tokens=9000, **options))
    second = read_state(tmp_path / "state.pt")
    assert first["tokens"] >= 6000 and second["tokens"] >= 9000 and second["step"] > first["step"]
    assert all(torch.isfinite(value).all() for value in second["average"].values() if value.is_floating_point())
