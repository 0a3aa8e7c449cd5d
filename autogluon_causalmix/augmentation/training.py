"""The rows that a model is fitted on: held out, drawn and mixed, or the plain ones if anything about that fails.

Whatever a generator raises is noted, told to the user once, and ends in the plain model: it must not lose the fit.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import numpy as np

from autogluon_causalmix.augmentation.inner import ignores_weights, key_of, needs_validation, row_limit
from autogluon_causalmix.augmentation.mixing import ModelData
from autogluon_causalmix.augmentation.report import AugmentReport
from autogluon_causalmix.augmentation.rows import Drawn, draw_rows
from autogluon_causalmix.budget import Budget
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import AugmentOptions

__all__ = ["rows_within", "training_rows", "without_rows"]

logger = logging.getLogger("autogluon.causalmix")


def training_rows(
    data: ModelData, model: Any, options: AugmentOptions, problem_type: str, budget: Budget, journal: Journal
) -> tuple[ModelData, AugmentReport]:
    """Return the rows that ``model`` is fitted on, and the report on them, its seconds still open.

    Validation rows are those of ``data``. Where it has none and the model would split its own off the
    mixture, real rows are held out first, which neither generator nor model trains on.
    """
    report = AugmentReport(
        model=key_of(type(model)),
        generator=options.synthesis.generator_name,
        mix_ratio=float(options.mix_ratio),
        synthetic_weight=options.synthetic_weight,
        seed=options.seed,
        rows_real=len(data.X),
        rows_validation=_rows(data.X_val),
    )
    if options.mix_ratio == 0:
        return data, report
    real, weight = data, options.synthetic_weight
    if data.X_val is None and needs_validation(model) and len(data.X) > 2:
        rng = np.random.default_rng(options.seed)
        real = data.held_out(options.holdout_share, problem_type == "regression", rng)
    if ignores_weights(type(model)):
        if weight is not None or data.weight is not None:
            journal.remark(f"{report.model} makes nothing of weights: all rows count the same")
        real, weight = dataclasses.replace(real, weight=None, weight_val=None), None
    n = _rows_allowed(model, len(real.X), options, journal)
    drawn = _drawn(real, n, options, problem_type, budget, journal) if n else None
    if drawn is None:
        return data, report
    mixed, n_real = real.mixed(drawn, weight, by_class=problem_type != "regression"), len(real.X)
    return mixed, dataclasses.replace(
        report,
        rows_real=n_real,
        rows_synthetic=n,
        rows_validation=_rows(real.X_val),
        rows_held_out=len(data.X) - n_real,
        weight_real=None if mixed.weight is None else float(mixed.weight[:n_real].sum()),
        weight_synthetic=None if mixed.weight is None else float(mixed.weight[n_real:].sum()),
        shared_generator=drawn.shared,
        fidelity=drawn.fidelity,
        **drawn.description.graph,
    )


def without_rows(report: AugmentReport, data: ModelData) -> AugmentReport:
    """The report of a model that was fitted on ``data`` after all."""
    return dataclasses.replace(
        report,
        rows_real=len(data.X),
        rows_synthetic=0,
        rows_validation=_rows(data.X_val),
        rows_held_out=0,
        weight_real=None,
        weight_synthetic=None,
        fidelity=None,
    )


def _rows(frame: Any) -> int:
    return 0 if frame is None else len(frame)


def rows_within(model: Any, n_real: int, options: AugmentOptions) -> int:
    """Synthetic rows beside ``n_real`` real ones, so that both kinds together keep the model's own limit."""
    asked, most = options.n_synthetic(n_real), row_limit(model)
    return asked if most is None else min(asked, max(0, most - n_real))


def _rows_allowed(model: Any, n_real: int, options: AugmentOptions, journal: Journal) -> int:
    asked, allowed = options.n_synthetic(n_real), rows_within(model, n_real, options)
    if not asked:
        journal.remark(f"no synthetic rows: mix_ratio={options.mix_ratio:g} of {n_real} real rows rounds to none")
    if allowed < asked:
        most = row_limit(model)
        journal.remark(f"{allowed} synthetic rows instead of {asked}: {key_of(type(model))} takes {most} rows at most")
    return allowed


def _drawn(
    real: ModelData, n: int, options: AugmentOptions, problem_type: str, budget: Budget, journal: Journal
) -> Drawn | None:
    unseen = None if real.X_val is None else (real.X_val, real.y_val)
    try:
        return draw_rows(real.X, real.y, n, options, problem_type, unseen=unseen, budget=budget, journal=journal)
    except Exception as error:  # whatever breaks in here must not lose the user's fit
        logger.debug("synthetic rows failed", exc_info=True)
        reason = f"no synthetic rows ({type(error).__name__}: {error})"
        journal.remark(reason, f"CausalMix fits the model on real rows alone: {reason}.")
        return None
