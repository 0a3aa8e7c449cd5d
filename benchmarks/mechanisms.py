"""Which mechanisms and which noise make the most faithful rows, beside controls without a causal graph.

    python -m benchmarks.mechanisms

Half of at most 800 rows trains the generator, the other half judges: two-sample ROC-AUC (.5: rows
cannot be told apart), ROC-AUC of a forest trained on the synthetic rows and tested on the held-out
ones, and the mean absolute difference of pairwise correlations (of normal scores and indicators).
Seconds are of discovery, fit and 2,000 rows. Controls: real rows drawn again, independent columns,
a copula without graph, and a graph of unconditioned pairs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.generators.scm import SCMGenerator
from autogluon_causalmix.metrics.fidelity import two_sample_auc
from autogluon_causalmix.options import MECHANISMS, NOISES
from autogluon_causalmix.table import TypedTable
from benchmarks.datasets import TARGET, load
from benchmarks.machine import describe

TABLES = ("heart", "german", "wdbc", "crx", "pima", "phoneme", "contraceptive", "ionosphere")
SEEDS = (0, 1, 2)
OUT = Path("benchmarks/results/mechanisms.md")


@dataclass
class Bootstrap:
    """Real rows, drawn again."""

    def fit(self, table: TypedTable) -> Bootstrap:
        self.table = table
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        return self.table.rows(rng.integers(len(self.table), size=n))


@dataclass
class Marginals(Bootstrap):
    """Every column drawn on its own."""

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        values = self.table.values
        return self.table.with_values(np.column_stack([rng.choice(values[:, j], n) for j in range(values.shape[1])]))


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


def correlations(values: np.ndarray, table: TypedTable) -> np.ndarray:
    """Correlation matrix of ranks and class indicators, over the classes of ``table``."""
    parts = []
    for j, column in enumerate(table.columns):
        x = values[:, j]
        if column.is_discrete:
            parts += [(x == level).astype(float) for level in range(column.n_levels)]
        else:
            parts.append(pd.Series(x).rank().fillna(0).to_numpy())
    matrix = np.stack(parts, axis=1)
    matrix = matrix - matrix.mean(axis=0)
    std = matrix.std(axis=0)
    matrix = matrix / np.where(std > 0, std, 1.0)
    return matrix.T @ matrix / len(matrix)


def usefulness(synthetic: np.ndarray, real: np.ndarray) -> float:
    """ROC-AUC on real rows of a forest trained on synthetic rows; .5 if it saw one class only."""
    forest = RandomForestClassifier(200, min_samples_leaf=2, random_state=0, n_jobs=1)
    forest.fit(np.nan_to_num(synthetic[:, :-1], nan=-1e6), synthetic[:, -1])
    chance = np.zeros((len(real), int(max(real[:, -1].max(), synthetic[:, -1].max())) + 1))
    chance[:, forest.classes_.astype(int)] = forest.predict_proba(np.nan_to_num(real[:, :-1], nan=-1e6))
    present = np.unique(real[:, -1]).astype(int)
    aucs = [roc_auc_score(real[:, -1] == c, chance[:, c]) for c in present]
    return float(aucs[-1] if len(present) == 2 else np.mean(aucs))


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
                distance = np.abs(correlations(drawn, train) - correlations(test.values, train)).mean()
                rows.append(
                    {
                        "method": label,
                        "table": name,
                        "two-sample AUC": two_sample_auc(test.values, drawn, np.random.default_rng(0)),
                        "trained on synthetic AUC": usefulness(drawn, test.values),
                        "correlation distance": distance,
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
