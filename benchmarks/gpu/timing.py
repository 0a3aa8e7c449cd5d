"""Seconds of a step in this process, on any device: of AutoGluon's own estimator and of ours."""

from __future__ import annotations

import time

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions

__all__ = ["mitra_seconds", "our_seconds", "per_step"]


def mitra_seconds(folder: str, X, y, n: int, steps: int, device: str = "cpu") -> float:
    from autogluon.tabular.models.mitra.sklearn_interface import MitraClassifier

    model = MitraClassifier(device=device, hf_model=folder, fine_tune_steps=steps, patience=10**6, verbose=False)
    began = time.perf_counter()
    model.fit(X[:n].copy(), y[:n], X[n:].copy(), y[n:])
    return time.perf_counter() - began


def our_seconds(folder: str, X, y, n: int, steps: int, mix_ratio: float, device: str = "cpu", **more) -> float:
    given = {"hf_model": folder, "fine_tune_steps": steps, "patience": 10**6, "mix_ratio": mix_ratio} | more
    options = CausalMixOptions.from_hyperparameters(given)
    estimator = CausalMixEstimator(options, "binary", 2, device)
    return estimator.fit(X[:n], y[:n], X[n:], y[n:]).report.seconds["fine-tuning"]


def per_step(run, few: int, more: int) -> float:
    """Seconds of one step: difference of a longer and a shorter fit."""
    short, long = run(few), run(more)
    return (long - short) / (more - few)
