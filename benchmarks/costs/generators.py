"""What does every generator cost: seconds of fit and of 1,000 rows, and peak memory?

    python -m benchmarks.costs.generators

Default options, no time limit, two shapes, each in a process of its own; memory is the peak of the
resident set above what the imports left.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from autogluon_causalmix.generators.catalogue import GENERATORS
from autogluon_causalmix.table import TypedTable
from benchmarks.costs import fresh
from benchmarks.grid.machine import describe
from benchmarks.protocol.tables import TARGET
from benchmarks.report.writer import RESULTS, markdown, write_markdown

SHAPES = ((500, 20), (2000, 60))
STOP = 180.0


def table(n: int, p: int) -> TypedTable:
    """``n`` rows of ``p`` features from factors, every fourth a flag, and a class that depends on them."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((n, 5))
    x = factors @ rng.standard_normal((5, p)) + rng.standard_normal((n, p))
    frame = pd.DataFrame(x).add_prefix("x")
    frame.iloc[:, ::4] = (frame.iloc[:, ::4] > 0).astype(int)
    frame[TARGET] = pd.Categorical(np.where(factors[:, 0] + 0.5 * rng.standard_normal(n) > 0, "yes", "no"))
    return TypedTable.from_frame(frame, categorical=[TARGET])


def one(name: str, n: int, p: int) -> list[float]:
    """Return seconds of the fit, seconds of 1,000 rows, and MB; for a fresh process."""
    import importlib
    import resource
    import time

    for module in ("sklearn.ensemble", "sklearn.mixture", GENERATORS[name].package or "numpy"):
        importlib.import_module(module)
    from autogluon_causalmix.checkpoints import MINI_FOLDER
    from autogluon_causalmix.generators.base import draw, fitted, warm_up
    from autogluon_causalmix.generators.catalogue import FitContext, make_generator, maker_of
    from autogluon_causalmix.incontext.energy import InContextEnergy
    from autogluon_causalmix.incontext.mitra import load_tab2d

    warm_up(maker_of(name))
    rows = table(n, p)
    context = FitContext(TARGET, 0, None, lambda: InContextEnergy(load_tab2d(str(MINI_FOLDER))))
    generator = make_generator(name, {}, context)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    generator = fitted(generator, rows)
    learned = time.perf_counter()
    draw(generator, 1000, np.random.default_rng(0), rows)
    drawn = time.perf_counter()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [learned - began, drawn - learned, (after - before) / 1024]


def main(
    generators: Annotated[str, typer.Option(help="Names, with commas between.")] = ",".join(GENERATORS),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "generator_cost",
) -> None:
    """What does every generator cost: seconds of fit and of 1,000 rows, and peak memory?"""
    rows = []
    for name in generators.split(","):
        row = {"generator": name}
        for n, p in SHAPES:
            shape = f"{n}x{p}"
            try:
                measured = fresh.call("benchmarks.costs.generators:one", name, n, p, timeout=STOP, threads=1)
            except subprocess.TimeoutExpired:
                row |= {f"fit s, {shape}": f"> {STOP:.0f}", f"1,000 rows s, {shape}": "", f"MB, {shape}": ""}
                continue
            fit, drawing, memory = measured
            row |= {
                f"fit s, {shape}": round(fit, 2),
                f"1,000 rows s, {shape}": round(drawing, 3),
                f"MB, {shape}": round(memory),
            }
        rows.append(row)
        sys.stderr.write(f"{row}\n")
    note = f"Default options, one thread, stopped at {STOP:.0f} s. {describe()}"
    table_of_costs = markdown(pd.DataFrame(rows), index=False)
    typer.echo(write_markdown(out / "report.md", "# What generators cost", note, table_of_costs))


if __name__ == "__main__":
    typer.run(main)
