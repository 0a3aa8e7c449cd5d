"""Do the parts of a generator agree on a row's label? Rows on which they do not are not handed out.

Every part, such as the SCM of one DAG, teaches a forest of its own to predict the target from its own rows. Where
the forests disagree, the label hangs on which graph is right. A committee of copulas, each fitted to half of the
rows, is the control without a graph; dropping as many rows by chance would change nothing about the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.base import RowGenerator, draw
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.generators.matrices import Completed
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.committees import CopulaCommittee

__all__ = ["AgreeingCopulas", "AgreeingSCM", "Jury"]

#: Rows that a part teaches its forest with, and trees of a forest.
TAUGHT, TREES = 500, 50


class Jury:
    """Forests that learned from a generator's parts, one each.

    Parameters
    ----------
    parts
        Fitted generators.
    table
        What they were fitted to; its last column is a class.
    """

    def __init__(self, parts: list[RowGenerator], table: TypedTable, rng: np.random.Generator) -> None:
        from sklearn.ensemble import RandomForestClassifier

        if not table.columns[-1].is_discrete:
            raise DataError(f"a jury votes on classes, and the target {table.names[-1]!r} is a number")
        self._coding, self._labels = Completed(table), np.unique(table.values[:, -1])
        self._forests = []
        for part in parts:
            rows = draw(part, TAUGHT, rng, table)
            forest = RandomForestClassifier(TREES, min_samples_leaf=2, random_state=int(rng.integers(2**31)), n_jobs=1)
            self._forests.append(forest.fit(self._features(rows), rows[:, -1].astype(np.int64)))

    def _features(self, values: np.ndarray) -> np.ndarray:
        return np.delete(self._coding.matrix(values), values.shape[1] - 1, axis=1)

    def disagreement(self, values: np.ndarray) -> np.ndarray:
        """Mean over classes of the variance of the forests' probabilities, for rows ``(n, n_columns)``."""
        features, votes = self._features(values), np.zeros((len(self._forests), len(values), len(self._labels)))
        for vote, forest in zip(votes, self._forests, strict=True):
            vote[:, np.searchsorted(self._labels, forest.classes_)] = forest.predict_proba(features)
        return votes.var(axis=0).mean(axis=1)


@dataclass
class _Agreeing:
    """Hands out the rows of a generator with parts on which its jury agrees most.

    Parameters
    ----------
    drop : float in [0, 0.9]
        Share of the rows that is not handed out.
    """

    drop: float = 0.3
    jury: Any = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_number("drop", self.drop, 0, 0.9)
        super().__post_init__()

    def fit(self, table: TypedTable) -> RowGenerator:
        """Fit the generator, then its jury."""
        super().fit(table)
        self.jury = Jury(self.parts(), table, np.random.default_rng((self.seed, 11)))
        return self

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows, the ones that are agreed on most of ``n / (1 - drop)``, in the order of their draw."""
        rows = super().sample(int(np.ceil(n / (1.0 - self.drop))), rng)
        if self.jury is None or not n:
            return rows.rows(np.arange(n))
        kept = np.argsort(self.jury.disagreement(rows.values), kind="stable")[:n]
        return rows.rows(np.sort(kept))


@dataclass
class AgreeingSCM(_Agreeing, SCMGenerator):
    """Rows of the SCMs of several DAGs on whose labels these agree."""


@dataclass
class AgreeingCopulas(_Agreeing, CopulaCommittee):
    """The same of several copulas."""
