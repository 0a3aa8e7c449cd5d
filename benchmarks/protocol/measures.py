"""What is measured of a cell; imported by workers only, and before the clock starts."""

from __future__ import annotations

import tempfile
import time
from typing import Any

import dowhy.gcm  # noqa: F401  (some 3 s, which are not what is measured)
import numpy as np
import pandas as pd
import torch  # noqa: F401  (likewise)

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint
from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.finetune.fitted import FittedMitra
from autogluon_causalmix.generators.base import draw, fitted, one_task_per_draw
from autogluon_causalmix.generators.catalogue import FitContext, make_generator
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.weights import load_weights
from autogluon_causalmix.metrics.fidelity import fidelity
from autogluon_causalmix.options import OPTION_NAMES, CausalMixOptions
from autogluon_causalmix.table import TypedTable
from benchmarks.grid.cell import Cell
from benchmarks.protocol import peers
from benchmarks.protocol.content import read
from benchmarks.protocol.scores import reliability, scores
from benchmarks.protocol.sharing import GeneratorCache, SharedGenerator, shared_generators
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.trajectory import Trajectory

__all__ = ["causalmix_options", "fine_tuned", "in_autogluon", "of_fit", "peer", "row_fidelity"]

#: Rows drawn where a generator's rows are judged.
DRAWN = 1000


#: Generators that this worker fitted, for the cells that come to it one after the other.
GENERATORS = GeneratorCache()


def fine_tuned(cell: Cell) -> dict[str, Any]:
    """Fine-tune on the training rows.

    Returns
    -------
    Scores, calibration and seconds; the fit's report; the scores of every step on validation rows and on test
    rows, which choose nothing; the validation rows' losses; and the rows' fidelity on test rows.
    """
    train, validation, test = _rows(cell)
    n_classes = train[TARGET].cat.categories.size
    estimator = CausalMixEstimator(causalmix_options(cell.options), "multiclass", n_classes, cell.options["device"])
    watched = Trajectory(validation, test)
    with shared_generators(GENERATORS, cell.options["weights"]):
        fitted = estimator.fit(*_xy(train), *_xy(validation), observe=watched)
    p_validation, p = (fitted.predict_proba(part.drop(columns=TARGET)) for part in (validation, test))
    held_out, fit = scores(validation, p_validation), of_fit(fitted)
    # A figure about the fit must not hold what watching it took, nor lack what another cell's fit spared it.
    spared = GENERATORS.seconds_saved
    fit["stages"] |= {"fine-tuning": fit["stages"]["fine-tuning"] - watched.seconds}
    if spared and "discovery" not in fit["stages"]:  # a fitted SCM brings its own seconds along
        fit["stages"] |= {"generator": fit["stages"].get("generator", 0.0) + spared}
    return {
        **scores(test, p),
        "reliability": reliability(test, p),
        "validation_auc": held_out["auc"],
        "validation_log_loss": held_out["log_loss"],
        **fit,
        "seconds": fit["seconds"] - watched.seconds + spared,
        "seconds_spared": spared,
        "seconds_watched": watched.seconds,
        **watched.record(fit["kept"]),
        "fidelity_on_test": _fidelity_on_test(GENERATORS.first_used, train, test),
    }


def _fidelity_on_test(shared: SharedGenerator | None, train: pd.DataFrame, test: pd.DataFrame) -> dict | None:
    """Figures of `fidelity` for rows of the generator that the fit used; None where they are no rows like real ones."""
    if shared is None or one_task_per_draw(shared.generator):
        return None
    if not shared.figures:
        rng, like = np.random.default_rng(0), shared.table
        rows = like.with_values(draw(shared.generator, DRAWN, rng, like)).to_frame()
        classes = test[TARGET].cat.categories  # the fit was given their codes
        rows[TARGET] = pd.Categorical.from_codes(rows.pop(rows.columns[-1]).astype(int), classes)
        measured = fidelity(test, rows, TARGET, training=train).to_dict()
        two_sample = measured["two_sample_auc"]
        shared.figures.update(measured | {"two_sample_auc": None if two_sample is None else two_sample.value})
    return dict(shared.figures)


def of_fit(fitted: FittedMitra) -> dict[str, Any]:
    """What a row keeps of a fit's report."""
    report = fitted.report.to_dict()
    return {
        "kept": report["step_kept"][0],
        "steps_taken": report["steps_taken"][0],
        "stopped_by": report["stopped_by"][0],
        "seconds": report["seconds"]["total"],
        "stages": report["seconds"],
        "validation_scores": report["validation_scores"],
        "mix_ratio": report["mix_ratio"],
        "fidelity": report["fidelity"],
        "fallbacks": report["fallbacks"],
        "resolved": report["options"],
    }


def row_fidelity(cell: Cell) -> dict[str, Any]:
    """Fit the generator to the training rows and judge its rows on unseen ones."""
    train, _, test = _rows(cell)
    options = causalmix_options(cell.options)
    options.check("multiclass")
    checkpoint = resolve_checkpoint(options.weights.checkpoint_name("multiclass"), "multiclass")
    energy = lambda: InContextEnergy(load_weights(checkpoint))  # noqa: E731
    context = FitContext(TARGET, options.seed, None, energy, options.discovery, options.knowledge)
    table = TypedTable.from_frame(train, categorical=[TARGET])
    began = time.perf_counter()
    synthesis = options.synthesis
    generator = fitted(make_generator(synthesis.generator, synthesis.generator_options, context), table)
    drawn = draw(generator, DRAWN, np.random.default_rng(options.seed), table)
    seconds = time.perf_counter() - began
    rows = table.with_values(drawn).to_frame()
    figures = fidelity(test, rows, TARGET, training=train, seed=options.seed).to_dict()
    return figures | {"two_sample_auc": figures["two_sample_auc"].value, "seconds": seconds}


def peer(cell: Cell) -> dict[str, Any]:
    """Fit a model of `protocol.peers`, or give the untuned checkpoint all training rows as support."""
    train, _, test = _rows(cell)
    began = time.perf_counter()
    if cell.options["model"] == "untuned":
        options = causalmix_options(cell.options["options"])
        n_classes = train[TARGET].cat.categories.size
        model = CausalMixEstimator(options, "multiclass", n_classes, options.weights.device)
    else:
        model = peers.make(cell.options["model"], cell.options["seed"])
    p = model.fit(*_xy(train)).predict_proba(test.drop(columns=TARGET))
    return scores(test, p) | {"seconds": time.perf_counter() - began}


def in_autogluon(cell: Cell) -> dict[str, Any]:
    """Fit one model through ``TabularPredictor``, which holds rows out or bags; scores on the test rows."""
    from autogluon.tabular import TabularPredictor

    import autogluon_causalmix

    drawn, validation, test = _rows(cell)
    train = pd.concat([drawn, validation], ignore_index=True)
    train[TARGET] = train[TARGET].cat.remove_unused_categories()
    metric = "roc_auc" if train[TARGET].nunique() == 2 else "roc_auc_ovr_macro"
    model, bag_folds = cell.options["model"], cell.options["bag_folds"]
    options = {k: v for k, v in cell.options["options"].items() if k not in ("weights", "device")}
    if model == "MITRA" and options["hf_model"] == "mini":
        options["hf_model"] = str(MINI_FOLDER)  # AutoGluon's own model knows no names of ours
    options["ag_args_fit"] = {"num_gpus": cell.resources.gpus, "num_cpus": cell.resources.cpus}
    bags = {"num_bag_folds": bag_folds, "ag_args_ensemble": {"fold_fitting_strategy": "sequential_local"}}
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(TARGET, path=folder, eval_metric=metric, verbosity=0)
        predictor.fit(
            train,
            hyperparameters={model: options},
            fit_weighted_ensemble=False,
            num_cpus=cell.resources.cpus,
            **bags if bag_folds else {},
        )
        (row,) = predictor.leaderboard(test, display=False).to_dict("records")
        p = predictor.predict_proba(test).reindex(columns=test[TARGET].cat.categories, fill_value=0.0)
        details = {"score_validation": row["score_val"], "seconds": row["fit_time"]}
        if model == "CAUSALMIX":
            summary = autogluon_causalmix.report(predictor).summary().iloc[0]
            details |= {k: summary[k] for k in ("mix_ratio", "synthetic_rows", "two_sample_auc", "kept", "fallbacks")}
    return scores(test, p.to_numpy()) | {"reliability": reliability(test, p.to_numpy())} | details


def _rows(cell: Cell) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return cell.split.draw(read(cell.dataset, cell.content))


def _xy(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    return frame.drop(columns=TARGET), frame[TARGET].cat.codes


def causalmix_options(resolved) -> CausalMixOptions:
    """Options of a cell, without what is beside them there, as the weights' digest."""
    return CausalMixOptions.from_hyperparameters({name: resolved[name] for name in OPTION_NAMES if name in resolved})
