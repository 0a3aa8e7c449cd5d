"""Fine-tuning episodes: support and query rows, real ones mixed with synthetic ones.

Every step splits the real training rows anew (stratified by class where it can be). A share
``mix_ratio`` of the support's and/or the query's rows is then replaced by synthetic rows that no
step has seen before; an episode keeps its size, so a step costs the same at every ratio (but
for "beside", which adds rows instead).
The paper leaves open where rows are mixed in; ``mix_into`` makes each reading an option.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.finetune.beside import joined
from autogluon_causalmix.finetune.environments import DomainRows, split_by_domain
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.strata import stratified_order
from autogluon_causalmix.incontext.episode import Episode
from autogluon_causalmix.synthesis.mixing import rows_beside

__all__ = ["EpisodeSampler", "EpisodeSize", "Mixing", "Take", "TakeApart"]


#: ``take(k)``: ``k`` fresh rows ``(x, y)``, or None once there are no more.
Take = Callable[[int], tuple[np.ndarray, np.ndarray] | None]
TakeApart = Callable[[int, int], tuple[np.ndarray, np.ndarray] | None]


@dataclass(frozen=True)
class EpisodeSize:
    """Share of an episode's rows that are query rows, and the most rows of each part."""

    query_share: float = 0.2
    max_support: int = 8192
    max_query: int = 1024

    def of(self, n: int) -> tuple[int, int]:
        """Support and query rows of an episode of ``n`` training rows."""
        n_query = min(n - 1, self.max_query, max(1, round(self.query_share * n)))
        return min(n - n_query, self.max_support), n_query

    def halved(self, n: int) -> EpisodeSize:
        """Return the size whose episodes of ``n`` training rows have half as many rows of each part."""
        n_support, n_query = self.of(n)
        return dataclasses.replace(self, max_support=max(2, n_support // 2), max_query=max(1, n_query // 2))


@dataclass(frozen=True)
class Mixing:
    """How synthetic rows enter episodes.

    Attributes
    ----------
    ratio
        Their share in [0, 1].
    into
        "support", "query", "both", "episode" (all rows of so large a share of the episodes),
        "whole_support" (all support rows of it) or "beside" (query rows that join the real ones).
    fall
        Part of ``ratio`` that is gone at the end of the fit: 0 stays constant, 1 falls to zero, 2 halfway there.
    take
        Where they come from; called once for all rows of an episode.
    take_apart
        ``take_apart(n_support, n_query)``: all rows of an episode whose support and query come from
        different places, the support's first; called instead of ``take`` where it is given.
    """

    ratio: float = 0.0
    into: str = "episode"
    fall: float = 0.0
    take: Take | None = None
    take_apart: TakeApart | None = None


class EpisodeSampler:
    """Makes episodes from real rows and a source of synthetic ones.

    Parameters
    ----------
    x, y
        Real training rows ``(n, f)`` and targets ``(n,)``, as everybody sees them.
    stratify
        Whether ``y`` holds classes.
    views
        Those that episodes are seen in, one after the other; none leaves them as they are.
    domains
        Whose rows they are, where support and query are to come from different domains.
    """

    def __init__(
        self,
        x: np.ndarray,
        y: np.ndarray,
        size: EpisodeSize,
        mixing: Mixing,
        rng: np.random.Generator,
        *,
        stratify: bool,
        views: Sequence[View] = (),
        domains: DomainRows | None = None,
    ) -> None:
        self._x, self._y, self._size, self._mixing, self._rng = x, y, size, mixing, rng
        self._stratify, self._domains = stratify, domains
        self._views, self._drawn = tuple(views), 0
        self._ratio = mixing.ratio if mixing.take is not None else 0.0
        # Streams of their own: the real rows' splits depend neither on the mixing nor on `real`.
        seed = int(rng.integers(2**63))
        self._mix_rng, self._real_rng = np.random.default_rng(seed), np.random.default_rng((seed, 1))

    @property
    def sizes(self) -> tuple[int, int]:
        """Support and query rows of an episode at most."""
        n_support, n_query = self._size.of(len(self._x))
        beside = rows_beside(n_query, self._ratio, self._size.max_query) if self._mixing.into == "beside" else 0
        return n_support, n_query + math.ceil(beside)

    @property
    def n_features(self) -> int:
        """Columns of an episode's features."""
        return len(self._views[0].order) if self._views else self._x.shape[1]

    def next(self, progress: float = 0.0) -> Episode:
        """Draw one episode in the next view; ``progress`` in [0, 1) is the share of the fit's steps taken before."""
        self._drawn += 1
        return self._seen(self._mixed(progress))

    def real(self) -> Episode:
        """Draw an episode of real rows alone, in the latest view; those that `next` draws stay what they are."""
        return self._seen(self._real(self._real_rng))

    def _seen(self, episode: Episode) -> Episode:
        return self._views[(self._drawn - 1) % len(self._views)].episode(episode) if self._views else episode

    def _mixed(self, progress: float) -> Episode:
        real = self._real(self._rng)
        if self._mixing.into == "beside":
            return self._beside(real, progress)
        x_s, y_s, x_q, y_q = real.x_support, real.y_support, real.x_query, real.y_query
        replaced_support, replaced_query = self._replaced(len(x_s), len(x_q), progress)
        k, k_query = len(replaced_support), len(replaced_query)
        drawn = self._take(k, k_query)
        if drawn is None:
            return real
        x, y = drawn
        x_s[replaced_support], x_q[replaced_query] = x[:k], x[k:]
        if y.ndim == 2:
            y_s[replaced_support] = self._hard(y[:k])
            y_q = np.eye(y.shape[1])[y_q]
        else:
            y_s[replaced_support] = y[:k]
        y_q[replaced_query] = y[k:]
        return Episode(x_s, y_s, x_q, y_q, k + k_query)

    def _real(self, rng: np.random.Generator) -> Episode:
        n, (n_support, n_query) = len(self._x), self._size.of(len(self._x))
        y = self._y if self._stratify else None
        if self._domains is not None:
            parts = split_by_domain(self._domains.domains, y, n_support, n_query, rng)
            if parts is not None:
                support, query = parts
                return Episode(self._x[support], self._y[support], self._domains.x_query[query], self._y[query], 0)
        order = stratified_order(y, rng, n)
        query, support = order[:n_query], order[n_query : n_query + n_support]
        return Episode(self._x[support], self._y[support], self._x[query], self._y[query], 0)

    def _beside(self, real: Episode, progress: float) -> Episode:
        exact = rows_beside(len(real.x_query), self._ratio_at(progress), self._size.max_query)
        drawn = self._take(0, self._rounded(exact))
        return real if drawn is None else joined(real, *drawn)

    def _take(self, k: int, k_query: int) -> tuple[np.ndarray, np.ndarray] | None:
        """``k`` support and ``k_query`` query rows; None for none, and from then on once there are no more."""
        if not k + k_query:
            return None
        apart = self._mixing.take_apart
        drawn = self._mixing.take(k + k_query) if apart is None else apart(k, k_query)
        if drawn is None:
            self._ratio = 0.0
        return drawn

    def _ratio_at(self, progress: float) -> float:
        return self._ratio * max(0.0, 1.0 - self._mixing.fall * progress)

    def _replaced(self, n_support: int, n_query: int, progress: float) -> list[np.ndarray]:
        """Positions of the support's and of the query's rows that are synthetic in this episode."""
        ratio, nothing = self._ratio_at(progress), np.zeros(0, dtype=int)
        if ratio <= 0:
            return [nothing, nothing]
        parts = {"support": n_support, "query": n_query}
        into = self._mixing.into
        if into in ("episode", "whole_support"):
            whole = parts if into == "episode" else ("support",)
            shares = dict.fromkeys(whole, 1.0) if self._mix_rng.random() < ratio else {}
        else:
            shares = dict.fromkeys(parts if into == "both" else (into,), ratio)
        return [self._positions(size, shares[part]) if part in shares else nothing for part, size in parts.items()]

    def _positions(self, n: int, share: float) -> np.ndarray:
        k = self._rounded(share * n)
        return self._mix_rng.permutation(n)[:k]

    def _rounded(self, exact: float) -> int:
        """Round by chance, so that the mean is exact."""
        return int(exact) + int(self._mix_rng.random() < exact - int(exact))

    def _hard(self, probabilities: np.ndarray) -> np.ndarray:
        """Draw a class for every row: a support row has one label."""
        edges = probabilities.cumsum(axis=1)
        return (self._mix_rng.random((len(edges), 1)) * edges[:, -1:] >= edges[:, :-1]).sum(axis=1)
