"""What the studies under shift measure: one fit, scored on both tests, and on every domain of the second.

Tuned models, the untuned one too, see the training rows, and validation rows choose their step; models of
`protocol.peers` choose a setting by them and are then fitted to both. The size of a split's shift is a cell of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.methods import Setting, causalmix
from benchmarks.protocol.scores import reliability, scores
from benchmarks.protocol.shift_size import DRAWS, shift_size
from benchmarks.protocol.shifts import ShiftedRows
from benchmarks.protocol.shifts_natural import DomainsKept
from benchmarks.protocol.shifts_simulated import WorldsShift
from benchmarks.protocol.tables import TARGET

__all__ = ["of_parts", "resolved", "under_shift"]

#: A domain with fewer rows of the second test has no score of its own.
LEAST_ROWS = 20


def resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of a method: CAUSALMIX's, or ``{"peer": name}``, or ``{"size": True}``, which measures the shift.

    Beside them: ``draws`` of `shift_size`, and ``keeps_domain``, whether rows have their domain as a feature.
    """
    given = dict(hyperparameters)
    draws, keeps_domain = given.pop("draws", DRAWS), bool(given.pop("keeps_domain", False))
    if given.get("size"):
        return {"draws": draws, "seed": setting.seed}
    if "peer" in given:
        return {"peer": given["peer"], "seed": setting.seed}
    return causalmix(given, setting) | {"keeps_domain": keeps_domain}


def under_shift(cell: Cell) -> dict[str, Any]:
    """Measure a cell.

    Returns
    -------
    Of a model: what `of_parts` says of its probabilities, seconds, and what a tuned one's report says. Of the size
    of a shift: fields of `ShiftSize`, by world where the split has several.
    """
    frame = read(cell.dataset, cell.content)
    if "draws" in cell.options:
        return _size(cell, frame)
    split = cell.split
    if cell.options.get("keeps_domain"):
        split = DomainsKept(**{f.name: getattr(split, f.name) for f in dataclasses.fields(split) if f.init})
    parts = split.draw(frame, cell.dataset)
    if "peer" in cell.options:
        return _peer(cell.options, parts)
    if DOMAIN in parts.train:  # a level that training lacks is unknown, as AutoGluon makes it
        known = parts.train[DOMAIN].cat.remove_unused_categories()
        parts = dataclasses.replace(parts, train=parts.train.assign(**{DOMAIN: known}))
    return _tuned(cell.options, parts)


def of_parts(parts: ShiftedRows, p_test: np.ndarray, p_shifted: np.ndarray) -> dict[str, Any]:
    """Scores of class probabilities ``(n, n_classes)`` on both tests.

    Returns
    -------
    ``in_`` and ``out_`` before ``auc``, ``log_loss`` and ``ece`` (expected calibration error); the same by domain
    of the second test, with its rows, for domains of `LEAST_ROWS` and more; and the worst of their log losses.
    """
    both = {"in": _scores(parts.test, p_test), "out": _scores(parts.shifted, p_shifted)}
    by_domain = {}
    for domain, rows in parts.domains.groupby(parts.domains, sort=True).groups.items():
        if len(rows) >= LEAST_ROWS:
            by_domain[str(domain)] = {"rows": len(rows)} | _scores(parts.shifted.iloc[rows], p_shifted[rows])
    worst = max((one["log_loss"] for one in by_domain.values()), default=both["out"]["log_loss"])
    flat = {f"{side}_{name}": value for side, found in both.items() for name, value in found.items()}
    return flat | {"worst_log_loss": worst, "by_domain": by_domain}


def _scores(rows: pd.DataFrame, p: np.ndarray) -> dict[str, float | None]:
    found = scores(rows, p) | {"ece": reliability(rows, p)["error"]}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def _size(cell: Cell, frame: pd.DataFrame) -> dict[str, Any]:
    def of(split) -> dict[str, Any]:
        rng = np.random.default_rng(cell.options["seed"])
        parts = split.draw(frame, cell.dataset)
        rows = [len(part) for part in (parts.train, parts.validation, parts.test, parts.shifted)]
        found = shift_size(parts, rng, cell.options["draws"]).to_dict()
        return found | {"held_out": parts.held_out, "rows_of_parts": rows}

    if isinstance(cell.split, WorldsShift):
        return {"sizes": {world: of(cell.split.one(world)) for world in cell.split.worlds}}
    return {"sizes": {cell.split.shift: of(cell.split)}}


def _peer(options: Mapping[str, Any], parts: ShiftedRows) -> dict[str, Any]:
    import time

    from benchmarks.protocol import peers

    rows = pd.concat([parts.train, parts.validation], ignore_index=True)
    began = time.perf_counter()
    (X, y), (X_val, y_val), every = (
        (part.drop(columns=TARGET), part[TARGET].cat.codes) for part in (parts.train, parts.validation, rows)
    )
    model = peers.make_validated(options["peer"], options["seed"], X, y, X_val, y_val).fit(*every)
    predicted = [model.predict_proba(part.drop(columns=TARGET)) for part in (parts.test, parts.shifted)]
    return of_parts(parts, *predicted) | {"seconds": time.perf_counter() - began}


def _tuned(options: Mapping[str, Any], parts: ShiftedRows) -> dict[str, Any]:
    from autogluon_causalmix.finetune.estimator import CausalMixEstimator
    from benchmarks.protocol.measures import GENERATORS, causalmix_options, of_fit
    from benchmarks.protocol.sharing import shared_generators

    train, validation = (
        (part.drop(columns=TARGET), part[TARGET].cat.codes) for part in (parts.train, parts.validation)
    )
    n_classes = parts.train[TARGET].cat.categories.size
    estimator = CausalMixEstimator(causalmix_options(options), "multiclass", n_classes, options["device"])
    with shared_generators(GENERATORS, options["weights"]):
        fitted = estimator.fit(*train, *validation)
    predicted = [fitted.predict_proba(part.drop(columns=TARGET)) for part in (parts.test, parts.shifted)]
    kept = ("kept", "steps_taken", "stopped_by", "stages", "mix_ratio", "fidelity", "fallbacks")
    fit, spared = of_fit(fitted), GENERATORS.seconds_saved
    about = {name: fit[name] for name in kept} | {"seconds": fit["seconds"] + spared, "seconds_spared": spared}
    return of_parts(parts, *predicted) | about
