"""From how much work on does a second thread win: a fine-tuning step with one and with two, as tables grow.

    python -m benchmarks.costs.threads [--repeats 5]

On an idle machine. A step is a training step and its validation pass, without mixing; one and two
threads are measured in turn, the ratio is taken pair by pair. Below `threads.SMALL_WORK` a fit has one
thread whatever the machine has to spare, so that its result does not depend on that.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer

from autogluon_causalmix import threads
from autogluon_causalmix.finetune.episodes import EpisodeSize
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.incontext.mitra import new_tab2d
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.costs.one_step import fine_tuning_seconds
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: Weights, (rows, columns), and steps of the longer fit; the shorter one takes one.
CASES = (
    ("mini", (50, 5), 21),
    ("mini", (200, 10), 21),
    ("mini", (200, 20), 13),
    ("mini", (300, 20), 11),
    ("mini", (200, 40), 11),
    ("mini", (500, 20), 7),
    ("mini", (1000, 20), 4),
    ("full size", (50, 5), 4),
)


def work(checkpoint: str, n: int, f: int) -> float:
    """Floating-point operations of a step of ``n`` training rows."""
    options = CausalMixOptions.from_hyperparameters({"hf_model": checkpoint}).weights
    learner = Weights.resolve(options, "binary", 2, "cpu", Journal()).learner(2)
    return learner.step_work(*EpisodeSize().of(n), f)


def step_seconds(checkpoint: str, n: int, f: int, more: int, n_threads: int) -> float:
    """Seconds of a step: what a fit of ``more`` steps takes longer than one of a single step."""
    torch.set_num_threads(n_threads)
    short, long = (fine_tuning_seconds(checkpoint, n, f, steps, 0.0) for steps in (1, more))
    return (long - short) / (more - 1)


def main(
    repeats: Annotated[int, typer.Option(help="Pairs of one and two threads.", min=1)] = 5,
    first: Annotated[int, typer.Option(help="Measure only the first so many cases.", min=1)] = len(CASES),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "threads",
) -> None:
    """From how much work on does a second thread win?"""
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    small, threads.SMALL_WORK = threads.SMALL_WORK, 0.0
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        new_tab2d(512, 12, 4, seed=0).save_pretrained(folder)
        for label, (n, f), more in CASES[:first]:
            checkpoint = "mini" if label == "mini" else folder
            pairs = np.array([[step_seconds(checkpoint, n, f, more, k) for k in (1, 2)] for _ in range(repeats)])
            operations = work(checkpoint, n, f)
            one, two = np.median(pairs, axis=0)
            row = {"weights": label, "rows x columns": f"{n} x {f}", "operations": f"{operations:.1e}"}
            row |= {"one thread": round(one, 4), "two threads": round(two, 4)}
            row |= {"one / two": round(float(np.median(pairs[:, 0] / pairs[:, 1])), 2)}
            rows.append(row | {"one thread from now on": "yes" if operations <= small else ""})
            typer.echo(rows[-1])
            note = f"Seconds, medians of {repeats} pairs, validation pass included. {describe()}"
            write_markdown(
                out / "report.md",
                "# A step with one and with two threads",
                note,
                markdown(pd.DataFrame(rows), index=False),
            )


if __name__ == "__main__":
    typer.run(main)
