"""A structural causal model of a typed table, in DoWhy's vocabulary, and rows drawn from it.

Paper, section 3: every sampled DAG is fitted with DoWhy's SCM framework, additive noise models
``X := f(parents) + N`` for numeric columns, classifiers for categorical ones; a row is made by
drawing exogenous noise and propagating it from the roots down.

The model lives on what `nodes.Node` makes of each column. Exogenous noise is independent, as in
the paper, or dependent: a Gaussian copula over the nodes' noise, which stands for latent
confounding. Missing values: a number is learned from rows that have it and its numeric parents
(`nodes.rows_to_learn_from`), a category's absence is a category of its own, and it learns from the
gaps of its parents. Rows have the missing patterns of observed rows, drawn before their values.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from scipy.special import ndtr

from autogluon_causalmix.causal.level_order import order_levels
from autogluon_causalmix.causal.mechanisms import Classifier, Regressor
from autogluon_causalmix.causal.nodes import Node, rows_to_learn_from
from autogluon_causalmix.causal.noise import copula_factor, noise_of, quantiles
from autogluon_causalmix.causal.randomness import numpy_seeded
from autogluon_causalmix.causal.repeats import Following
from autogluon_causalmix.causal.worlds import SoftChange, World
from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import DataError, OptionError, did_you_mean
from autogluon_causalmix.table import Kind, TypedTable

__all__ = ["FittedSCM", "fit_mechanisms", "import_seconds", "warm_up"]

#: Seconds that the first import of DoWhy takes in a process; measured 2 to 4.
IMPORT_SECONDS = 3.0
#: Rows, if not more in the table, simulated once per model to learn where a node's simulated values rank.
CALIBRATION_ROWS = 2000
#: What an intervention does to a column: encoded values in, values out.
Change = Callable[[np.ndarray], np.ndarray]


class FittedSCM:
    """A DoWhy ``StructuralCausalModel`` over a table's columns, fitted and ready to draw from.

    Attributes
    ----------
    dag
        The graph, nodes being column positions.
    model
        ``dowhy.gcm.StructuralCausalModel`` with fitted mechanisms, on encoded columns.
    columns
        The table's columns.
    """

    def __init__(self, dag: nx.DiGraph, model: Any, nodes: list[Node], table: TypedTable, copies: dict) -> None:
        self.dag, self.model, self.columns = dag, model, table.columns
        self._nodes, self._copies = nodes, copies
        # Whole missing patterns keep which cells are missing together.
        missing_numbers = table.missing & np.array([not c.is_discrete for c in table.columns])
        missing_numbers[:, list(copies)] = False  # theirs follow from their originals'
        self._patterns = missing_numbers if missing_numbers.any() else None
        self._order = list(nx.topological_sort(dag))
        self._copula: np.ndarray | None = None
        self._following = {copy: Following(table, copy, original) for copy, original in copies.items()}

    def sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw ``n`` rows with the table's columns and dtypes.

        Raises
        ------
        OptionError
            If ``n`` is no whole number of at least 0 or ``rng`` no NumPy generator.
        """
        _check_draw(n, rng)
        return self.draw(int(n), rng).to_frame()

    def intervene(self, changes: Mapping[Any, Any], n: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw ``n`` rows of the world in which columns are set from outside.

        Parameters
        ----------
        changes
            ``{column: value}`` sets the column, ``do(X = value)``; ``{column: function}`` replaces
            what the column would have been, ``do(X = function(X))``: ``{"age": lambda x: x + 5}``
            shifts. Causes of a column are left as they are, its effects follow.

        Raises
        ------
        OptionError
            For an unknown column, a category that was never seen, a value of the wrong kind.
        """
        _check_draw(n, rng)
        if not isinstance(changes, Mapping):
            raise OptionError(f"changes={changes!r} must be a dictionary {{column: value or function}}")
        return self.draw(int(n), rng, changes=self._resolved(changes)).to_frame()

    def draw(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        changes: Mapping[int, Change] | None = None,
        world: World | None = None,
        calibrate: bool = False,
    ) -> TypedTable:
        """Draw ``n`` rows as a typed table: exogenous noise, in a world if one is given, propagated along the DAG."""
        p, changes, world = len(self._nodes), changes or {}, world or {}
        if not n:
            return TypedTable(self.columns, np.empty((0, p)))
        encoded, values = np.zeros((n, p)), np.zeros((n, p))
        seen = np.zeros((n, p))  # what a category's mechanism learned from: a missing number has the median's score, 0
        blank = np.zeros((n, p), dtype=bool)
        if self._patterns is not None:
            blank = self._patterns[rng.integers(len(self._patterns), size=n)]
            blank[:, list(changes)] = False
        uniform = None if self._copula is None else ndtr(rng.standard_normal((n, p)) @ self._copula.T)
        with numpy_seeded(int(rng.integers(2**32))):  # DoWhy draws from the global state
            for j in self._order:
                node = self._nodes[j]
                of = seen if node.is_discrete else encoded
                simulated = self._simulate(j, of, None if uniform is None else uniform[:, j], world.get(j), rng)
                if calibrate and not node.is_discrete:
                    node.calibrate(simulated)
                values[:, j], encoded[:, j] = node.to_observed(simulated, rng)
                if j in changes:
                    values[:, j] = changes[j](values[:, j])
                    encoded[:, j] = node.encode(values[:, j])
                seen[:, j] = np.where(blank[:, j], 0.0, encoded[:, j])
        values[blank] = np.nan
        for copy, original in self._copies.items():
            values[:, copy] = self._following[copy](values[:, original])
        return TypedTable(self.columns, values)

    def _simulate(
        self,
        j: int,
        encoded: np.ndarray,
        uniform: np.ndarray | None,
        change: SoftChange | None,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Encoded values of node ``j`` from its parents' and its noise, changed or not."""
        n, mechanism, node = len(encoded), self.model.causal_mechanism(j), self._nodes[j]
        parents = sorted(self.dag.predecessors(j))
        if change is not None and node.is_discrete:
            chances = mechanism.estimate_probabilities(encoded[:, parents]) if parents else np.tile(node.shares, (n, 1))
            return change.of_levels(chances, rng.random(n) if uniform is None else uniform).astype(np.float64)
        if not parents:
            drawn = mechanism.draw_samples(n) if uniform is None else quantiles(mechanism.data.ravel(), uniform)
            drawn = drawn if change is None else change.of_noise(drawn, mechanism.data.std())
        else:
            if uniform is None:
                noise = mechanism.draw_noise_samples(n)
            else:
                noise = uniform if node.is_discrete else quantiles(self._residuals[j], uniform)
            noise = noise if change is None else change.of_noise(noise, mechanism.noise_model.data.std())
            drawn = mechanism.evaluate(encoded[:, parents], noise.reshape(-1, 1))
        return np.asarray(drawn).ravel().astype(np.float64)

    @property
    def n_levels(self) -> list[int]:
        """Levels of every column as its mechanism knows them, 0 for a number."""
        return [node.n_levels for node in self._nodes]

    def learn_copula(self) -> None:
        """Estimate how the nodes' noise depends on each other, and draw it so from then on; see `causal.noise`."""
        noise, self._residuals = noise_of(self.model, self.dag, self._nodes)
        self._copula = copula_factor(noise)

    def _resolved(self, changes: Mapping[Any, Any]) -> dict[int, Change]:
        at = {column.name: j for j, column in enumerate(self.columns)}
        resolved: dict[int, Change] = {}
        for name, change in changes.items():
            if name not in at:
                raise OptionError(f"no column {name!r} to intervene on; {did_you_mean(name, at)}")
            j = at[name]
            if j in self._copies:
                original = self.columns[self._copies[j]].name
                raise OptionError(f"{name!r} repeats {original!r}: intervene on {original!r}, {name!r} follows")
            resolved[j] = self._change(self.columns[j], self._nodes[j], change)
        return resolved

    def _change(self, column: Any, node: Node, change: Any) -> Change:
        if callable(change):
            if column.levels is not None:
                raise OptionError(f"{column.name!r} is {column.kind}: set it to a value, only numbers can be changed")

            def changed(x: np.ndarray) -> np.ndarray:
                changed = np.asarray(change(x), dtype=np.float64)
                if changed.shape not in ((), (1,), (len(x),)):
                    raise OptionError(f"what changes {column.name!r} gave {changed.shape} values for {len(x)} rows")
                return _checked(changed + np.zeros(len(x)), column)

            return changed
        value = pd.DataFrame({0: pd.Series([change], dtype=object)}).set_axis([column.name], axis=1)
        try:
            cell = TypedTable.from_frame(value, like=TypedTable((column,), np.empty((0, 1))))
        except DataError as error:
            raise OptionError(f"{column.name!r} is {column.dtype} and cannot be set to {change!r}") from error
        known = node.known(column.levels)
        if np.isnan(cell.values[0, 0]) or (node.is_discrete and cell.values[0, 0] not in known):
            known = "numbers" if known is None else column.levels[known[:20].astype(int)].tolist()
            raise OptionError(f"{column.name!r} cannot be set to {change!r}: its values are {known}")
        if column.levels is not None and cell.unseen[0, 0]:  # a date or a long integer has a place between known ones
            code = cell.values[0, 0]
            levels = pd.Series(column.levels)  # which writes a span of time as people do
            near = [str(levels[int(k)]) for k in dict.fromkeys((np.floor(code), np.ceil(code)))]
            raise OptionError(
                f"{column.name!r} cannot be set to {change!r}, which it never was: the nearest of its values "
                f"{'is' if len(near) == 1 else 'are'} {' and '.join(near)}"
            )
        value = _checked(cell.values[:, 0], column)[0]
        return lambda x: np.full(len(x), value)


def _check_draw(n: Any, rng: Any) -> None:
    check_number("n", n, 0, whole=True)
    if not isinstance(rng, np.random.Generator):
        raise OptionError(f"rng={rng!r} must be a NumPy generator: np.random.default_rng(seed)")


def _checked(values: np.ndarray, column: Any) -> np.ndarray:
    wrong = ~np.isfinite(values)
    if column.kind is Kind.INTEGER and column.levels is None:
        wrong |= values != np.round(values)
    if wrong.any():
        raise OptionError(f"{column.name!r} is {column.kind} and cannot be set to {values[wrong][0]}")
    lowest, highest = column.bounds
    wrong = (values < lowest) | (values > highest)
    if wrong.any():
        raise OptionError(f"{column.name!r} is {column.dtype} and cannot hold {values[wrong][0]:g}")
    return values


def warm_up() -> None:
    """Import DoWhy, which takes seconds the first time in a process: to be counted apart from the work."""
    shown = sys.displayhook
    import dowhy.gcm  # noqa: F401

    sys.displayhook = shown  # DoWhy has sympy take over how Python shows results: text would lose its quotes


def import_seconds() -> float:
    """Seconds that `warm_up` would take now, about."""
    return 0.0 if "dowhy.gcm" in sys.modules else IMPORT_SECONDS


def fit_mechanisms(
    table: TypedTable,
    dag: nx.DiGraph,
    rng: np.random.Generator,
    *,
    mechanism: str = "tree",
    noise: str = "independent",
    copies: dict[int, int] | None = None,
    deadline: float | None = None,
    leaves: dict[tuple[int, ...], int] | None = None,
) -> FittedSCM:
    """Fit an SCM with the given DAG to the rows of ``table``.

    Parameters
    ----------
    dag
        Nodes are the column positions of ``table``.
    mechanism
        See `mechanisms.MECHANISMS`.
    noise
        "independent" exogenous noise (the paper's) or "dependent" (a Gaussian copula).
    copies
        Columns that repeat another one: they are copied, not modelled.
    deadline
        ``time.monotonic()`` value after which `TimeoutError` is raised.
    leaves
        Leaf sizes of trees, by a node and its parents, that fits of other DAGs to the same rows have chosen; what is
        chosen here is added.
    """
    from dowhy.gcm import StructuralCausalModel

    nodes = [Node(table, j, rng) for j in range(len(table.columns))]
    if dependent := noise == "dependent" and len(table) > 2:
        order_levels(nodes, copies or {})
    model = StructuralCausalModel(dag)
    with warnings.catch_warnings():  # of rare classes, which are what small tables are made of
        warnings.simplefilter("ignore", UserWarning)
        _fit_nodes(model, nodes, dag, rng, mechanism, deadline, {} if leaves is None else leaves)
    scm = FittedSCM(dag, model, nodes, table, copies or {})
    if dependent:
        scm.learn_copula()
    scm.draw(max(CALIBRATION_ROWS, len(table)), rng, calibrate=True)
    return scm


def _fit_nodes(
    model: Any,
    nodes: list[Node],
    dag: nx.DiGraph,
    rng: np.random.Generator,
    mechanism: str,
    deadline: float | None,
    leaves: dict[tuple[int, ...], int],
) -> None:
    from dowhy.gcm import AdditiveNoiseModel, ClassifierFCM, EmpiricalDistribution

    for j, node in enumerate(nodes):
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError("the time for causal work ended while a structural causal model was fitted")
        parents = sorted(dag.predecessors(j))
        rows = rows_to_learn_from(node, [nodes[k] for k in parents])
        if not parents:
            model.set_causal_mechanism(j, EmpiricalDistribution())
            model.causal_mechanism(j).fit(X=node.own[rows])
            continue
        levels, seed = [nodes[k].n_levels for k in parents], int(rng.integers(2**31))
        X, leaf = np.stack([nodes[k].encoded for k in parents], axis=1), leaves.get((j, *parents))
        if node.is_discrete:
            learned = Classifier(mechanism, levels, node.n_levels, seed, leaf)
            model.set_causal_mechanism(j, ClassifierFCM(learned))
            model.causal_mechanism(j).fit(X=X, Y=node.encoded.astype(np.int64).astype(str).astype(object))
        else:
            learned = Regressor(mechanism, levels, seed, leaf)
            model.set_causal_mechanism(j, AdditiveNoiseModel(learned, EmpiricalDistribution()))
            model.causal_mechanism(j).fit(X=X[rows], Y=node.own[rows])
        if learned.leaf is not None:
            leaves[j, *parents] = learned.leaf
