"""Is the time limit kept, causal work and first imports included?

    python -m benchmarks.costs.time_limit

Each limit is tried in a process that has imported neither torch nor DoWhy yet, with more steps than
could be taken. Allowed: at most 5 % or 1 s over, whichever is more. A limit that the first imports alone
exceed gives no model: AutoGluon skips it, and the next one in the process finds them done.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from benchmarks.costs import fresh
from benchmarks.costs.memory import problem
from benchmarks.grid.machine import describe
from benchmarks.report.writer import RESULTS, markdown, write_markdown

#: (seconds, rows, features, checkpoint)
CASES = (
    (2, 300, 10, "mini"),
    (5, 300, 10, "mini"),
    (10, 300, 10, "mini"),
    (20, 1000, 40, "mini"),
    (15, 3000, 20, "mini"),
    (10, 300, 500, "mini"),
    (20, 200, 10, "full"),
)


def limited_fit(limit: float, n: int, f: int, folder: str) -> list:
    """Return seconds, steps (None: no model), SCMs and fallbacks; for a fresh process."""
    import time

    from autogluon.core.utils.exceptions import TimeLimitExceeded

    from autogluon_causalmix import CausalMixModel

    X, y = problem(n, f)
    options = {"hf_model": folder, "fine_tune_steps": 100_000, "patience": 100_000, "ag.max_memory_usage_ratio": None}
    with tempfile.TemporaryDirectory() as path:
        model = CausalMixModel(path=path, hyperparameters=options, problem_type="binary")
        began = time.monotonic()
        try:
            model.fit(X=X, y=y, time_limit=limit, num_cpus=2, num_gpus=0)
        except TimeLimitExceeded:
            return [time.monotonic() - began, None, 0, ["no model: the first imports took the time"]]
        took = time.monotonic() - began
        if not np.isfinite(model.predict_proba(X[:50])).all():
            raise RuntimeError("predictions that are not finite")
    report = model.model.report
    return [took, report.steps_taken[0], len(report.dags), report.fallbacks]


def main(
    first: Annotated[int, typer.Option(help="Measure only the first so many cases.", min=1)] = len(CASES),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "time_limit",
) -> None:
    """Is the time limit kept, causal work and first imports included?"""
    from autogluon_causalmix.incontext.mitra import new_tab2d

    rows = []
    with tempfile.TemporaryDirectory() as full:
        new_tab2d(512, 12, 4, seed=0).save_pretrained(full)
        for limit, n, f, checkpoint in CASES[:first]:
            folder = full if checkpoint == "full" else checkpoint
            took, steps, scms, fallbacks = fresh.call("benchmarks.costs.time_limit:limited_fit", limit, n, f, folder)
            rows.append(
                {
                    "limit s": limit,
                    "rows x features": f"{n} x {f}",
                    "checkpoint": "512x12" if checkpoint == "full" else "64x5",
                    "took s": round(took, 2),
                    "over s": round(took - limit, 2),
                    "steps": steps,
                    "SCMs": scms,
                    "fallbacks": "; ".join(fallbacks),
                    "kept": took <= limit + max(1.0, 0.05 * limit),
                }
            )
            sys.stderr.write(f"{rows[-1]}\n")
    table = pd.DataFrame(rows)
    note = f"Allowed: at most 5 % or 1 s over. {describe()}"
    typer.echo(write_markdown(out / "report.md", "# Time limits", note, markdown(table, index=False)))
    if not table["kept"].all():
        raise SystemExit("a limit was not kept")


if __name__ == "__main__":
    typer.run(main)
