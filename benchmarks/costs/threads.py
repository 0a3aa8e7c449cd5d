"""From how much work on does a second thread win: a fine-tuning step with one and with two, as tables grow.

    python -m benchmarks.costs.threads [--repeats 5]

On an idle machine. A step is a training step and its validation pass, without mixing; one and two
threads are measured in turn, the ratio is taken pair by pair. Below `threads.SMALL_WORK` a fit has one
thread whatever the machine has to spare, so that its result does not depend on that.
"""

from __future__ import annotations

import logging
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
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.costs.one_step import fine_tuning_seconds
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: Rows, columns, and steps of the longer fit; the shorter one takes one.
CASES = ((50, 5, 21), (200, 10, 21), (200, 20, 13), (300, 20, 11), (200, 40, 11), (500, 20, 7))


def work(n: int, f: int) -> float:
    """Floating-point operations of a step of ``n`` training rows."""
    options = CausalMixOptions.from_hyperparameters({"hf_model": "mini"}).weights
    learner = Weights.resolve(options, "binary", 2, "cpu", Journal()).learner(2)
    return learner.step_work(*EpisodeSize().of(n), f)


def step_seconds(n: int, f: int, more: int, n_threads: int) -> float:
    """Seconds of a step: what a fit of ``more`` steps takes longer than one of a single step."""
    torch.set_num_threads(n_threads)
    short, long = (fine_tuning_seconds("mini", n, f, steps, 0.0) for steps in (1, more))
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
    for n, f, more in CASES[:first]:
        pairs = np.array([[step_seconds(n, f, more, k) for k in (1, 2)] for _ in range(repeats)])
        operations, (one, two) = work(n, f), np.median(pairs, axis=0)
        row = {"rows x columns": f"{n} x {f}", "operations of a step": f"{operations:.1e}"}
        row |= {"one thread": round(float(one), 4), "two threads": round(float(two), 4)}
        row |= {"one / two": round(float(np.median(pairs[:, 0] / pairs[:, 1])), 2)}
        rows.append(row | {"one thread always": "yes" if operations <= small else ""})
        typer.echo(rows[-1])
        note = f"Seconds, bundled weights, medians of {repeats} pairs, validation pass included. {describe()}"
        table = markdown(pd.DataFrame(rows), index=False)
        write_markdown(out / "report.md", "# A step with one and with two threads", note, table)


if __name__ == "__main__":
    typer.run(main)
