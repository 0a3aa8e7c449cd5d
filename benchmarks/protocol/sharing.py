"""Generators that were fitted before: cells that learn from the same rows with the same options fit once.

The one place where benchmarks/ reaches into a fit. A cell that finds its generator fitted counts the
seconds that fitting it took.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from autogluon_causalmix.generators.base import fitted
from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.synthesis import fitting
from autogluon_causalmix.table import TypedTable

__all__ = ["GeneratorCache", "SharedGenerator", "rows_key", "shared_generators"]

#: Fitted generators that a worker keeps: those of one table and fold, and their twins on two thirds of the rows.
KEPT_FITS = 16


@dataclass(frozen=True)
class SharedGenerator:
    """A fitted generator, the table that it learned from, the seconds that it took, and figures about its rows."""

    generator: Any
    table: TypedTable
    seconds: float
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass
class GeneratorCache:
    """Fitted generators by `rows_key`, the latest `KEPT_FITS` of them.

    Attributes
    ----------
    used
        What the present fit asked for, in order: ``(key, seconds saved)``; 0 where it was fitted now.
    """

    fits: OrderedDict[str, SharedGenerator] = field(default_factory=OrderedDict)
    used: list[tuple[str, float]] = field(default_factory=list)

    def fitted(self, key: str, make: Callable[[], Any], table: TypedTable) -> Any:
        """Return the generator of this key, fitted to ``table`` now or before."""
        if key in self.fits:
            self.fits.move_to_end(key)
            self.used.append((key, self.fits[key].seconds))
            return self.fits[key].generator
        began = time.perf_counter()
        generator = fitted(make(), table)
        self.fits[key] = SharedGenerator(generator, table, time.perf_counter() - began)
        self.used.append((key, 0.0))
        if len(self.fits) > KEPT_FITS:
            self.fits.popitem(last=False)
        return generator

    @property
    def first_used(self) -> SharedGenerator | None:
        """What the present fit draws its rows from; None if it asked for none, or none could be fitted."""
        return self.fits.get(self.used[0][0]) if self.used else None

    @property
    def seconds_saved(self) -> float:
        """Seconds of fits that the present one was spared."""
        return sum(seconds for _, seconds in self.used)


def rows_key(
    spec: Any, generator_options: Mapping[str, Any], context: FitContext, weights: str, table: TypedTable
) -> str:
    """Digest of all that a generator's rows depend on: options, what it is offered, weights, the learned rows."""
    levels = [None if column.levels is None else column.levels.tolist() for column in table.columns]
    offered = (context.target, context.seed, context.seconds, context.discovery, context.knowledge)
    stated = (spec, sorted(generator_options.items()), offered, weights, table.columns, levels)
    total = hashlib.sha256(repr(stated).encode())
    total.update(np.ascontiguousarray(table.values).tobytes())
    return total.hexdigest()


@contextlib.contextmanager
def shared_generators(cache: GeneratorCache, weights: str) -> Iterator[GeneratorCache]:
    """Within the block, fits take generators from ``cache`` where it has them.

    Parameters
    ----------
    weights
        What tells apart the weights that some generators take their energy from.
    """
    make, cache.used = fitting.make_generator, []

    def shared_generator(spec, generator_options, context):
        key = partial(rows_key, spec, generator_options, context, weights)
        return _NotYetFitted(cache, key, lambda: make(spec, generator_options, context))

    fitting.make_generator = shared_generator
    try:
        yield cache
    finally:
        fitting.make_generator = make


@dataclass
class _NotYetFitted:
    """Stands for a generator until it is fitted."""

    cache: GeneratorCache
    key: Callable[[TypedTable], str]
    make: Callable[[], Any]

    def fit(self, table: TypedTable) -> Any:
        return self.cache.fitted(self.key(table), self.make, table)

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        raise RuntimeError("sample() before fit()")
