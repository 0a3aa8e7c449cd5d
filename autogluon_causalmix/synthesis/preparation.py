"""From training rows to a supply of synthetic ones: fit a generator, draw, measure, decide on the share.

Whatever fails here is noted, told to the user once, and ends in fewer or no synthetic rows: it must
not lose the fit.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import numpy as np

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.generators.base import Description, RowPool, describe, parts, warm_up
from autogluon_causalmix.generators.catalogue import FitContext, maker_of
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.synthesis.fitting import TIME_SHARE, FittedGenerator, seconds_allowed
from autogluon_causalmix.synthesis.interventions import WorldPool, pool_of
from autogluon_causalmix.synthesis.measurement import measure
from autogluon_causalmix.synthesis.mixing import auto_mix_ratio
from autogluon_causalmix.synthesis.part_pools import PartPools
from autogluon_causalmix.synthesis.supply import Read, Supply
from autogluon_causalmix.table import TypedTable

__all__ = ["REFILL_CELLS", "prepare"]

logger = logging.getLogger("autogluon.causalmix")

#: Work on synthetic rows that could take fewer seconds is not started.
MIN_SECONDS = 0.3
#: Fidelity is only measured while this many seconds are left, where no decision hangs on it.
FIDELITY_SECONDS = 5.0
#: Cells drawn at a time; an SCM draws about two million a second.
REFILL_CELLS = 500_000


def prepare(
    table: TypedTable,
    unseen: np.ndarray,
    read: Read,
    options: SynthesisOptions,
    context: FitContext,
    budget: Budget,
    journal: Journal,
) -> Supply | None:
    """Fit the generator that the options ask for; None if there are no synthetic rows, the reason in the journal.

    Parameters
    ----------
    table
        The rows that the generator learns from, the target last.
    unseen
        Values ``(n, n_columns)`` of rows that it does not, for measuring.
    read
        How drawn rows become features and targets.
    context
        What the generator's constructor is offered; its seconds are set here.
    """
    seconds = seconds_allowed(options, budget)
    if seconds is not None and seconds < MIN_SECONDS:
        _give_up("the time limit leaves no time for synthetic rows", journal)
        return None
    context = dataclasses.replace(context, seconds=seconds)
    try:
        fitted = _fitted(table, options, context, journal)
        description = _described(fitted, journal)
        # A refill happens inside a step: on wide tables it is kept to a fraction of a second.
        size = max(10, min(options.pool_rows, REFILL_CELLS // len(table.columns)))
        pool = _pool(fitted, size, options)
        read(pool.take(1))  # a generator that cannot draw fails now
    except Exception as error:  # whatever breaks in here must not lose the user's fit
        logger.debug("synthetic rows failed", exc_info=True)
        _give_up(f"no synthetic rows ({type(error).__name__}: {error})", journal)
        return None
    fidelity = _fidelity(fitted, unseen, options, budget, journal)
    apart = pool.take_apart if isinstance(pool, WorldPool) else None
    return Supply(pool, read, _ratio(options, fidelity, journal), fidelity, description.graph, apart)


def _give_up(reason: str, journal: Journal) -> None:
    journal.remark(reason, f"CausalMix fine-tunes on real rows alone: {reason}.")


def _fitted(table: TypedTable, options: SynthesisOptions, context: FitContext, journal: Journal) -> FittedGenerator:
    with journal.stage("generator imports"):
        warm_up(maker_of(options.generator))
    return FittedGenerator.to(table, options, context)


def _pool(fitted: FittedGenerator, size: int, options: SynthesisOptions) -> RowPool | PartPools:
    seed, balance = fitted.context.seed + 1, options.balance_classes
    if options.one_dag_per_episode:
        return PartPools(parts(fitted.generator), size, seed, fitted.table, balance=balance)
    return pool_of(fitted.generator, options, size, np.random.default_rng(seed), fitted.table)


def _described(fitted: FittedGenerator, journal: Journal) -> Description:
    """Ask the generator what it did; its seconds, and what it did otherwise than asked, are noted."""
    description = describe(fitted.generator)
    for stage, seconds in (description.seconds or {"generator": fitted.seconds}).items():
        journal.took(stage, seconds)
    for remark in description.remarks:
        journal.remark(remark, f"CausalMix: {remark}.")
    return description


def _fidelity(
    fitted: FittedGenerator, unseen: np.ndarray, options: SynthesisOptions, budget: Budget, journal: Journal
) -> dict[str, Any] | None:
    decisive, left = options.mix_ratio == "auto", budget.left()
    if left is not None and left <= FIDELITY_SECONDS and not decisive:
        return None
    # A stream of its own: what is measured does not move the rows that are trained on.
    rng = np.random.default_rng(fitted.context.seed + 2)
    used = {"labelled_by_generator": options.label_source == "generator", "balanced": options.balance_classes}
    try:
        with journal.stage("fidelity"):
            seconds = None if left is None else TIME_SHARE * left
            return measure(fitted, unseen, rng, seconds, decisive=decisive, **used)
    except Exception as error:  # a figure for the reader: the rows are used without it
        logger.debug("fidelity failed", exc_info=True)
        journal.remark(f"fidelity was not measured ({type(error).__name__}: {error})")
        return None


def _ratio(options: SynthesisOptions, fidelity: dict[str, Any] | None, journal: Journal) -> float:
    """The share of synthetic rows that the options ask for, or that the fidelity allows."""
    if options.mix_ratio != "auto":
        return float(options.mix_ratio)
    known = fidelity or {}
    ratio = auto_mix_ratio(known.get("two_sample_auc"), known.get("usefulness"), known.get("diversity", 1.0))
    if fidelity is None:
        journal.remark(f"mix_ratio='auto' is {ratio}: fidelity was not measured")
    return ratio
