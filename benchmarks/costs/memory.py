"""Does the memory estimate hold? Estimated against measured peaks of a fit and a prediction.

    python -m benchmarks.costs.memory

Each case in a process of its own. Required: the estimate is never below 0.9 and never above 2 times the
peak resident memory.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from benchmarks.costs import fresh
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: (rows, features, checkpoint, mix_ratio, steps)
CASES = (
    (100, 5, "mini", 0.3, 3),
    (500, 20, "mini", 0.3, 3),
    (1000, 100, "mini", 0.3, 2),
    (3000, 20, "mini", 0.0, 2),
    (5000, 20, "mini", 0.3, 2),
    (300, 500, "mini", 0.3, 1),
    (200, 10, "full", 0.3, 2),
    (500, 20, "mini", 0.3, 0),
)


def peak_of_a_fit(n: int, f: int, folder: str, ratio: float, steps: int) -> list[int]:
    """Return the estimate and the peak in bytes; for a fresh process."""
    import resource

    from autogluon_causalmix import CausalMixModel

    X, y = problem(n, f)
    options = {"hf_model": folder, "mix_ratio": ratio, "fine_tune_steps": steps}
    estimate = CausalMixModel.estimate_memory_usage_static(X=X, y=y, hyperparameters=options)
    options["ag.max_memory_usage_ratio"] = None
    with tempfile.TemporaryDirectory() as path:
        model = CausalMixModel(path=path, hyperparameters=options, problem_type="binary")
        model.fit(X=X, y=y, num_cpus=2, num_gpus=0)
        model.predict_proba(X.sample(1000, replace=True, random_state=0).reset_index(drop=True))
    return [int(estimate), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]


def problem(n: int, f: int) -> tuple[pd.DataFrame, pd.Series]:
    """``n`` rows of ``f`` numbers with two classes."""
    rng = np.random.default_rng(0)
    y = pd.Series(rng.integers(0, 2, n))
    columns = [f"x{i}" for i in range(f)]
    return pd.DataFrame(rng.standard_normal((n, f)) + 0.3 * y.to_numpy()[:, None], columns=columns), y


def main(
    first: Annotated[int, typer.Option(help="Measure only the first so many cases.", min=1)] = len(CASES),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "memory",
) -> None:
    """Does the memory estimate hold? Estimated against measured peaks of a fit and a prediction."""
    from autogluon_causalmix.incontext.mitra import new_tab2d

    rows = []
    with tempfile.TemporaryDirectory() as full:
        new_tab2d(512, 12, 4, seed=0).save_pretrained(full)
        for n, f, checkpoint, ratio, steps in CASES[:first]:
            folder = full if checkpoint == "full" else checkpoint
            estimate, peak = fresh.call("benchmarks.costs.memory:peak_of_a_fit", n, f, folder, ratio, steps)
            rows.append(
                {
                    "rows x features": f"{n} x {f}",
                    "checkpoint": "512x12" if checkpoint == "full" else "64x5",
                    "mix_ratio": ratio,
                    "steps": steps,
                    "estimate GB": round(estimate / 1e9, 2),
                    "peak GB": round(peak / 1e9, 2),
                    "estimate / peak": round(estimate / peak, 2),
                }
            )
            typer.echo(rows[-1])
            note = f"Whole process, fit and prediction of 1,000 rows. {describe()}"
            table = pd.DataFrame(rows)  # written after every case: a cut run leaves what it measured
            write_markdown(
                out / "report.md", "# Estimated and measured peak memory", note, markdown(table, index=False)
            )
    if not table["estimate / peak"].between(0.9, 2.0).all():
        raise SystemExit("outside the required range of 0.9 to 2")


if __name__ == "__main__":
    typer.run(main)
