"""Two fits of the same rows, used together: what is measured where a cell is several fits and their pairs.

Every fit is scored, and of every pair (`PAIRS`) two hedges: the mean of their predictions, and one model whose weights
are the mean of theirs (a model soup, arXiv 2203.05482), which costs no more to predict with than one fit. Choosing one
of them by validation needs no measurement beyond the fits themselves: their validation losses are told.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.finetune.fitted import FittedMitra
from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.methods import Setting, causalmix
from benchmarks.protocol.scores import scores
from benchmarks.protocol.sharing import shared_generators
from benchmarks.protocol.shift_scores import of_parts
from benchmarks.protocol.tables import TARGET

__all__ = [
    "FITS",
    "OTHER_SEED",
    "PAIRS",
    "fit_all",
    "like_training",
    "merged",
    "resolve_all",
    "resolved",
    "rows_like_training",
    "rows_under_shift",
    "under_shift",
]

#: Training and validation rows, frames of test rows, and what scores predictions of each of these.
Rows = tuple[pd.DataFrame, pd.DataFrame, list[pd.DataFrame], Callable[[list], dict]]
#: What one cell fits; "again" has another seed.
FITS = {
    "causalmix": {"method": "causalmix"},
    "default": {"method": "default"},
    "copula": {"method": "causalmix", "generator": "copula"},
    "causalmix again": {"method": "causalmix"},
    "default again": {"method": "default"},
}
#: Two fits that are used together, by the name of what they make: a hedge, its twin, and averaging without a hedge.
PAIRS = {
    "SCM and real": ("causalmix", "default"),
    "copula and real": ("copula", "default"),
    "SCM twice": ("causalmix", "causalmix again"),
    "real twice": ("default", "default again"),
}
#: Added to the seed of a fit that is made again: no fold has it.
OTHER_SEED = 1000


def resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of every fit of a cell, all defaults filled in."""
    return resolve_all(FITS, hyperparameters, setting)


def resolve_all(fits: Mapping[str, dict], hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of each of ``fits``, by its name; one whose name ends in "again" has another seed."""
    again = Setting(setting.seed + OTHER_SEED, setting.checkpoint, setting.device, setting.task)
    return {
        name: causalmix({**hyperparameters, **given}, again if name.endswith("again") else setting)
        for name, given in fits.items()
    }


def like_training(cell: Cell) -> dict[str, Any]:
    """Scores on test rows like those of training, see `_measured`."""
    return _measured(cell, *rows_like_training(cell))


def under_shift(cell: Cell) -> dict[str, Any]:
    """Scores on both tests of a shift, see `_measured` and `shift_scores.of_parts`."""
    return _measured(cell, *rows_under_shift(cell))


def rows_like_training(cell: Cell) -> Rows:
    """Training, validation and test rows, and what scores predictions of the latter."""
    train, validation, test = cell.split.draw(read(cell.dataset, cell.content))
    return train, validation, [test], lambda p: scores(test, *p)


def rows_under_shift(cell: Cell) -> Rows:
    """Training and validation rows, both tests, and what scores predictions of these."""
    parts = cell.split.draw(read(cell.dataset, cell.content), cell.dataset)
    return parts.train, parts.validation, [parts.test, parts.shifted], lambda p: of_parts(parts, *p)


def merged(first: FittedMitra, second: FittedMitra) -> FittedMitra:
    """A fit whose weights are the mean of two fits'; it sees the table as the first does. Neither is altered."""
    fitted = copy.deepcopy(first)
    for member, other in zip(fitted.members, second.members, strict=True):
        theirs = other.learner.model.state_dict()
        ours = member.learner.model.state_dict()
        member.learner.model.load_state_dict({name: (ours[name] + theirs[name].cpu()) / 2 for name in ours})
    return fitted.to(first.device)


def _measured(
    cell: Cell, train: pd.DataFrame, validation: pd.DataFrame, tests: list, of: Callable[[list], dict]
) -> dict[str, Any]:
    """Fit all, then score fits and pairs.

    Returns
    -------
    ``by_model``: of every fit and hedge its scores; of fits also the validation loss of the step that is kept, that
    step, the seconds and what fell back. ``seconds``: of all fits together.
    """
    began = time.perf_counter()
    fits, found = fit_all(cell, train, validation)
    seconds = time.perf_counter() - began
    tests = [rows.drop(columns=TARGET) for rows in tests]
    predicted = {name: [fit.predict_proba(rows) for rows in tests] for name, fit in fits.items()}
    for name, (one, other) in PAIRS.items():
        predicted[f"{name} averaged"] = [np.mean(p, axis=0) for p in zip(predicted[one], predicted[other], strict=True)]
        soup = merged(fits[one], fits[other])
        predicted[f"{name} merged"] = [soup.predict_proba(rows) for rows in tests]
    return {"by_model": {name: found.get(name, {}) | of(p) for name, p in predicted.items()}, "seconds": seconds}


def fit_all(
    cell: Cell, train: pd.DataFrame, validation: pd.DataFrame
) -> tuple[dict[str, FittedMitra], dict[str, dict[str, Any]]]:
    """Fit all that a cell names, on the same rows and with the same generators.

    Returns
    -------
    The fits, and of each the validation loss of the step that is kept, that step, the seconds and what fell back.
    """
    from benchmarks.protocol.measures import GENERATORS, causalmix_options, of_fit

    n_classes = train[TARGET].cat.categories.size
    given = [(rows.drop(columns=TARGET), rows[TARGET].cat.codes) for rows in (train, validation)]
    fits, found = {}, {}
    for name, options in cell.options.items():
        estimator = CausalMixEstimator(causalmix_options(options), "multiclass", n_classes, options["device"])
        with shared_generators(GENERATORS, options["weights"]):
            fits[name] = estimator.fit(*given[0], *given[1])
        about = of_fit(fits[name])
        found[name] = {
            "validated": about["validation_scores"][0][about["kept"]],
            "seconds": about["seconds"] + GENERATORS.seconds_saved,
            **{key: about[key] for key in ("kept", "mix_ratio", "fallbacks")},
        }
    return fits, found
