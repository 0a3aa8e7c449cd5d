"""Which mechanisms and which noise make the most faithful rows, beside controls without a causal graph.

    python -m benchmarks.mechanisms

Half of at most 800 rows trains the generator, the other half judges, by `metrics.fidelity`.
Seconds are of discovery, fit and 2,000 rows. Controls: real rows drawn again, independent columns,
a copula without graph, and a graph of unconditioned pairs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.generators.controls import Bootstrap, Marginals
from autogluon_causalmix.generators.scm import SCMGenerator
from autogluon_causalmix.metrics.fidelity import fidelity
from autogluon_causalmix.options import MECHANISMS, NOISES
from autogluon_causalmix.table import TypedTable
from benchmarks.datasets import TARGET, load
from benchmarks.grid.machine import describe

TABLES = ("heart", "german", "wdbc", "crx", "pima", "phoneme", "contraceptive", "ionosphere")
SEEDS = (0, 1, 2)
OUT = Path("benchmarks/results/mechanisms.md")


def scm(**options) -> Callable[[int], SCMGenerator]:
    return lambda seed: SCMGenerator(TARGET, seed=seed, **options)


METHODS: dict[str, Callable] = {
    f"SCM, {mechanism}, {noise}": scm(mechanism=mechanism, noise=noise) for mechanism in MECHANISMS for noise in NOISES
} | {
    "bootstrap (control)": lambda seed: Bootstrap(),
    "marginals (control)": lambda seed: Marginals(),
    "copula, no graph (control)": scm(noise="dependent", knowledge=Knowledge.of(graph=[])),
    "unconditioned graph, tree (control)": scm(options=DiscoveryOptions(max_depth=0)),
}


def main() -> None:
    import dowhy.gcm  # noqa: F401  (its import is not what is measured)

    rows = []
    for name in TABLES:
        everything = TypedTable.from_frame(load(name), categorical=(TARGET,))
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(everything))[:800]
            train, test = (everything.rows(part) for part in np.array_split(order, 2))
            for label, make in METHODS.items():
                began = time.perf_counter()
                drawn = make(seed).fit(train).sample(2000, np.random.default_rng(seed)).values
                seconds = time.perf_counter() - began
                found = fidelity(test.to_frame(), train.with_values(drawn).to_frame(), TARGET)
                rows.append(
                    {
                        "method": label,
                        "table": name,
                        "two-sample AUC": found.two_sample_auc.value,
                        "usefulness": found.usefulness,
                        "association distance": found.association_distance,
                        "seconds": seconds,
                    }
                )
        sys.stderr.write(f"{name}\n")
    table = pd.DataFrame(rows)
    means = table.groupby("method", sort=False).mean(numeric_only=True).round(3)
    per_table = table.pivot_table(index="table", columns="method", values="two-sample AUC", sort=False).round(2)
    text = (
        f"# Fidelity of mechanisms and noise: {len(TABLES)} tables x {len(SEEDS)} splits\n\n{describe()}\n\n"
        f"{means.to_markdown()}\n\nTwo-sample ROC-AUC per table:\n\n{per_table.T.to_markdown()}\n"
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
