"""Tables whose causal graph is known: four published Bayesian networks and simulated mixed SCMs.

The networks are files inside the wheel of pgmpy (MIT), which ``python -m benchmarks.protocol.networks`` fetches
once into the user's cache folder; it is read without being installed.
"""

from __future__ import annotations

import gzip
import re
import zipfile
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.protocol.wheels import Wheel

__all__ = ["NETWORKS", "Network", "mixed_network", "published_network"]

NETWORKS = ("asia", "sachs", "alarm", "insurance", "mixed40")
PGMPY = Wheel(
    "pgmpy==1.1.2",
    "pgmpy-1.1.2-py3-none-any.whl",
    "e55c78763a4a45dd644a13b250cea86af0c7e08590cf35de489624f34a4d9a0b",
    "benchmarks.protocol.networks",
)


@dataclass(frozen=True)
class Network:
    """Conditional probability tables: ``tables[name]`` has one axis per parent and a last one per level."""

    levels: dict[str, list[str]]
    parents: dict[str, list[str]]
    tables: dict[str, np.ndarray]

    @property
    def graph(self) -> nx.DiGraph:
        """The true DAG."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.levels)
        graph.add_edges_from((parent, name) for name, parents in self.parents.items() for parent in parents)
        return graph

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw ``n`` rows by ancestral sampling; columns in random order."""
        codes: dict[str, np.ndarray] = {}
        for name in nx.topological_sort(self.graph):
            chances = self.tables[name][tuple(codes[parent] for parent in self.parents[name])]
            chances = np.broadcast_to(chances, (n, len(self.levels[name])))
            codes[name] = (rng.random((n, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, len(self.levels[name]) - 1)
        order = rng.permutation(list(self.levels))
        return pd.DataFrame({name: pd.Categorical.from_codes(codes[name], self.levels[name]) for name in order})


def published_network(name: str) -> Network:
    """Read a network in BIF format."""
    with zipfile.ZipFile(PGMPY.path()) as wheel:
        text = gzip.decompress(wheel.read(f"pgmpy/utils/example_models/{name}.bif.gz")).decode()
    levels = {
        match[1]: [level.strip() for level in match[2].split(",")]
        for match in re.finditer(r"variable\s+(\S+)\s*\{\s*type\s+discrete\s*\[\s*\d+\s*\]\s*\{([^}]*)\}", text)
    }
    parents, tables = {}, {}
    for match in re.finditer(r"probability\s*\(\s*([^|)\s]+)\s*(?:\|\s*([^)]*))?\)\s*\{([^}]*)\}", text):
        child, given, body = match[1], match[2], match[3]
        parents[child] = [parent.strip() for parent in given.split(",")] if given else []
        table = np.zeros([len(levels[parent]) for parent in parents[child]] + [len(levels[child])])
        for condition, numbers in re.findall(r"(?:\(([^)]*)\)|table)\s*([^;]*);", body):
            at = [level.strip() for level in condition.split(",")] if condition else []
            where = tuple(levels[parent].index(level) for parent, level in zip(parents[child], at, strict=True))
            table[where] = [float(number) for number in numbers.split(",")]
        tables[child] = table / table.sum(axis=-1, keepdims=True)
    return Network(levels, parents, tables)


def mixed_network(n: int, rng: np.random.Generator, n_columns: int = 40) -> tuple[pd.DataFrame, nx.DiGraph]:
    """Simulate a random sparse SCM of numeric and categorical columns; returns rows and the true DAG.

    Every column has 0 to 3 causes among the eight before it, a monotone or linear effect of each,
    and Gaussian noise; a third of the columns are cut into 2 to 4 classes.
    """
    graph, scores = nx.DiGraph(), np.zeros((n, n_columns))
    columns = {}
    for j in range(n_columns):
        graph.add_node(f"x{j}")
        before = np.arange(max(0, j - 8), j)
        causes = rng.choice(before, size=min(len(before), rng.integers(0, 4)), replace=False)
        value = rng.standard_normal(n)
        for cause in causes:
            graph.add_edge(f"x{cause}", f"x{j}")
            effect = scores[:, cause] if rng.random() < 0.5 else np.tanh(1.5 * scores[:, cause])
            value += rng.choice([-1, 1]) * rng.uniform(0.6, 1.2) * effect
        value = (value - value.mean()) / value.std()
        if rng.random() < 1 / 3:
            n_levels = int(rng.integers(2, 5))
            cuts = np.quantile(value, np.sort(rng.uniform(0.2, 0.8, n_levels - 1)))
            codes = np.digitize(value, cuts)
            columns[f"x{j}"] = pd.Categorical.from_codes(codes, [f"level {k}" for k in range(n_levels)])
            scores[:, j] = (codes - codes.mean()) / max(codes.std(), 1e-9)
        else:
            columns[f"x{j}"] = scores[:, j] = value
    order = rng.permutation(list(columns))
    return pd.DataFrame({name: columns[name] for name in order}), graph


if __name__ == "__main__":
    PGMPY.main()
