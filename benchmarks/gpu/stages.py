"""The stages of `gpu.run`: each is a function for a fresh process and returns rows of a table.

A case that fails (AutoGluon's MITRA runs out of memory, say) is a row with its error: the others go on. ``smoke``
replaces full-size weights and tables by tiny ones, so that everything but the numbers can be tried on a CPU.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = [
    "card",
    "full_size_weights",
    "memory",
    "precision",
    "predictions",
    "pretraining",
    "recovery",
    "steps",
    "tests",
]

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]
#: Dimension, layers and heads of the official weights, and of the smoke run's.
FULL_SIZE, TINY = (512, 12, 4), (16, 2, 2)
#: (rows, features) of the timings, (rows, features, rows predicted) of predictions, (rows, features) of memory.
STEP_SHAPES, TINY_STEP_SHAPES = ((200, 10), (500, 20), (2000, 20)), ((60, 4),)
PREDICTION_SHAPES, TINY_PREDICTION_SHAPES = ((200, 10, 5000), (2000, 20, 5000), (5000, 20, 5000)), ((60, 4, 80),)
MEMORY_SHAPES, TINY_MEMORY_SHAPES = ((500, 20), (2000, 50), (5000, 20)), ((60, 4),)
#: Rows and features of the fit that is made to run out of memory, and the share of what it needs that it gets.
RECOVERY_SHAPE, TINY_RECOVERY_SHAPE, RECOVERY_SHARE = (4000, 20), (60, 4), 0.6
#: Steps of the longer fit of a pair.
MORE_STEPS = 11


def card(device: str) -> str:
    """Name of the card, or of the processor where there is none."""
    import torch

    from benchmarks.grid.machine import machine

    return torch.cuda.get_device_name() if device.startswith("cuda") else str(machine()["processor"])


def full_size_weights(folder: str, smoke: bool) -> list[Row]:
    """Save random weights of the official size (the official ones cannot be downloaded everywhere)."""
    from autogluon_causalmix.incontext.mitra import new_tab2d

    dim, n_layers, n_heads = TINY if smoke else FULL_SIZE
    new_tab2d(dim, n_layers, n_heads, seed=0).save_pretrained(folder)
    return [{"dimension": dim, "layers": n_layers, "heads": n_heads}]


def tests(device: str, smoke: bool) -> list[Row]:
    """Run the tests marked gpu on the device."""
    command = [sys.executable, "-m", "pytest", "tests", "-m", "gpu", "-q", "--continue-on-collection-errors"]
    command += ["-p", "no:cacheprovider", "-rfE"]
    environment = os.environ | {"CAUSALMIX_TEST_DEVICE": device, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-500:]]
    counts = {what: int(n) for n, what in re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", lines[-1])}
    failures = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return [{"exit status": done.returncode, **counts, "failures": "; ".join(failures)[:2000]}]


def steps(device: str, folder: str, smoke: bool) -> list[Row]:
    """Seconds of a step (validation pass included) beside AutoGluon's MITRA: same weights, rows and steps."""
    from benchmarks.costs.one_step import problem
    from benchmarks.gpu.timing import mitra_seconds, our_seconds, per_step

    def case(n: int, f: int) -> Row:
        X, y = problem(n, f)
        runs = {
            "MITRA": lambda k: mitra_seconds(folder, X, y, n, k, device),
            "ours": lambda k: our_seconds(folder, X, y, n, k, 0.0, device),
            "ours, mixed": lambda k: our_seconds(folder, X, y, n, k, 0.5, device),
        }
        for run in runs.values():
            run(1)  # kernels are loaded and chosen
        seconds = {name: per_step(run, 1, MORE_STEPS) for name, run in runs.items()}
        return seconds | {"MITRA / ours": seconds["MITRA"] / seconds["ours"]}

    return _cases(case, TINY_STEP_SHAPES if smoke else STEP_SHAPES)


def predictions(device: str, folder: str, smoke: bool) -> list[Row]:
    """Seconds of predictions beside AutoGluon's MITRA; see `costs.predictions`."""
    from benchmarks.costs.predictions import measure

    shapes = TINY_PREDICTION_SHAPES if smoke else PREDICTION_SHAPES
    return _cases(lambda n, f, n_query: measure(folder, n, f, n_query, 3, device), shapes)


def memory(device: str, folder: str, smoke: bool) -> list[Row]:
    """The memory estimate beside the real peak of a fit and a prediction, in GB.

    On a GPU without what CUDA takes for itself, which torch's peak does not hold.
    """
    from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint
    from autogluon_causalmix.memory import CONTEXT_BYTES, fit_bytes
    from benchmarks.costs.one_step import problem
    from benchmarks.grid.memory import peak_memory

    def case(n: int, f: int) -> Row:
        options = _options(folder, fine_tune_steps=2)
        X, y = problem(n, f)
        on_gpu = device.startswith("cuda")
        estimate = fit_bytes(resolve_checkpoint(folder, "binary"), options, n, f, on_gpu=on_gpu)
        estimate -= CONTEXT_BYTES if on_gpu else 0
        with peak_memory() as used:
            _estimator(options, device).fit(X[:n], y[:n], X[n:], y[n:]).predict_proba(X)
        peak = (used["gpu_peak_mb"] if on_gpu else used["peak_mb"]) / 1e3
        return {"estimate": estimate / 1e9, "peak": peak, "estimate / peak": estimate / 1e9 / peak} | _reserved(on_gpu)

    return _cases(case, TINY_MEMORY_SHAPES if smoke else MEMORY_SHAPES)


def _reserved(on_gpu: bool) -> Row:
    if not on_gpu:
        return {}
    import torch

    row = {"reserved": torch.cuda.max_memory_reserved() / 1e9}
    torch.cuda.empty_cache()
    return row


def recovery(device: str, smoke: bool) -> list[Row]:
    """Let a fit run out of memory half-way: it must end with fewer support rows, and say so.

    On a GPU it is given `RECOVERY_SHARE` of what it needs; on a CPU the error is simulated.
    """
    import torch

    from benchmarks.costs.one_step import problem

    n, f = TINY_RECOVERY_SHAPE if smoke else RECOVERY_SHAPE
    X, y = problem(n, f)
    parts = X[:n], y[:n], X[n:], y[n:]
    options = _options("mini", fine_tune_steps=2, mix_ratio=0.0)
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    _estimator(options, device).fit(*parts)
    row: Row = {"rows x features": f"{n} x {f}"}
    if device.startswith("cuda"):
        needed, total = torch.cuda.max_memory_allocated(), torch.cuda.get_device_properties(0).total_memory
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(RECOVERY_SHARE * needed / total)
        row |= {"needs GB": needed / 1e9, "was given GB": RECOVERY_SHARE * needed / 1e9}
        limited = _estimator(options, device).fit(*parts)
        torch.cuda.set_per_process_memory_fraction(1.0)
    else:
        with _failing_once():
            limited = _estimator(options, device).fit(*parts)
        row |= {"needs GB": None, "was given GB": "simulated"}
    reasons = [reason for reason in limited.report.fallbacks if "memory ran out" in reason]
    finite = bool(torch.isfinite(torch.from_numpy(limited.predict_proba(parts[2]))).all())
    return [row | {"recovered": bool(reasons) and finite, "reasons": "; ".join(reasons)}]


@contextlib.contextmanager
def _failing_once() -> Iterator[None]:
    """Make the first attempt to tune a member within the block end as a GPU's would."""
    import torch

    from autogluon_causalmix.finetune import tuner

    plain, failed = tuner.fine_tune, []

    def fine_tune(*arguments):
        if not failed:
            failed.append(True)
            raise torch.cuda.OutOfMemoryError("simulated")
        return plain(*arguments)

    tuner.fine_tune = fine_tune
    try:
        yield
    finally:
        tuner.fine_tune = plain


def precision(device: str, folder: str, smoke: bool) -> list[Row]:
    """bfloat16 against float32: the untuned probabilities' distance from the CPU's, test losses, seconds of a step."""
    import numpy as np
    from sklearn.datasets import load_breast_cancer, load_wine

    from benchmarks.costs.one_step import problem
    from benchmarks.gpu.timing import our_seconds, per_step

    # A CPU without bfloat16 of its own takes minutes for what others do in seconds: little of it in a smoke run.
    last, given = (120, {"n_views": 1}) if smoke else (None, {})

    def of_table(name: str, frame: Any) -> list[Row]:
        X, y = frame.data, frame.target
        order = np.random.default_rng(0).permutation(len(X))
        train, validation, test = (order[a:b] for a, b in ((0, 60), (60, 90), (90, last)))

        def fitted(where: str, **options) -> np.ndarray:
            estimator = _estimator(_options("mini", mix_ratio=0.0, **given, **options), where, int(y.max()) + 1)
            parts = X.iloc[train], y.iloc[train], X.iloc[validation], y.iloc[validation]
            return estimator.fit(*parts).predict_proba(X.iloc[test])

        truth = y.iloc[test].to_numpy()
        exact = fitted("cpu", fine_tune=False, precision="float32")
        rows = []
        for kind in ("float32", "bfloat16"):
            untuned = fitted(device, fine_tune=False, precision=kind)
            tuned = fitted(device, precision=kind, fine_tune_steps=2 if smoke else 30)
            losses = {what: -np.log(np.clip(p[np.arange(len(p)), truth], 1e-6, 1)).mean()
                      for what, p in (("untuned", untuned), ("tuned", tuned))}  # fmt: skip
            rows.append(
                {
                    "case": name,
                    "precision": kind,
                    "largest difference from the CPU": float(np.abs(untuned - exact).max()),
                    "log loss untuned": float(losses["untuned"]),
                    "log loss tuned": float(losses["tuned"]),
                }
            )
        return rows

    n, f = TINY_STEP_SHAPES[0] if smoke else STEP_SHAPES[1]
    X, y = problem(n, f)
    timed = []
    for kind in ("float32", "bfloat16"):

        def run(k: int, kind: str = kind) -> float:
            return our_seconds(folder, X, y, n, k, 0.0, device, precision=kind)

        run(1)
        timed.append(
            {"case": f"full size, {n} x {f}", "precision": kind, "seconds of a step": per_step(run, 1, MORE_STEPS)}
        )
    tables = {"breast cancer": load_breast_cancer(as_frame=True), "wine": load_wine(as_frame=True)}
    return [row for name, frame in tables.items() for row in of_table(name, frame)] + timed


def pretraining(device: str, smoke: bool, state: str | None, out: str, seconds: float) -> list[Row]:
    """Pretrain for so many seconds, from a saved state if one is given; what is saved lies in ``out``."""
    from benchmarks.gpu.pretrain import pretrain

    return [pretrain(device, smoke, state, Path(out), seconds)]


def _options(folder: str, **given: Any) -> Any:
    from autogluon_causalmix.options import CausalMixOptions

    return CausalMixOptions.from_hyperparameters({"hf_model": folder, "patience": 10**6} | given)


def _estimator(options: Any, device: str, n_classes: int = 2) -> Any:
    from autogluon_causalmix.finetune.estimator import CausalMixEstimator

    return CausalMixEstimator(options, "binary" if n_classes == 2 else "multiclass", n_classes, device)


def _cases(case: Callable[..., Row], shapes: Iterable[tuple[int, ...]]) -> list[Row]:
    rows = []
    for shape in shapes:
        began = time.perf_counter()
        row: Row = {"rows x features": f"{shape[0]} x {shape[1]}"}
        try:
            row |= {name: float(value) for name, value in case(*shape).items()}
        except Exception as error:  # one shape that does not fit says nothing about the others
            row |= {"error": f"{type(error).__name__}: {error}"[:300]}
        rows.append(row | {"stage seconds": time.perf_counter() - began})
    return rows
