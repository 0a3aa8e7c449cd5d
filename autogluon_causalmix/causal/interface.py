"""The causal engine on a plain data frame, without AutoGluon: `discover` and `fit_scm`.

graph = discover(frame, target="y", forbidden_edges=[("y", "age")])
scm = fit_scm(frame, graph)
rows = scm.sample(1000, np.random.default_rng(0))
older = scm.intervene({"age": lambda x: x + 5}, 1000, np.random.default_rng(0))
"""

from __future__ import annotations

import time
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.causal.scm import FittedSCM, fit_mechanisms
from autogluon_causalmix.errors import OptionError, nearest_name
from autogluon_causalmix.options import MECHANISMS, NOISES
from autogluon_causalmix.table import TypedTable

__all__ = ["discover", "fit_scm"]


def discover(
    frame: pd.DataFrame,
    target: Any = None,
    *,
    categorical: tuple = (),
    required_edges: Any = (),
    forbidden_edges: Any = (),
    tiers: Any = (),
    roots: Any = (),
    sinks: Any = (),
    graph: Any = None,
    n_resamples: int = 50,
    alpha: float = 0.1,
    max_depth: int = 3,
    backend: str = "fast",
    time_limit: float | None = None,
    seed: int = 0,
) -> CausalGraph:
    """Estimate the probability of every direct edge between the columns of a data frame.

    Parameters
    ----------
    frame
        Rows ``(n_rows, n_columns)`` of any kinds; not altered.
    target
        Column that no drawn DAG leaves isolated.
    categorical
        Columns to read as classes whatever their dtype.
    required_edges, forbidden_edges, tiers, roots, sinks, graph
        What is known: see `causal.knowledge.Knowledge`. ``graph`` (a networkx ``DiGraph``, pairs or
        a GML file) skips discovery.
    n_resamples, alpha, max_depth, backend
        See `causal.discovery.DiscoveryOptions`.
    time_limit
        Seconds; fewer resamples if it is short, never none.

    Raises
    ------
    OptionError
        For knowledge that contradicts itself or names no column.
    """
    table = TypedTable.from_frame(frame, categorical=categorical)
    for name in (*categorical, *(() if target is None else (target,))):
        if name not in table.names:
            near = nearest_name(name, [str(other) for other in table.names])
            raise OptionError(f"no column {name!r} in the frame; did you mean {near!r}?")
    knowledge = Knowledge.of(required_edges, forbidden_edges, tiers, roots, sinks, graph)
    return discover_edges(
        table,
        np.random.default_rng(seed),
        DiscoveryOptions(n_resamples, alpha, max_depth, backend),
        None if time_limit is None else time.monotonic() + time_limit,
        target=target,
        knowledge=knowledge,
    )


def fit_scm(
    frame: pd.DataFrame,
    graph: CausalGraph | nx.DiGraph,
    *,
    mechanism: str = "tree",
    noise: str = "independent",
    categorical: tuple = (),
    seed: int = 0,
) -> FittedSCM:
    """Fit a structural causal model to the rows of a data frame.

    Parameters
    ----------
    graph
        A `CausalGraph`, of which one DAG is drawn (another seed, another DAG), or a networkx DAG
        over the columns.
    mechanism
        "tree", "ridge" or "boosting".
    noise
        "independent" exogenous noise, or "dependent" (a Gaussian copula: latent confounding).
    categorical
        Columns to read as classes whatever their dtype.

    Returns
    -------
    FittedSCM
        With ``sample(n, rng)`` and ``intervene(changes, n, rng)``.
    """
    for option, value, valid in (("mechanism", mechanism, MECHANISMS), ("noise", noise, NOISES)):
        if value not in valid:
            raise OptionError(f"{option}={value!r} is not one of {list(valid)}")
    table = TypedTable.from_frame(frame, categorical=categorical)
    rng = np.random.default_rng(seed)
    if isinstance(graph, nx.Graph):
        graph = discover_edges(table, rng, knowledge=Knowledge.of(graph=graph))
    elif tuple(graph.names) != tuple(table.names):
        raise OptionError(f"the graph is over {list(graph.names)[:20]}, the frame has {table.names[:20]}")
    dag = graph.sample_dag(rng)
    return fit_mechanisms(table, dag, rng, mechanism=mechanism, noise=noise, copies=graph.copies)
