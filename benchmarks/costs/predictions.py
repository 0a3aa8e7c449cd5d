"""What do predictions cost, AutoGluon's MITRA beside CAUSALMIX, and how far is the hardware's rate?

    python -m benchmarks.costs.predictions [--full-size]

Untuned models with the same weights on one thread: many rows in the first call (which reads the
support) and in later ones, and a single row on a model that has predicted before. In one view; "six
views", the default on small tables, is many rows in later calls. Seconds are the process's own on the
CPU: on one thread of an idle machine they are the clock's, and other processes touch them less. On a GPU they are the
clock's.
"of the rate": the share of the seconds that the pass's floating-point operations would
take at the rate of a large matrix product in the same precision.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.costs.one_step import problem
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: Support rows, columns, rows predicted.
SHAPES = ((200, 10, 5000), (500, 20, 5000), (2000, 20, 5000), (5000, 20, 5000))
FULL_SIZE = ((200, 10, 200), (500, 20, 200))
#: Matrix products between two looks at the clock: a single one ends before a GPU's clock has ticked.
GPU_PRODUCTS = 50


def seconds(call: Callable[[], object], repeats: int, device: str = "cpu") -> float:
    """Median seconds of a call: the CPU's, or those of the clock until a GPU has done its part."""
    on_gpu = device != "cpu"
    clock, taken = time.perf_counter if on_gpu else time.process_time, []
    for _ in range(repeats):
        if on_gpu:
            torch.cuda.synchronize(device)
        began = clock()
        call()
        if on_gpu:
            torch.cuda.synchronize(device)
        taken.append(clock() - began)
    return statistics.median(taken)


def matrix_rate(dtype: torch.dtype, size: int = 2048, device: str = "cpu") -> float:
    """Floating-point operations a second of a large matrix product."""
    a = torch.randn(size, size).to(device, dtype)
    if device == "cpu":
        return 2 * size**3 / seconds(lambda: a @ a, 5)

    def product() -> None:
        for _ in range(GPU_PRODUCTS):
            a @ a

    product()  # kernels are loaded
    return 2 * GPU_PRODUCTS * size**3 / seconds(product, 5, device)


def _untuned(folder: str, n_views: int, device: str) -> CausalMixEstimator:
    options = CausalMixOptions.from_hyperparameters({"hf_model": folder, "fine_tune": False, "n_views": n_views})
    return CausalMixEstimator(options, "binary", 2, device)


def measure(folder: str, n: int, f: int, n_query: int, repeats: int, device: str = "cpu") -> dict[str, float]:
    """One row of the table."""
    from autogluon.tabular.models.mitra.sklearn_interface import MitraClassifier

    X, y = problem(n, f)
    X, y = X[:n], y[:n]
    query = pd.DataFrame(np.random.default_rng(1).standard_normal((n_query, f)))
    mitra = MitraClassifier(device=device, hf_model=folder, fine_tune=False, verbose=False)
    mitra.fit(X.copy(), y)
    ours, six = (_untuned(folder, n_views, device).fit(X, y) for n_views in (1, 6))
    first = seconds(lambda: ours.predict_proba(query), 1, device)
    ours.predict_proba(query[:1])
    six.predict_proba(query)
    row = {
        "MITRA": seconds(lambda: mitra.predict_proba(query.copy()), repeats, device),
        "ours, first": first,
        "ours, later": seconds(lambda: ours.predict_proba(query), repeats, device),
        "six views, later": seconds(lambda: six.predict_proba(query), repeats, device),
        "MITRA, 1 row": seconds(lambda: mitra.predict_proba(query[:1].copy()), repeats, device),
        "ours, 1 row": seconds(lambda: ours.predict_proba(query[:1]), 5 * repeats, device),
    }
    learner = ours.members[0].learner
    rate = matrix_rate(torch.bfloat16 if learner.rounds else torch.float32, device=device)
    row["MITRA / first"] = row["MITRA"] / first
    row["MITRA / later"] = row["MITRA"] / row["ours, later"]
    row["six views / one"] = row["six views, later"] / row["ours, later"]
    row["MITRA / ours, 1 row"] = row["MITRA, 1 row"] / row["ours, 1 row"]
    row["of the rate"] = learner.pass_work(n, n_query, f) * n_query / (n + n_query) / rate / row["ours, later"]
    return row


def main(
    full_size: Annotated[bool, typer.Option(help="512x12 random weights instead.")] = False,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    first: Annotated[int, typer.Option(help="Measure only the first so many shapes.", min=1)] = len(SHAPES),
    out: Annotated[Path | None, typer.Option(help="Folder of report.md.")] = None,
) -> None:
    """What do predictions cost, AutoGluon's MITRA beside CAUSALMIX, and how far is the hardware's rate?"""
    out = out or RESULTS / ("predictions_full_size" if full_size else "predictions")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        if full_size:
            new_tab2d(512, 12, 4, seed=0).save_pretrained(folder)
        for n, f, n_query in (FULL_SIZE if full_size else SHAPES)[:first]:
            row = measure(folder if full_size else str(MINI_FOLDER), n, f, n_query, repeats)
            rows.append({"support": f"{n} x {f}", "rows": n_query, **row})
            typer.echo(rows[-1])
            title = "# CPU seconds of predictions on one thread"
            note = f"Medians of {repeats} calls. {describe()}"
            write_markdown(out / "report.md", title, note, markdown(pd.DataFrame(rows), index=False))


if __name__ == "__main__":
    typer.run(main)
