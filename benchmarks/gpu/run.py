"""What only a GPU can show, in one command of at most nine minutes.

    python -m benchmarks.gpu.run [--minutes 9] [--state runs/classifier]

Tests marked gpu; steps and predictions of full-size weights beside AutoGluon's MITRA; the memory estimate beside
the real peak; recovery when the memory runs out; bfloat16 against float32; and pretraining in what time is left. Every
stage is a process of its own: one that fails or takes too long is recorded, and the next begins. Results are written
after each, into a folder with the card's name. ``--device cpu --smoke`` tries everything but the numbers.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from benchmarks.costs import fresh
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, write_markdown

__all__ = ["Stage", "run_stages", "stages"]

#: Seconds that the pretraining stage leaves for starting, stopping and writing; under `LEAST` it is not begun.
MARGIN, LEAST = 25.0, 10.0
#: Stages, and what their tables are called.
TITLES = {
    "tests": "Tests marked gpu",
    "steps": "Seconds of a step, full-size weights, beside AutoGluon's MITRA",
    "predictions": "Seconds of predictions, full-size weights, beside AutoGluon's MITRA",
    "memory": "Estimated and real peak memory of a fit, GB",
    "recovery": "A fit that runs out of memory",
    "precision": "bfloat16 against float32",
    "pretraining": "Pretraining in the time that was left",
}


@dataclass(frozen=True)
class Stage:
    """A function of `gpu.stages`, its arguments, and the seconds after which it is stopped."""

    name: str
    arguments: tuple[Any, ...]
    seconds: float


def stages(device: str, smoke: bool, weights: str) -> list[Stage]:
    """All stages but pretraining, what matters most first."""
    return [
        Stage("tests", (device, smoke), 150),
        Stage("steps", (device, weights, smoke), 120),
        Stage("memory", (device, weights, smoke), 80),
        Stage("recovery", (device, smoke), 70),
        Stage("predictions", (device, weights, smoke), 90),
        Stage("precision", (device, weights, smoke), 90),
    ]


def run_stages(wanted: list[Stage], until: float) -> Iterator[dict[str, Any]]:
    """Run one after the other; yields name, status ("ok" or what went wrong), seconds and rows."""
    for stage in wanted:
        began = time.monotonic()
        allowed = min(stage.seconds, until - began)
        rows: list[dict] = []
        if allowed <= 0:
            status = "not begun: no time was left"
        else:
            try:
                rows = fresh.call(f"benchmarks.gpu.stages:{stage.name}", *stage.arguments, timeout=allowed)
                status = "ok"
            except subprocess.TimeoutExpired:
                status = f"stopped after {allowed:.0f} s"
            except (fresh.FreshError, ValueError) as error:  # ValueError: what it printed is no result
                status = f"failed: {error}"
        yield {"stage": stage.name, "status": status, "seconds": time.monotonic() - began, "rows": rows}


def write(folder: Path, entries: list[dict[str, Any]], where: str, smoke: bool) -> None:
    """Write stages.json and report.md."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stages.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    overview = pd.DataFrame(entries)[["stage", "status", "seconds"]].set_index("stage").round(1)
    parts: list[Any] = [f"# {where}", describe(), overview]
    if smoke:
        parts.insert(1, "**A smoke run: tiny weights and tables. No number here says anything.**")
    for entry in entries:
        if entry["rows"]:
            table = pd.DataFrame(entry["rows"])
            parts += [f"## {TITLES[entry['stage']]}", table.set_index(table.columns[0])]
    write_markdown(folder / "report.md", *parts)


def main(
    device: Annotated[str, typer.Option(help='"cuda" or "cpu".')] = "cuda",
    minutes: Annotated[float, typer.Option(help="For everything, pretraining included.", min=0.5)] = 9.0,
    state: Annotated[
        Path | None, typer.Option(help="Folder of a pretraining run to continue; it is copied. Default: a new run.")
    ] = None,
    only: Annotated[str, typer.Option(help="Names of stages, with commas between; default: all.")] = ",".join(TITLES),
    out: Annotated[Path, typer.Option(help="Folder of a folder with the card's name.")] = RESULTS / "gpu",
    smoke: Annotated[bool, typer.Option(help="Tiny weights and tables.")] = False,
) -> None:
    """Do all that needs a GPU, in a fixed time, and write results/gpu/<card>."""
    until = time.monotonic() + 60 * minutes
    chosen = only.split(",")
    unknown = [name for name in chosen if name not in TITLES]
    if unknown:
        raise typer.BadParameter(f"no stage {unknown[0]!r}: there are {', '.join(TITLES)}")
    if state is not None and not (state / "state.pt").is_file():
        raise typer.BadParameter(f"no state.pt in {str(state)!r}")
    try:
        where = fresh.call("benchmarks.gpu.stages:card", device)
    except fresh.FreshError as error:
        raise typer.BadParameter(f"device={device!r} cannot be used: {error}") from error
    folder = out / re.sub(r"[^A-Za-z0-9.-]+", "-", where).strip("-")
    done: list[dict[str, Any]] = []

    def keep(entries: Iterator[dict[str, Any]]) -> None:
        for entry in entries:
            done.append(entry)
            typer.echo(f"{entry['stage']}: {entry['status']} ({entry['seconds']:.0f} s)")
            write(folder, done, where, smoke)

    with tempfile.TemporaryDirectory() as weights:
        fresh.call("benchmarks.gpu.stages:full_size_weights", weights, smoke)
        keep(run_stages([stage for stage in stages(device, smoke, weights) if stage.name in chosen], until))
    left = until - time.monotonic() - MARGIN
    if "pretraining" in chosen:
        arguments = (device, smoke, None if state is None else str(state), str(out / "pretraining"), left)
        keep(run_stages([Stage("pretraining", arguments, left + MARGIN if left > LEAST else 0.0)], until))
    typer.echo((folder / "report.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    typer.run(main)
