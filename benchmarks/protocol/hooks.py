"""The two places where a measurement reaches into a fit; nothing else in benchmarks/ knows the library's insides.

* `ObservedEstimator` calls ``observe(step, score, predict)`` after every validation pass, step 0 included;
  ``predict(X)`` is what the weights of that step say. The fit itself knows of no test rows and is the same
  with an observer as without.
* `shared_generators` keeps fitted generators of a worker, so that cells which learn from the same rows with
  the same options fit once. A cell that finds its generator fitted counts the seconds that fitting it took.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune import synthesis
from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.incontext.learner import numpy_outputs
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["FittedGenerator", "GeneratorCache", "ObservedEstimator", "rows_key", "shared_generators"]

#: Called with the step, its validation score, and a function from rows to probabilities.
Observer = Callable[[int, float, Callable[[pd.DataFrame], np.ndarray]], None]
#: Options that decide how rows are used, not which rows a generator makes; all others are in a fit's key.
OF_THE_USE = frozenset(
    "fine_tune fine_tune_steps lr warmup_steps weight_decay patience n_estimators random_mirror_x shuffle_classes "
    "shuffle_features mix_ratio mix_schedule schedule_steps label_source balance_classes mix_into selection "
    "holdout_share validation_joins_support query_share max_support max_query pool_rows".split()
)
#: Fitted generators that a worker keeps: those of one table and fold, and their twins on two thirds of the rows.
KEPT_FITS = 16


class ObservedEstimator(CausalMixEstimator):
    """A `CausalMixEstimator` with one member that is watched while it is tuned."""

    observe: Observer | None = None

    def _tune(self, learner, view, problem, rows, synthetic, rng, budget, threads, score, progress, max_query):
        support = self._order[np.isin(self._order, rows.training)][: self._max_support]
        x, y = view.features(problem.x[support]), view.targets(problem.target[support])

        coded: dict[int, tuple] = {}  # by frame, which is kept with its codes; they do not depend on weights

        def predict(X: pd.DataFrame) -> np.ndarray:
            if id(X) not in coded:
                coded[id(X)] = X, learner.coded(x, view.features(problem.encode(X)))
            codes = coded[id(X)][1]
            learner.model.eval()
            outputs = numpy_outputs(learner.outputs_of_codes(codes[0], y, codes[1]), learner.n_classes)
            return problem.prediction(view.probabilities_back(outputs))

        def watched(step: int, value: float) -> None:
            if self.observe is not None:
                self.observe(step, value, predict)
            if progress is not None:
                progress(step, value)

        arguments = (learner, view, problem, rows, synthetic, rng, budget, threads, score, watched, max_query)
        return super()._tune(*arguments)


@dataclass(frozen=True)
class FittedGenerator:
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

    fits: OrderedDict[str, FittedGenerator] = field(default_factory=OrderedDict)
    used: list[tuple[str, float]] = field(default_factory=list)

    def fitted(self, key: str, make: Callable[[], Any], table: TypedTable) -> Any:
        """Return the generator of this key, fitted to ``table`` now or before."""
        if key in self.fits:
            self.fits.move_to_end(key)
            self.used.append((key, self.fits[key].seconds))
            return self.fits[key].generator
        began = time.perf_counter()
        unfitted = make()
        found = unfitted.fit(table)
        generator = found if hasattr(found, "sample") else unfitted
        self.fits[key] = FittedGenerator(generator, table, time.perf_counter() - began)
        self.used.append((key, 0.0))
        if len(self.fits) > KEPT_FITS:
            self.fits.popitem(last=False)
        return generator

    @property
    def first_used(self) -> FittedGenerator | None:
        """What the present fit draws its rows from; None if it asked for none, or none could be fitted."""
        return self.fits.get(self.used[0][0]) if self.used else None

    @property
    def seconds_saved(self) -> float:
        """Seconds of fits that the present one was spared."""
        return sum(seconds for _, seconds in self.used)


def rows_key(options: CausalMixOptions, table: TypedTable, seed: int, seconds: float | None) -> str:
    """Digest of all that a generator's rows depend on: the learned rows, the options, the seed, the time."""
    named = sorted((k, repr(v)) for k, v in dataclasses.asdict(options).items() if k not in OF_THE_USE)
    levels = [None if column.levels is None else column.levels.tolist() for column in table.columns]
    total = hashlib.sha256(repr((named, table.columns, levels, seed, seconds)).encode())
    total.update(np.ascontiguousarray(table.values).tobytes())
    return total.hexdigest()


@contextlib.contextmanager
def shared_generators(cache: GeneratorCache) -> Iterator[GeneratorCache]:
    """Within the block, fits take generators from ``cache`` where it has them."""
    make, cache.used = synthesis.make_generator, []

    def kept(options, knowledge, context):
        return _Kept(cache, options, context, lambda: make(options, knowledge, context))

    synthesis.make_generator = kept
    try:
        yield cache
    finally:
        synthesis.make_generator = make


@dataclass
class _Kept:
    """Stands for a generator until it is fitted."""

    cache: GeneratorCache
    options: CausalMixOptions
    context: Any
    make: Callable[[], Any]

    def fit(self, table: TypedTable) -> Any:
        key = rows_key(self.options, table, self.context.seed, self.context.seconds)
        return self.cache.fitted(key, self.make, table)

    def sample(self, n: int, rng: np.random.Generator) -> Any:
        raise RuntimeError("sample() before fit()")
