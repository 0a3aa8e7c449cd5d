"""What every generator costs: seconds of fit and of 1,000 rows, and peak memory.

    python -m benchmarks.generator_cost

Default options, no time limit, two shapes, each in a process of its own; memory is the peak of the
resident set above what the imports left.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from autogluon_causalmix.options import GENERATORS
from autogluon_causalmix.table import TypedTable
from benchmarks.datasets import TARGET
from benchmarks.grid.machine import describe

SHAPES = ((500, 20), (2000, 60))
STOP = 180.0
OUT = Path("benchmarks/results/generator_cost.md")

ONE = """
import resource, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, torch, dowhy.gcm, sklearn.ensemble, sklearn.mixture
from benchmarks.generator_cost import table
from benchmarks.generators import generator_of
from autogluon_causalmix.generators.base import draw
if sys.argv[1] == "ctgan":
    import ctgan
t = table(int(sys.argv[2]), int(sys.argv[3]))
generator = generator_of(sys.argv[1], 0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
generator = generator.fit(t)
fitted = time.perf_counter()
draw(generator, 1000, np.random.default_rng(0), t)
drawn = time.perf_counter()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(fitted - began, drawn - fitted, (after - before) / 1024)
"""


def table(n: int, p: int) -> TypedTable:
    """``n`` rows of ``p`` features from factors, every fourth a flag, and a class that depends on them."""
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((n, 5))
    x = factors @ rng.standard_normal((5, p)) + rng.standard_normal((n, p))
    frame = pd.DataFrame(x).add_prefix("x")
    frame.iloc[:, ::4] = (frame.iloc[:, ::4] > 0).astype(int)
    frame[TARGET] = pd.Categorical(np.where(factors[:, 0] + 0.5 * rng.standard_normal(n) > 0, "yes", "no"))
    return TypedTable.from_frame(frame, categorical=[TARGET])


def main() -> None:
    rows = []
    for name in GENERATORS:
        row = {"generator": name}
        for n, p in SHAPES:
            shape = f"{n}x{p}"
            try:
                done = subprocess.run(
                    [sys.executable, "-c", ONE, name, str(n), str(p)],
                    capture_output=True,
                    text=True,
                    timeout=STOP,
                    env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                )
            except subprocess.TimeoutExpired:
                row |= {f"fit s, {shape}": f"> {STOP:.0f}", f"1,000 rows s, {shape}": "", f"MB, {shape}": ""}
                continue
            if done.returncode:
                raise SystemExit(f"{name} {shape}: {done.stderr[-500:]}")
            fit, drawing, memory = (float(value) for value in done.stdout.split()[-3:])
            row |= {
                f"fit s, {shape}": round(fit, 2),
                f"1,000 rows s, {shape}": round(drawing, 3),
                f"MB, {shape}": round(memory),
            }
        rows.append(row)
        sys.stderr.write(f"{row}\n")
    text = (
        f"# What generators cost\n\nDefault options, one thread, stopped at {STOP:.0f} s. {describe()}\n\n"
        f"{pd.DataFrame(rows).to_markdown(index=False)}\n"
    )
    OUT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
