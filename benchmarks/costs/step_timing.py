"""What does a step cost, AutoGluon's MITRA beside CAUSALMIX: same checkpoint, rows and steps?

    python -m benchmarks.costs.step_timing [--full-size]

A step is a training step and its validation pass. Both estimators are fitted with few and with
more steps in turn; the difference over the extra steps is free of loading and of causal work.
Ratios are taken pair by pair, medians of the repeats.
"""

from __future__ import annotations

import logging
import tempfile
import time
import warnings
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
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: (rows, features) and the steps of the longer fit; the shorter one takes one step.
SHAPES = (((200, 10), 13), ((500, 20), 6), ((1000, 10), 5))


def problem(n: int, f: int) -> tuple[pd.DataFrame, pd.Series]:
    """Numeric table of ``n + n // 4`` rows (the last fifth validates) with two classes."""
    rng = np.random.default_rng(0)
    rows = n + n // 4
    y = rng.integers(0, 2, rows)
    return pd.DataFrame(rng.standard_normal((rows, f)) + 0.5 * y[:, None]), pd.Series(y)


def stock_seconds(folder: str, X, y, n: int, steps: int, device: str = "cpu") -> float:
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


def main(
    full_size: Annotated[bool, typer.Option(help="512x12 random weights at 200 x 10 instead (minutes).")] = False,
    repeats: Annotated[int, typer.Option(help="Pairs of fits.", min=1)] = 3,
    threads: Annotated[int | None, typer.Option(help="CPU threads; default: torch's choice.")] = None,
    first: Annotated[int, typer.Option(help="Measure only the first so many shapes.", min=1)] = len(SHAPES),
    out: Annotated[
        Path | None, typer.Option(help="Folder of report.md; default: results/step_timing, or ..._full_size.")
    ] = None,
) -> None:
    """What does a step cost, AutoGluon's MITRA beside CAUSALMIX: same checkpoint, rows and steps?"""
    out = out or RESULTS / ("step_timing_full_size" if full_size else "step_timing")
    threads = threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    cases = [("mini (64x5)", str(MINI_FOLDER), shape, 1, more) for shape, more in SHAPES[:first]]
    with tempfile.TemporaryDirectory() as folder:
        if full_size:
            new_tab2d(512, 12, 4, seed=0).save_pretrained(folder)
            cases = [("full size (512x12)", folder, SHAPES[0][0], 1, 4)]
        rows = []
        for label, checkpoint, (n, f), few, more in cases:
            X, y = problem(n, f)
            runs = {
                "stock": lambda s, c=checkpoint, X=X, y=y, n=n: stock_seconds(c, X, y, n, s),
                "ours": lambda s, c=checkpoint, X=X, y=y, n=n: our_seconds(c, X, y, n, s, 0.0),
                "ours, mixed": lambda s, c=checkpoint, X=X, y=y, n=n: our_seconds(c, X, y, n, s, 0.3),
            }
            found = [{name: per_step(run, few, more) for name, run in runs.items()} for _ in range(repeats)]
            table = pd.DataFrame(found)
            row = {"checkpoint": label, "rows x features": f"{n} x {f}", "pairs": repeats}
            row |= table.median().round(3).to_dict()
            row["stock / ours"] = round(float((table["stock"] / table["ours"]).median()), 2)
            row["stock / mixed"] = round(float((table["stock"] / table["ours, mixed"]).median()), 2)
            rows.append(row)
            typer.echo(row)
            # After every case: a cut run leaves what it measured.
            title = f"# Seconds per step on {threads} CPU threads"
            note = f"Medians of the pairs, validation pass included. {describe()}"
            write_markdown(out / "report.md", title, note, markdown(pd.DataFrame(rows), index=False))


if __name__ == "__main__":
    typer.run(main)
