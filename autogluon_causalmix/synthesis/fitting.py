"""A row generator, fitted: to the training rows first, and once more to part of them where that is measured."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.generators.base import RowGenerator, fitted, import_seconds
from autogluon_causalmix.generators.catalogue import FitContext, make_generator, maker_of
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["FittedGenerator", "seconds_allowed"]

#: Largest share of the time limit that synthetic rows may take unless the user says otherwise.
TIME_SHARE = 0.3


@dataclass(frozen=True)
class FittedGenerator:
    """A generator, the rows it was fitted to, and how to fit another one like it.

    Attributes
    ----------
    table
        The rows, the target last.
    seconds
        What fitting took.
    """

    generator: RowGenerator
    table: TypedTable
    seconds: float
    options: SynthesisOptions
    context: FitContext

    @classmethod
    def to(cls, table: TypedTable, options: SynthesisOptions, context: FitContext) -> FittedGenerator:
        """Fit the generator that the options ask for; raises whatever it raises."""
        began = time.monotonic()
        generator = fitted(make_generator(options.generator, options.generator_options, context), table)
        return cls(generator, table, time.monotonic() - began, options, context)

    @property
    def allowed(self) -> float | None:
        """Seconds that fitting was allowed to take."""
        return self.context.seconds

    def again(self, table: TypedTable) -> RowGenerator:
        """Fit another one to other rows, in what is left of the seconds allowed."""
        left = None if self.allowed is None else self.allowed - self.seconds
        return FittedGenerator.to(table, self.options, dataclasses.replace(self.context, seconds=left)).generator


def seconds_allowed(options: SynthesisOptions, budget: Budget) -> float | None:
    """Seconds that fitting a generator may take, its imports not counted; None is without limit."""
    seconds, left = None, budget.left()
    if left is not None:
        seconds = TIME_SHARE * (left - import_seconds(maker_of(options.generator)))
    if options.synthesis_time_limit is not None:
        seconds = min(options.synthesis_time_limit, math.inf if seconds is None else seconds)
    return seconds
