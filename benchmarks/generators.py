"""How faithful the rows of every generator are, on ten tables.

    python -m benchmarks.generators [--seeds 0 1] [--minutes 30]

400 training rows at most, `fidelity` against as many unseen ones, default options. Resumes: what is
in the csv is not run again.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from pathlib import Path

import numpy as np

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.finetune.energy import InContextEnergy
from autogluon_causalmix.finetune.mitra import load_tab2d
from autogluon_causalmix.generators.base import draw
from autogluon_causalmix.generators.catalogue import FitContext, check_generator, make_generator
from autogluon_causalmix.metrics.fidelity import fidelity
from autogluon_causalmix.options import GENERATORS, CausalMixOptions
from autogluon_causalmix.table import TypedTable
from benchmarks.csv_grid import measure_grid
from benchmarks.datasets import TARGET, load, low_data_split
from benchmarks.grid.machine import describe

TABLES = ("heart", "german", "wdbc", "crx", "pima", "phoneme", "contraceptive", "ionosphere", "titanic", "wine")
MEASURES = (
    "two_sample_auc",
    "marginal_distance",
    "association_distance",
    "usefulness",
    "closer_to_training",
)


def generator_of(name: str, seed: int):
    options = CausalMixOptions(generator=name)
    check_generator(options, "multiclass")
    context = FitContext(TARGET, seed, None, lambda: InContextEnergy(load_tab2d(str(MINI_FOLDER))))
    return make_generator(options, Knowledge(), context)


def measure(table: str, seed: int, generator: str) -> dict:
    train, test = low_data_split(load(table), 400, seed, n_test=400)
    typed = TypedTable.from_frame(train, categorical=[TARGET])
    rng = np.random.default_rng(seed)
    began = time.perf_counter()
    rows = typed.with_values(draw(generator_of(generator, seed).fit(typed), 1000, rng, typed)).to_frame()
    seconds = time.perf_counter() - began
    found = fidelity(test, rows, TARGET, training=train, seed=seed).to_dict()
    found["two_sample_auc"] = found["two_sample_auc"].value
    return {**{k: found[k] for k in (*MEASURES, "usefulness_of_training")}, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/generators"))
    arguments = parser.parse_args()
    import dowhy.gcm  # noqa: F401  (its import is not what is measured)

    cells = [
        {"table": table, "seed": seed, "generator": name}
        for seed, table, name in itertools.product(arguments.seeds, TABLES, GENERATORS)
    ]
    table = measure_grid(arguments.out.with_suffix(".csv"), cells, measure, arguments.minutes)
    means = table.groupby("generator", sort=False)[[*MEASURES, "usefulness_of_training", "seconds"]].mean().round(3)
    means["seconds"] = table.groupby("generator")["seconds"].median().round(2)
    per_table = table.pivot_table(index="generator", columns="table", values="two_sample_auc", sort=False).round(2)
    text = (
        f"# Fidelity of all generators: {table['table'].nunique()} tables, {len(table)} fits\n\n"
        "Means over tables and seeds (seconds: medians, fit and 1,000 rows), on rows that the generator has not seen. "
        "two_sample_auc: .5 is best; distances: 0 is best; usefulness: higher is better, chance is .5; "
        f"closer_to_training: .5 is no copying, 1 is copies. {describe()}\n\n"
        f"{means.to_markdown()}\n\nTwo-sample ROC-AUC per table:\n\n{per_table.to_markdown()}\n"
    )
    arguments.out.with_suffix(".md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
