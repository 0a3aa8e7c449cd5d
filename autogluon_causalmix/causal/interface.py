"""The causal engine on a plain data frame, without AutoGluon: `discover` and `fit_scm`.

graph = discover(frame, target="y", forbidden_edges=[("y", "age")])
scm = fit_scm(frame, graph)
rows = scm.sample(1000, np.random.default_rng(0))
older = scm.intervene({"age": lambda x: x + 5}, 1000, np.random.default_rng(0))
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.causal.mechanisms import MECHANISMS
from autogluon_causalmix.causal.noise import NOISES
from autogluon_causalmix.causal.repeats import is_copy
from autogluon_causalmix.causal.scm import FittedSCM, fit_mechanisms
from autogluon_causalmix.checks import check_choice, check_column, check_number
from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.table import TypedTable

__all__ = ["discover", "fit_scm"]

logger = logging.getLogger("autogluon.causalmix")


def discover(
    frame: pd.DataFrame,
    target: Any = None,
    *,
    categorical: Iterable = (),
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
        Columns to read as categories whatever their dtype.
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
        For an impossible option, and for knowledge that contradicts itself or names no column.
    DataError
        For a frame without rows or columns, or with cells that are not plain values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> dose = rng.standard_normal(300)
    >>> frame = pd.DataFrame({"dose": dose, "effect": 2 * dose + rng.standard_normal(300)})
    >>> graph = discover(frame, roots=["dose"], n_resamples=10)
    >>> list(graph.to_networkx(0.5).edges)
    [('dose', 'effect')]
    """
    options = DiscoveryOptions(n_resamples, alpha, max_depth, backend)
    check_number("seed", seed, 0, whole=True)
    if time_limit is not None:
        check_number("time_limit", time_limit, 0)
    table = _table(frame, categorical)
    if target is not None:
        check_column("target", target, table.names)
    knowledge = Knowledge.of(required_edges, forbidden_edges, tiers, roots, sinks, graph)
    return discover_edges(
        table,
        np.random.default_rng(seed),
        options,
        None if time_limit is None else time.monotonic() + time_limit,
        target=target,
        knowledge=knowledge,
    )


def fit_scm(
    frame: pd.DataFrame,
    graph: CausalGraph | nx.DiGraph | Iterable[tuple] | str | Path,
    *,
    mechanism: str = "tree",
    noise: str = "independent",
    categorical: Iterable = (),
    seed: int = 0,
) -> FittedSCM:
    """Fit a structural causal model to the rows of a data frame.

    Parameters
    ----------
    graph
        A `CausalGraph`, of which one DAG is drawn (another seed, another DAG), or a DAG over the
        columns: a networkx ``DiGraph``, pairs ``(cause, effect)`` or a GML file.
    mechanism
        "tree", "ridge" or "boosting".
    noise
        "independent" exogenous noise, or "dependent" (a Gaussian copula: latent confounding).
    categorical
        Columns to read as categories whatever their dtype.

    Returns
    -------
    FittedSCM
        With ``sample(n, rng)`` and ``intervene(changes, n, rng)``.

    Raises
    ------
    OptionError
        For an impossible option, and for a graph that is none, has a cycle or other columns.
    DataError
        For a frame without rows or columns, or with cells that are not plain values.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> dose = rng.standard_normal(300)
    >>> frame = pd.DataFrame({"dose": dose, "effect": 2 * dose + rng.standard_normal(300)})
    >>> scm = fit_scm(frame, [("dose", "effect")], mechanism="ridge")
    >>> scm.sample(1000, rng).shape
    (1000, 2)
    >>> treated = scm.intervene({"dose": 1.0}, 1000, rng)
    >>> bool(1.5 < treated["effect"].mean() < 2.5)
    True
    """
    check_choice("mechanism", mechanism, MECHANISMS)
    check_choice("noise", noise, NOISES)
    check_number("seed", seed, 0, whole=True)
    table = _table(frame, categorical)
    rng = np.random.default_rng(seed)
    if not isinstance(graph, CausalGraph):
        if graph is None:
            raise OptionError("graph=None: pass what discover(frame) returns, a networkx DiGraph or pairs")
        graph = discover_edges(table, rng, knowledge=Knowledge.of(graph=graph))
    elif tuple(graph.names) != tuple(table.names):
        raise OptionError(f"the graph is over {list(graph.names)[:20]}, the frame has {table.names[:20]}")
    dag = graph.sample_dag(rng)
    copies = {copy: original for copy, original in graph.copies.items() if is_copy(table, copy, original)}
    for copy in graph.copies.keys() - copies.keys():  # the graph was found on other rows
        original = table.names[graph.copies[copy]]
        logger.warning(
            "%r repeated %r in the rows that the graph was found on and does not in these: it is drawn without causes.",
            table.names[copy],
            original,
        )
    return fit_mechanisms(table, dag, rng, mechanism=mechanism, noise=noise, copies=copies)


def _table(frame: pd.DataFrame, categorical: Iterable) -> TypedTable:
    if isinstance(categorical, (str, bytes)) or not isinstance(categorical, Iterable):
        raise OptionError(f"categorical={categorical!r} must be a list of columns: write [{categorical!r}]")
    categorical = list(categorical)
    if isinstance(frame, pd.DataFrame):
        for name in categorical:
            check_column("categorical", name, frame.columns)
    table = TypedTable.from_frame(frame, categorical=categorical)
    if not len(table) or not table.columns:
        raise DataError(f"the frame has {len(table)} rows and {len(table.columns)} columns: there is nothing to learn")
    return table
