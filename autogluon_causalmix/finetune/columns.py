"""Members after the first may see fewer columns: the target's Markov blanket, or as many by mutual information.

Given the blanket, the parents, children and children's other parents of the target, all other columns of a
graph that is right tell nothing more of it. Every member takes the blanket of another DAG drawn from the edge
probabilities, so that members differ where the graph is unsure. "informative" is the control without a graph:
as many columns as the blanket of such a DAG has, those that tell most of the target one by one.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

import networkx as nx
import numpy as np

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.causal.discovery import discover_edges
from autogluon_causalmix.causal.graphs import CausalGraph
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions

__all__ = ["ColumnChoice", "markov_blanket"]

logger = logging.getLogger("autogluon.causalmix")

#: Largest share of the time left that the search for edges, and what columns tell, may take.
TIME_SHARE = 0.2
#: What single columns tell of the target is measured on so many rows.
MOST_ROWS = 2000
#: Columns between two looks at the clock.
AT_A_TIME = 8


def markov_blanket(dag: nx.DiGraph, node: int) -> set[int]:
    """Parents, children and the children's other parents of a node."""
    children = set(dag.successors(node))
    parents = {cause for effect in (node, *children) for cause in dag.predecessors(effect)}
    return (parents | children) - {node}


@dataclass(frozen=True)
class ColumnChoice:
    """Draws the columns of members from what training rows say.

    Attributes
    ----------
    graph
        Edge probabilities; the target is the last column.
    source
        For every encoded column, the position of the table's column that it is made of, ``(width,)``.
    information
        Mutual information of every encoded column with the target, ``(width,)``; None for blankets.
    """

    graph: CausalGraph
    source: np.ndarray
    information: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        problem: Problem,
        split: Split,
        options: CausalMixOptions,
        budget: Budget,
        journal: Journal,
        rng: np.random.Generator,
    ) -> ColumnChoice | None:
        """Search the graph on the training rows of a split; None, noted in the journal, if that fails."""
        table, left = problem.joint.rows(split.training), budget.left()
        deadline = None if left is None else time.monotonic() + TIME_SHARE * left
        encoder = problem.reader.encoder
        source = np.concatenate((encoder.kept, encoder.flagged))
        target, knowledge, information = problem.target_name, options.knowledge, None
        try:
            with journal.stage("columns of members"):
                graph = discover_edges(table, rng, options.discovery, deadline, target=target, knowledge=knowledge)
                if options.tuning.member_columns == "informative":
                    information = _mutual_information(problem, split, source, rng, deadline)
        except Exception as error:  # members with all columns are a fit too
            logger.debug("the columns of members could not be chosen", exc_info=True)
            reason = f"members see all columns ({type(error).__name__}: {error})"
            journal.remark(reason, f"CausalMix: {reason}.")
            return None
        return cls(graph, source, information)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Positions of the encoded columns that a member sees, ascending; all of them where a DAG leaves none."""
        target = len(self.graph.names) - 1
        seen = np.flatnonzero(np.isin(self.source, list(markov_blanket(self.graph.sample_dag(rng), target))))
        if not len(seen):
            return np.arange(len(self.source))
        if self.information is None:
            return seen
        return np.sort(np.argsort(-self.information, kind="stable")[: len(seen)])


def _mutual_information(
    problem: Problem, split: Split, source: np.ndarray, rng: np.random.Generator, deadline: float | None
) -> np.ndarray:
    """Of every encoded column with the target, on `MOST_ROWS` training rows; TimeoutError after the deadline."""
    from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

    columns, n_kept = problem.joint.columns, len(problem.reader.encoder.kept)
    is_class = np.array([k >= n_kept or columns[j].is_discrete for k, j in enumerate(source)])
    estimate = mutual_info_regression if problem.reader.is_regression else mutual_info_classif
    rows, seed = split.training, int(rng.integers(2**31))
    if len(rows) > MOST_ROWS:
        rows = np.sort(rng.permutation(rows)[:MOST_ROWS])
    x, target = problem.x[rows].astype(np.float64), problem.target[rows]
    for k in np.flatnonzero(is_class):  # codes less their mean are codes, but do not look like any
        x[:, k] = np.unique(x[:, k], return_inverse=True)[1]
    found = []
    for start in range(0, len(source), AT_A_TIME):
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError(f"the time ended after {start} of {len(source)} columns")
        part = slice(start, start + AT_A_TIME)
        found.append(estimate(x[:, part], target, discrete_features=is_class[part], random_state=seed))
    return np.concatenate(found)
