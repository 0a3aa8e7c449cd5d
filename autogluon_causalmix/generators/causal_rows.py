"""The CausalMixFT generator: discovery, several DAGs, a fitted SCM each, rows from all of them.

An SCM is a structural causal model; `causal.scm` fits one to a given DAG.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.causal.mechanisms import MECHANISMS
from autogluon_causalmix.causal.noise import NOISES
from autogluon_causalmix.causal.scm import FittedSCM, fit_mechanisms, import_seconds, warm_up
from autogluon_causalmix.causal.worlds import World, random_world
from autogluon_causalmix.checks import check_choice, check_number
from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.table import TypedTable

__all__ = ["SCMGenerator"]

#: Share of the causal time that discovery may use; the rest is for fitting mechanisms.
DISCOVERY_SHARE = 0.6
#: (columns, DAGs at most on tables with more): an SCM of 500 columns takes seconds to fit.
WIDE_DAGS = ((250, 2), (100, 4))
#: Edges weaker than this are left out of the report: a 500-column graph has thousands of them.
REPORTED_PROBABILITY = 0.05


@dataclass(frozen=True)
class OneDag:
    """Rows of one DAG's SCM: a part of what `SCMGenerator` draws."""

    scm: FittedSCM

    def fit(self, table: TypedTable) -> OneDag:
        """Nothing is left to learn."""
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows."""
        return self.scm.draw(n, rng)


@dataclass
class SCMGenerator:
    """Rows from structural causal models over the columns of a table.

    Parameters
    ----------
    target
        Label of the target column: never isolated in a DAG. None for a table without target.
    discovery
        How edges are searched.
    knowledge
        What the user knows of the graph; a whole graph needs one SCM only.
    n_dags : int >= 1
        DAGs drawn, each with an SCM fitted to it.
    mechanism : {"tree", "ridge", "boosting"}
        What the mechanisms are.
    noise : {"independent", "dependent"}
        Exogenous noise: independent (the paper's), or dependent (a copula: latent confounding).
    seed
        Seed of discovery, DAGs and mechanisms.
    seconds
        Time for `fit`: fewer resamples and SCMs when it is short. The first SCM may take as long
        again.

    Raises
    ------
    OptionError
        For an impossible ``n_dags``, ``mechanism`` or ``noise``.
    """

    target: Any = None
    discovery: DiscoveryOptions = field(default_factory=DiscoveryOptions)
    knowledge: Knowledge = field(default_factory=Knowledge)
    n_dags: int = 8
    mechanism: str = "tree"
    noise: str = "independent"
    seed: int = 0
    seconds: float | None = None
    graph: CausalGraph | None = field(default=None, init=False)
    scms: list[FittedSCM] = field(default_factory=list, init=False)
    timings: dict[str, float] = field(default_factory=dict, init=False)
    warm_up = staticmethod(warm_up)
    import_seconds = staticmethod(import_seconds)

    def __post_init__(self) -> None:
        check_number("n_dags", self.n_dags, 1, whole=True)
        check_choice("mechanism", self.mechanism, MECHANISMS)
        check_choice("noise", self.noise, NOISES)

    def fit(self, table: TypedTable) -> SCMGenerator:
        """Discover edge probabilities, draw DAGs and fit an SCM to each.

        Raises
        ------
        TimeoutError
            If not even one SCM could be fitted within twice ``seconds``.
        """
        start = time.monotonic()
        rng = np.random.default_rng(self.seed)
        until = None if self.seconds is None else start + DISCOVERY_SHARE * self.seconds
        self.graph = discover_edges(table, rng, self.discovery, until, target=self.target, knowledge=self.knowledge)
        self.timings["discovery"] = time.monotonic() - start
        end = None if self.seconds is None else start + self.seconds
        began = time.monotonic()
        self.scms = []
        leaves: dict[tuple[int, ...], int] = {}
        for _ in range(self._n_dags(len(table.columns))):
            dag = self.altered(self.graph.sample_dag(rng))
            try:
                until = end if self.scms or end is None else end + self.seconds
                self.scms.append(
                    fit_mechanisms(
                        table,
                        dag,
                        rng,
                        mechanism=self.mechanism,
                        noise=self.noise,
                        copies=self.graph.copies,
                        deadline=until,
                        leaves=leaves,
                    )
                )
                if end is not None and time.monotonic() > end:
                    break
            except TimeoutError:
                if not self.scms:
                    raise
                break
        self.timings["mechanisms"] = time.monotonic() - began
        return self

    def altered(self, dag: nx.DiGraph) -> nx.DiGraph:
        """Return the DAG that is fitted in place of one that was drawn: the same; for subclasses that experiment."""
        return dag

    def parts(self) -> list[OneDag]:
        """Return a generator for each DAG; together they draw what this one does."""
        return [OneDag(scm) for scm in self.scms]

    def describe(self) -> Description:
        """Return the graph that was searched, the DAGs that were drawn from it, and what each stage took."""
        names, edges = self.graph.names, self.graph.edge_frame(REPORTED_PROBABILITY)
        labelled = edges.assign(**{"from": edges["from"].map(str), "to": edges["to"].map(str)})
        return Description(
            graph_resamples=self.graph.n_resamples,
            edges=labelled.to_dict("records"),
            dags=[[[str(names[a]), str(names[b])] for a, b in scm.dag.edges] for scm in self.scms],
            seconds=dict(self.timings),
        )

    def _n_dags(self, n_columns: int) -> int:
        if self.knowledge.is_whole:
            return 1
        return min(self.n_dags, next((most for least, most in WIDE_DAGS if n_columns > least), self.n_dags))

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows, every SCM giving an equal share, in random order."""
        return self.sample_in(None, n, rng)

    def draw_world(self, strength: float, rng: np.random.Generator) -> World:
        """Draw interventions on anything but the target, see `causal.worlds`; all DAGs have them in common."""
        target = [j for j, column in enumerate(self.scms[0].columns) if column.name == self.target]
        # A feature that the target repeats is the target; a copy follows its original whatever is done to it.
        untouched = {*target, *(self.graph.copies.get(j, j) for j in target), *self.graph.copies}
        return random_world(self.scms[0].n_levels, strength, rng, untouched)

    def sample_in(self, world: World | None, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows as `sample` does, in a world."""
        shares = np.bincount(np.arange(n) % len(self.scms), minlength=len(self.scms))
        drawn = [scm.draw(int(k), rng, world=world).values for scm, k in zip(self.scms, shares, strict=True) if k]
        values = np.concatenate(drawn) if drawn else np.empty((0, len(self.scms[0].columns)))
        return TypedTable(self.scms[0].columns, values[rng.permutation(len(values))])
