"""Episodes that ask about some domains with rows of others: the user's own column says which domain a row is from.

A query row shows what a row of a new domain will show: AutoGluon hands a level that training never had over as a
missing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autogluon_causalmix.errors import OptionError, did_you_mean
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.strata import stratified_order
from autogluon_causalmix.generators.base import RowPool
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.synthesis.supply import Apart

__all__ = ["DomainColumn", "DomainRows", "split_by_domain"]

#: Choices of domains to ask about that are tried for one that leaves every class to the support.
TRIES = 10
#: Least share of the rows that the support's domains keep.
LEAST_REST = 0.5
#: Rows drawn for every row of a synthetic episode, so that it has enough of either side.
EXCESS = 3
#: Draws of a synthetic episode that are tried for one with two sides; then its domains are mixed.
DRAWS = 3


@dataclass(frozen=True)
class DomainColumn:
    """The column of the domains.

    Attributes
    ----------
    position
        In the problem's ``joint``.
    is_hidden
        Whether query rows show no level instead of their own.
    """

    position: int
    is_hidden: bool

    @classmethod
    def of(cls, problem: Problem, name: Any, journal: Journal) -> DomainColumn | None:
        """Find the column that the user names; None for no name, and, with a remark, where it divides nothing.

        Raises
        ------
        OptionError
            If there is no such column.
        """
        if name is None:
            return None
        features = problem.joint.names[:-1]
        if name not in features:
            raise OptionError(f"environment_column={name!r} is no column of the table; {did_you_mean(name, features)}")
        position = features.index(name)
        why = _undivided(_codes(problem.joint.values[:, position]), problem.stratum)
        if why is not None:
            reason = f"environment_column={name!r} is ignored: {why}"
            journal.remark(reason, f"CausalMix: {reason}.")
            return None
        column = problem.joint.columns[position]
        return cls(position, column.is_discrete and not column.two_numbers)

    def rows(self, problem: Problem, training: np.ndarray) -> DomainRows:
        """What an episode needs to know of the training rows at these positions."""
        values = problem.joint.values[training]
        shown = problem.reader.encoder.transform(self._as_asked(values)[:, :-1])
        return DomainRows(_codes(values[:, self.position]), shown)

    def apart(self, pool: RowPool, has_classes: bool, rng: np.random.Generator) -> Apart:
        """Return what draws a synthetic episode whose query is of other domains than its support.

        Where no draw has two sides (a rare domain, a strong intervention), domains are mixed as in a real episode that
        cannot be divided, and query rows hide theirs all the same.
        """

        def draw(n_support: int, n_query: int) -> np.ndarray:
            for _ in range(DRAWS):
                values = pool.take(EXCESS * (n_support + n_query))
                target = values[:, -1] if has_classes else None
                parts = split_by_domain(_codes(values[:, self.position]), target, n_support, n_query, rng)
                if parts is not None:
                    break
            else:
                parts = np.arange(n_support), np.arange(n_support, n_support + n_query)
            support, query = (np.resize(rows, n) for rows, n in zip(parts, (n_support, n_query), strict=True))
            return np.concatenate((values[support], self._as_asked(values[query])))

        return draw

    def _as_asked(self, values: np.ndarray) -> np.ndarray:
        if not self.is_hidden:
            return values
        values = values.copy()
        values[:, self.position] = np.nan
        return values


@dataclass(frozen=True)
class DomainRows:
    """Training rows, as domains divide them.

    Attributes
    ----------
    domains
        Code ``(n,)`` of every row's domain.
    x_query
        Features ``(n, f)`` as they are shown in a query row.
    """

    domains: np.ndarray
    x_query: np.ndarray


def split_by_domain(
    domains: np.ndarray, y: np.ndarray | None, n_support: int, n_query: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Choose support and query rows from different domains.

    Domains are asked about in random order until they have ``n_query`` rows; the others keep at least
    `LEAST_REST` of all rows and, if it can be, every class. Query rows of a class that they lack are left out.

    Parameters
    ----------
    domains
        Codes ``(n,)``.
    y
        Classes ``(n,)``, in proportion to which rows are chosen; None for a regression.

    Returns
    -------
    Positions of at most ``n_support`` and ``n_query`` rows; None where no domain can be asked about.
    """
    found, of_rows, counts = np.unique(domains, return_inverse=True, return_counts=True)
    if len(found) < 2:
        return None
    for _ in range(TRIES):
        asked = np.isin(of_rows, _asked(counts, n_query, rng))
        if y is None or len(np.unique(y[~asked])) == len(np.unique(y)):
            break
    rest, asked = np.flatnonzero(~asked), np.flatnonzero(asked)
    if y is not None:
        asked = asked[np.isin(y[asked], y[rest])]
    if not len(asked):
        return None
    return tuple(
        rows[stratified_order(None if y is None else y[rows], rng, len(rows))[:most]]
        for rows, most in ((rest, n_support), (asked, n_query))
    )


def _asked(counts: np.ndarray, n_query: int, rng: np.random.Generator) -> list[int]:
    """Domains to ask about, given their rows; at least one, for of two domains one has half of the rows at most."""
    chosen, rows = [], 0
    for domain in rng.permutation(len(counts)):
        if rows >= n_query:
            break
        if rows + counts[domain] <= (1 - LEAST_REST) * counts.sum():
            chosen.append(int(domain))
            rows += counts[domain]
    return chosen


def _undivided(domains: np.ndarray, y: np.ndarray | None) -> str | None:
    """Why no episode can ask about some of these domains with rows of others; None where one can."""
    if domains.max(initial=0) == 0:
        return "all training rows are of one domain"
    if y is not None and all(len(np.unique(domains[y == one])) < 2 for one in np.unique(y)):
        return "every class is of one domain, so that no domain's rows tell of another's classes"
    return None


def _codes(values: np.ndarray) -> np.ndarray:
    """Codes ``(n,)`` of the values of a column; missing is a domain of its own."""
    return np.unique(np.where(np.isnan(values), -np.inf, values), return_inverse=True)[1]
