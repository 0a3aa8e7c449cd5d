"""Simulated tables of classes whose structural causal model (SCM) is known, because it made them.

A model follows from its number: 6 to 12 columns of numbers and categories, the target a category of 2 to 4
classes with a cause and an effect. Every column is the sum of nonlinear effects of its causes plus noise that
is independent of them; a category is such a sum, cut. Scales and cuts are part of the model, so that rows are
independent draws from one distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.protocol.tables import TARGET

__all__ = [
    "DATASETS",
    "RESERVE",
    "TABLE_ROWS",
    "Effect",
    "Mechanism",
    "SimulatedSCM",
    "added",
    "load",
    "model_of",
    "random_effect",
    "random_model",
]

#: ``(form, weight)`` of a number, see `FORMS`, or an effect for each level of a category.
Effect = tuple[str, float] | np.ndarray

DATASETS = tuple(f"simulated-{number:02d}" for number in range(24))
#: Rows of a table that are split, and rows after them that are in nobody's test.
TABLE_ROWS, RESERVE = 3000, 500

#: Seed that the models' numbers are joined to.
SEED = 20_240
N_COLUMNS = (6, 12)
MOST_CAUSES = 3
CATEGORICAL_SHARE = 1 / 3
N_CLASSES = (2, 4)
#: Least share of a class: 50 rows then hold each one several times.
LEAST_SHARE = 0.15
#: Noise relative to the sum of the effects, in standard deviations.
NOISE_RANGE = (0.3, 0.8)
#: Rows by which a model's scales and cuts are fixed.
CALIBRATION_ROWS = 20_000

FORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "bent": lambda x: np.tanh(2 * x),
    "wave": lambda x: np.sin(2 * x),
    "bowl": lambda x: (x**2 - 1) / 2,
    "kink": lambda x: np.maximum(x, 0.0) - 0.4,
}
NOISES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "uniform": lambda rng, n: rng.uniform(-(3**0.5), 3**0.5, n),
    "Laplace": lambda rng, n: rng.laplace(0.0, 0.5**0.5, n),
}


@dataclass(frozen=True)
class Mechanism:
    """How one column comes from its causes; all noises have mean 0 and standard deviation 1.

    Attributes
    ----------
    effects
        By cause.
    noise, spread
        Name of the noise, see `NOISES`, and its standard deviation.
    centre, scale
        What the sum is standardised by.
    cuts
        Increasing bounds between levels, for a category; empty for a number.
    """

    effects: dict[str, Effect]
    noise: str
    spread: float
    centre: float = 0.0
    scale: float = 1.0
    cuts: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def is_category(self) -> bool:
        """Whether the column is a category."""
        return len(self.cuts) > 0

    def values(self, columns: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers ``(n,)``, or codes of levels, given the causes' values by name."""
        total = self.with_causes(self.spread * NOISES[self.noise](rng, n), columns)
        value = (total - self.centre) / self.scale
        return np.digitize(value, self.cuts).astype(float) if self.is_category else value

    def with_causes(self, noise: np.ndarray, columns: dict[str, np.ndarray]) -> np.ndarray:
        """Noise ``(n,)`` with the effects of the causes added to it."""
        return added(noise, self.effects, columns)


@dataclass(frozen=True)
class SimulatedSCM:
    """A structural causal model with known mechanisms.

    Attributes
    ----------
    mechanisms
        By column, causes before effects.
    order
        Columns as a table has them: features in random order, `tables.TARGET` last.
    """

    mechanisms: dict[str, Mechanism]
    order: tuple[str, ...]

    @property
    def graph(self) -> nx.DiGraph:
        """The true DAG; its nodes are the columns' names."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.order)
        graph.add_edges_from((cause, name) for name, part in self.mechanisms.items() for cause in part.effects)
        return graph

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw ``n`` rows: numbers as floats, categories with all of their levels."""
        columns: dict[str, np.ndarray] = {}
        for name, mechanism in self.mechanisms.items():
            columns[name] = mechanism.values(columns, n, rng)
        frame = {}
        for name in self.order:
            mechanism = self.mechanisms[name]
            if mechanism.is_category:
                levels = [f"level {k}" for k in range(len(mechanism.cuts) + 1)]
                frame[name] = pd.Categorical.from_codes(columns[name].astype(int), levels)
            else:
                frame[name] = columns[name]
        return pd.DataFrame(frame)


def added(total: np.ndarray, effects: dict[str, Effect], columns: dict[str, np.ndarray]) -> np.ndarray:
    """Add effects of causes, whose values ``(n,)`` are given by name, one after the other."""
    for cause, effect in effects.items():
        if isinstance(effect, np.ndarray):
            total = total + effect[columns[cause].astype(int)]
        else:
            form, weight = effect
            total = total + weight * FORMS[form](columns[cause])
    return total


@cache
def model_of(name: str) -> SimulatedSCM:
    """Return the model that a table comes from; ValueError for a name that is not in `DATASETS`."""
    if name not in DATASETS:
        raise ValueError(f"no simulated table {name!r}: there are {DATASETS[0]} to {DATASETS[-1]}")
    return random_model(np.random.default_rng((SEED, DATASETS.index(name))))


def load(name: str) -> pd.DataFrame:
    """Return ``TABLE_ROWS + RESERVE`` rows of a model, always the same."""
    rng = np.random.default_rng((SEED, DATASETS.index(name), 1)) if name in DATASETS else None
    return model_of(name).sample(TABLE_ROWS + RESERVE, rng)


def random_model(rng: np.random.Generator) -> SimulatedSCM:
    """Draw a model as the module says."""
    graph = _random_graph(int(rng.integers(N_COLUMNS[0], N_COLUMNS[1] + 1)), rng)
    inner = [node for node in graph if graph.in_degree(node) and graph.out_degree(node)]
    target = int(rng.choice(inner))
    features = rng.permutation([node for node in graph if node != target])
    names = {int(node): f"x{position}" for position, node in enumerate(features)} | {target: TARGET}
    mechanisms: dict[str, Mechanism] = {}
    columns: dict[str, np.ndarray] = {}  # of the rows that fix scales and cuts
    for node in graph:
        category = node == target or rng.random() < CATEGORICAL_SHARE
        causes = {names[cause]: mechanisms[names[cause]] for cause in sorted(graph.predecessors(node))}
        draft = Mechanism(
            {name: random_effect(cause, rng) for name, cause in causes.items()},
            str(rng.choice(list(NOISES))),
            float(rng.uniform(*NOISE_RANGE)) * max(1, len(causes)) ** 0.5,
        )
        sums = draft.values(columns, CALIBRATION_ROWS, rng)
        centre, scale = float(sums.mean()), float(sums.std())
        values = (sums - centre) / scale
        cuts = _random_cuts(values, rng) if category else np.empty(0)
        mechanisms[names[node]] = Mechanism(draft.effects, draft.noise, draft.spread, centre, scale, cuts)
        columns[names[node]] = np.digitize(values, cuts).astype(float) if category else values
    return SimulatedSCM(mechanisms, (*(f"x{k}" for k in range(len(features))), TARGET))


def _random_graph(n_nodes: int, rng: np.random.Generator) -> nx.DiGraph:
    """Every node but the first has 1 to `MOST_CAUSES` causes before it, save a fifth, which have none."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n_nodes))
    for node in range(1, n_nodes):
        if node > 2 and rng.random() < 0.2:
            continue
        causes = rng.choice(node, size=min(node, int(rng.integers(1, MOST_CAUSES + 1))), replace=False)
        graph.add_edges_from((int(cause), node) for cause in causes)
    # Node 1 has node 0 as its cause; with an effect of its own it can be the target.
    if not graph.out_degree(1):
        graph.add_edge(1, 2)
    return graph


def random_effect(cause: Mechanism, rng: np.random.Generator) -> Effect:
    """Draw an effect of a cause that has this mechanism."""
    if cause.is_category:
        effects = rng.permutation(np.linspace(-1, 1, len(cause.cuts) + 1)) * rng.uniform(0.8, 1.4)
        return effects + rng.normal(0.0, 0.1, len(effects))
    return str(rng.choice(list(FORMS))), float(rng.choice([-1, 1]) * rng.uniform(0.7, 1.3))


def _random_cuts(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cuts between 2 to 4 levels with a share of `LEAST_SHARE` each, at least."""
    n_levels = int(rng.integers(N_CLASSES[0], N_CLASSES[1] + 1))
    shares = LEAST_SHARE + (1 - n_levels * LEAST_SHARE) * rng.dirichlet(np.ones(n_levels))
    return np.quantile(values, np.cumsum(shares)[:-1])
