"""A structural causal model of a typed table, in DoWhy's vocabulary, and rows drawn from it.

Paper, section 3: every sampled DAG is fitted with DoWhy's SCM framework, additive noise models
``X := f(parents) + N`` for numeric columns, classifiers for categorical ones; a row is made by
drawing exogenous noise and propagating it from the roots down.

The model lives on normal scores (numeric) and class codes (categorical). After a numeric node
is simulated, its value is mapped by rank onto the observed values: bounds, integers, skew and
ties come back exactly, nothing is extrapolated, and errors do not pile up along a path.
Missing cells: a numeric parent's gap is filled with the median's score, a class gap is a class
of its own; afterwards cells are blanked by missing patterns drawn from the observed rows.
"""

from __future__ import annotations

import time
from typing import Any

import networkx as nx
import numpy as np

from autogluon_causalmix.causal.independence import normal_scores
from autogluon_causalmix.causal.mechanisms import Classifier, Regressor
from autogluon_causalmix.causal.randomness import numpy_seeded
from autogluon_causalmix.table import TypedTable

__all__ = ["FittedSCM", "fit_scm"]

#: Rows simulated once per model to learn where a node's simulated values rank.
CALIBRATION_ROWS = 2000
#: Classes modelled one by one; rarer ones share "other" and are told apart by their shares.
MAX_LEVELS = 30


class _Node:
    """Encoding of one column: what the mechanism sees, and the way back to observed values."""

    def __init__(self, table: TypedTable, j: int) -> None:
        column, x = table.columns[j], table.values[:, j]
        self.is_discrete = column.is_discrete
        missing = np.isnan(x)
        if self.is_discrete:
            codes = np.where(missing, -1, x)
            levels, counts = np.unique(codes, return_counts=True)
            order = np.argsort(-counts, kind="stable")
            self.kept = levels[order[: MAX_LEVELS - 1]] if len(levels) > MAX_LEVELS else levels[order]
            rest = np.isin(levels, self.kept, invert=True)
            self.others, self.other_shares = levels[rest], counts[rest] / max(1, counts[rest].sum())
            self.n_levels = len(self.kept) + (1 if rest.any() else 0)
            lookup = {level: code for code, level in enumerate(self.kept)}
            self.encoded = np.array([lookup.get(value, len(self.kept)) for value in codes], dtype=np.float64)
        else:
            self.n_levels = 0
            self.encoded = normal_scores(x)
            self.observed = np.sort(x[~missing])  # +-inf are values too: they sort to the ends
            self.scores = np.sort(self.encoded[~missing])
            self.reference = self.scores

    def calibrate(self, simulated: np.ndarray) -> None:
        """Learn the distribution of simulated values, to rank later ones against."""
        self.reference = np.sort(simulated)

    def to_observed(self, simulated: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Map simulated values to observed ones; returns them and the encoding children see."""
        if self.is_discrete:
            codes = simulated.astype(np.int64)
            out = np.append(self.kept, np.nan)[np.minimum(codes, len(self.kept))]
            other = codes == len(self.kept)
            if other.any():
                out[other] = rng.choice(self.others, other.sum(), p=self.other_shares)
            return np.where(out < 0, np.nan, out), simulated
        if not len(self.observed):
            return np.full(len(simulated), np.nan), np.zeros(len(simulated))
        low = np.searchsorted(self.reference, simulated, side="left")
        high = np.searchsorted(self.reference, simulated, side="right")
        rank = (low + (high - low) * rng.random(len(simulated))) / len(self.reference)
        at = np.clip((rank * len(self.observed)).astype(np.int64), 0, len(self.observed) - 1)
        return self.observed[at], self.scores[at]


class FittedSCM:
    """A DoWhy ``StructuralCausalModel`` over a table's columns, fitted and ready to draw from.

    Attributes
    ----------
    dag
        The graph, nodes being column positions.
    model
        ``dowhy.gcm.StructuralCausalModel`` with fitted mechanisms, on encoded columns.
    """

    def __init__(self, dag: nx.DiGraph, model: Any, nodes: list[_Node], table: TypedTable, copies: dict) -> None:
        self.dag, self.model = dag, model
        self._nodes, self._copies = nodes, copies
        self.columns = table.columns
        # Whole missing patterns keep which cells are missing together.
        numeric_gap = table.missing & np.array([not c.is_discrete for c in table.columns])
        self._patterns = numeric_gap if numeric_gap.any() else None
        self._order = list(nx.topological_sort(dag))

    def sample(self, n: int, rng: np.random.Generator, *, calibrate: bool = False) -> TypedTable:
        """Draw ``n`` rows: exogenous noise, propagated along the DAG."""
        p = len(self._nodes)
        encoded, values = np.zeros((n, p)), np.zeros((n, p))
        with numpy_seeded(int(rng.integers(2**32))):  # DoWhy draws from the global state
            for j in self._order:
                mechanism = self.model.causal_mechanism(j)
                parents = sorted(self.dag.predecessors(j))
                if parents:
                    noise = mechanism.draw_noise_samples(n)
                    drawn = mechanism.evaluate(encoded[:, parents], noise)
                else:
                    drawn = mechanism.draw_samples(n)
                simulated = np.asarray(drawn).ravel().astype(np.float64)
                node = self._nodes[j]
                if calibrate and not node.is_discrete:
                    node.calibrate(simulated)
                values[:, j], encoded[:, j] = node.to_observed(simulated, rng)
        for copy, original in self._copies.items():
            values[:, copy] = self._copied(copy, original, values[:, original])
        if self._patterns is not None:
            values[self._patterns[rng.integers(len(self._patterns), size=n)]] = np.nan
        return TypedTable(self.columns, values)

    def _copied(self, copy: int, original: int, x: np.ndarray) -> np.ndarray:
        """Values of a column that is a one-to-one relabelling of another one, by rank."""
        source, target = self._pairs[copy]
        return target[np.searchsorted(source, np.nan_to_num(x, nan=-np.inf)).clip(0, len(target) - 1)]

    def learn_copies(self, table: TypedTable) -> None:
        """Remember which value of a copy goes with which value of its original."""
        self._pairs = {}
        for copy, original in self._copies.items():
            source, at = np.unique(np.nan_to_num(table.values[:, original], nan=-np.inf), return_index=True)
            self._pairs[copy] = (source, table.values[at, copy])


def fit_scm(
    table: TypedTable,
    dag: nx.DiGraph,
    rng: np.random.Generator,
    *,
    mechanism: str = "tree",
    copies: dict[int, int] | None = None,
    deadline: float | None = None,
) -> FittedSCM:
    """Fit an SCM with the given DAG to the rows of ``table``.

    Parameters
    ----------
    dag
        Nodes are the column positions of ``table``.
    mechanism
        See `mechanisms.MECHANISMS`.
    copies
        Columns that repeat another one: they are copied, not modelled.
    deadline
        ``time.monotonic()`` value after which `TimeoutError` is raised.
    """
    from dowhy.gcm import AdditiveNoiseModel, ClassifierFCM, EmpiricalDistribution, StructuralCausalModel

    nodes = [_Node(table, j) for j in range(len(table.columns))]
    model = StructuralCausalModel(dag)
    for j, node in enumerate(nodes):
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError("the time for causal work ended while a structural causal model was fitted")
        parents = sorted(dag.predecessors(j))
        if not parents:
            model.set_causal_mechanism(j, EmpiricalDistribution())
            model.causal_mechanism(j).fit(X=node.encoded)
            continue
        levels, seed = [nodes[k].n_levels for k in parents], int(rng.integers(2**31))
        X = np.stack([nodes[k].encoded for k in parents], axis=1)
        if node.is_discrete:
            model.set_causal_mechanism(j, ClassifierFCM(Classifier(mechanism, levels, node.n_levels, seed)))
            model.causal_mechanism(j).fit(X=X, Y=node.encoded.astype(np.int64).astype(str).astype(object))
        else:
            model.set_causal_mechanism(
                j, AdditiveNoiseModel(Regressor(mechanism, levels, seed), EmpiricalDistribution())
            )
            model.causal_mechanism(j).fit(X=X, Y=node.encoded)
    scm = FittedSCM(dag, model, nodes, table, copies or {})
    scm.learn_copies(table)
    scm.sample(CALIBRATION_ROWS, rng, calibrate=True)
    return scm
