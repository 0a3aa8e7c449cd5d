"""What does a step cost, AutoGluon's MITRA beside CAUSALMIX: same checkpoint, rows and steps?

    python -m benchmarks.costs.step_timing [--full-size] [--before PATH]

A step is a training step and its validation pass. Both estimators are fitted with few and with
more steps in turn; the difference over the extra steps is free of loading and of causal work. Ours
runs in processes of its own (`one_step.py`), so that ``--before`` can measure another checkout of the
project in the same run, in turn. Ratios are taken pair by pair, medians of the repeats.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Annotated

import pandas as pd
import torch
import typer

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.incontext.mitra import new_tab2d
from benchmarks.costs.one_step import problem
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

ROOT = Path(__file__).parents[2]
ONE_STEP = Path(__file__).parent / "one_step.py"
#: (rows, features) and the steps of the longer fit; the shorter one takes one step.
SHAPES = (((200, 10), 13), ((500, 20), 6), ((1000, 10), 5))


def mitra_step(checkpoint: str, n: int, f: int, few: int, more: int) -> float:
    """Seconds of a step of AutoGluon's own estimator: difference of a longer and a shorter fit."""
    from autogluon.tabular.models.mitra.sklearn_interface import MitraClassifier

    X, y = problem(n, f)
    seconds = []
    for steps in (few, more):
        model = MitraClassifier(device="cpu", hf_model=checkpoint, fine_tune_steps=steps, patience=10**6, verbose=False)
        began = time.perf_counter()
        model.fit(X[:n].copy(), y[:n], X[n:].copy(), y[n:])
        seconds.append(time.perf_counter() - began)
    return (seconds[1] - seconds[0]) / (more - few)


def our_steps(tree: Path, checkpoint: str, n: int, f: int, few: int, more: int, threads: int) -> tuple[float, float]:
    """Seconds of a step of the estimator in a checkout, without and with mixing."""
    command = [sys.executable, "-P", str(ONE_STEP), checkpoint, *map(str, (n, f, few, more, threads))]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    plain, mixed = map(float, done.stdout.split()[-2:])
    return plain, mixed


def main(
    full_size: Annotated[bool, typer.Option(help="512x12 random weights at 200 x 10 instead (minutes).")] = False,
    repeats: Annotated[int, typer.Option(help="Pairs of fits.", min=1)] = 3,
    threads: Annotated[int | None, typer.Option(help="CPU threads; default: torch's choice.")] = None,
    first: Annotated[int, typer.Option(help="Measure only the first so many shapes.", min=1)] = len(SHAPES),
    before: Annotated[Path | None, typer.Option(help="Root of another checkout to measure in turn.")] = None,
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
    trees = ({"before": before} if before else {}) | {"ours": ROOT}
    cases = [("mini (64x5)", str(MINI_FOLDER), shape, 1, more) for shape, more in SHAPES[:first]]
    with tempfile.TemporaryDirectory() as folder:
        if full_size:
            new_tab2d(512, 12, 4, seed=0).save_pretrained(folder)
            cases = [("full size (512x12)", folder, SHAPES[0][0], 1, 4)]
        rows = []
        mitra_step(str(MINI_FOLDER), 60, 5, 1, 2)  # imports what a fit imports
        for label, checkpoint, (n, f), few, more in cases:
            measured = []
            for _ in range(repeats):
                pair = {"MITRA": mitra_step(checkpoint, n, f, few, more)}
                for name, tree in trees.items():
                    pair[name], pair[f"{name}, mixed"] = our_steps(tree.resolve(), checkpoint, n, f, few, more, threads)
                measured.append(pair)
            table = pd.DataFrame(measured)
            row = {"checkpoint": label, "rows x features": f"{n} x {f}", "pairs": repeats}
            row |= table.median().round(3).to_dict()
            for name in trees:
                row[f"MITRA / {name}"] = round(float((table["MITRA"] / table[name]).median()), 2)
                row[f"MITRA / {name}, mixed"] = round(float((table["MITRA"] / table[f"{name}, mixed"]).median()), 2)
            rows.append(row)
            typer.echo(row)
            # After every case: a cut run leaves what it measured.
            title = f"# Seconds per step on {threads} CPU threads"
            note = f"Medians of the pairs, validation pass included. {describe()}"
            write_markdown(out / "report.md", title, note, markdown(pd.DataFrame(rows), index=False))


if __name__ == "__main__":
    typer.run(main)
