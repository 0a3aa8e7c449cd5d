"""What does the causal part cost per table, and how faithful are its rows?

    python -m benchmarks.causal.cost

The 33 tables at 500 training rows, on one core. Per table: discovery (default options), 8 fitted
SCMs, 10,000 rows. Threshold: 20 s in all. Beside it the two-sample ROC-AUC of the rows against unseen real
ones.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import threadpoolctl
import typer

from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.metrics.fidelity import two_sample_auc
from autogluon_causalmix.table import TypedTable
from benchmarks.grid.machine import describe
from benchmarks.protocol.tables import DATASETS, TARGET, load, low_data_split
from benchmarks.report.writer import RESULTS, markdown, write_markdown

THRESHOLD_SECONDS = 20.0


def measure(name: str) -> dict:
    train, test = low_data_split(load(name), 500, seed=0)
    table = TypedTable.from_frame(train, categorical=[TARGET])
    generator = SCMGenerator(TARGET, seed=0).fit(table)
    began = time.perf_counter()
    rows = generator.sample(10_000, np.random.default_rng(0))
    sampling = time.perf_counter() - began
    unseen = TypedTable.from_frame(test, like=table).values
    auc = two_sample_auc(unseen, rows.values, np.random.default_rng(0))
    seconds = generator.timings | {"10,000 rows": sampling}
    return {
        "table": name,
        "rows": len(train),
        "columns": len(table.columns),
        **{stage: round(value, 2) for stage, value in seconds.items()},
        "total": round(sum(seconds.values()), 2),
        "edges > .5": int((generator.graph.probabilities > 0.5).sum()),
        "two-sample AUC": round(auc.value, 3),
    }


def main(
    datasets: Annotated[str, typer.Option(help="Tables, with commas between.")] = ",".join(DATASETS),
    out: Annotated[Path, typer.Option(help="Folder of report.md.")] = RESULTS / "causal_cost",
) -> None:
    """What does the causal part cost per table, and how faithful are its rows?"""
    SCMGenerator.warm_up()  # paid once a process

    with threadpoolctl.threadpool_limits(1):
        rows = []
        for name in datasets.split(","):
            rows.append(measure(name))
            sys.stderr.write(f"{rows[-1]}\n")
    table = pd.DataFrame(rows)
    slowest = table.loc[table["total"].idxmax()]
    text = write_markdown(
        out / "report.md",
        "# Causal work at 500 training rows, one core: seconds",
        f"Discovery with default options, 8 SCMs, 10,000 rows; the import of DoWhy is not in it. {describe()}",
        f"Slowest: {slowest['table']}, {slowest['total']} s (threshold {THRESHOLD_SECONDS:g} s).",
        markdown(table, index=False),
    )
    typer.echo(text)
    if (table["total"] > THRESHOLD_SECONDS).any():
        raise SystemExit("over the threshold")


if __name__ == "__main__":
    typer.run(main)
