"""Fit Mitra to one table: weights, causal rows, members; predict; save. Knows nothing of AutoGluon.

A fit walks down: checkpoint -> typed table -> row generator -> fine-tuning of each member, and
records in a `FitReport` what it did. Whatever fails about synthetic rows ends in fine-tuning on
real rows alone, one warning, and the reason in the report.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.checkpoints.resolve import official_name, resolve_checkpoint
from autogluon_causalmix.finetune.episodes import EpisodeSampler, stratified_order
from autogluon_causalmix.finetune.members import Member, View
from autogluon_causalmix.finetune.problem import Problem, choose_rows
from autogluon_causalmix.finetune.report import FitReport, record_weights
from autogluon_causalmix.finetune.synthesis import CAUSAL_TIME_SHARE, SyntheticRows, seconds_allowed
from autogluon_causalmix.finetune.trainer import Budget, TrainResult, fine_tune
from autogluon_causalmix.finetune.validation import Score, in_user_units
from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.incontext.weights import check_outputs, load_weights, untuned_labels
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.threads import AdaptiveThreads

__all__ = ["CausalMixEstimator"]

logger = logging.getLogger("autogluon.causalmix")

#: Causal work of fewer seconds is not begun.
MIN_CAUSAL_SECONDS = 0.3
#: Fidelity is only measured while this many seconds are left: it is for the reader, not the fit.
FIDELITY_SECONDS = 5.0
#: Attempts with halved rows after the GPU ran out of memory.
MEMORY_ATTEMPTS = 4


class CausalMixEstimator:
    """Mitra, fine-tuned on one table with SCM-mixed batches.

    Parameters
    ----------
    options
        See `CausalMixOptions`.
    problem_type
        "binary", "multiclass" or "regression".
    n_classes
        Classes of the problem, coded 0 .. n_classes - 1; a table may lack some.
    device
        "cpu" or a CUDA device.
    """

    def __init__(self, options: CausalMixOptions, problem_type: str, n_classes: int = 0, device: str = "cpu") -> None:
        self.options, self.problem_type = options, problem_type
        self.n_classes, self.device = n_classes, device
        self._reset()
        options.check(problem_type)

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        X_val: pd.DataFrame | None = None,
        y_val: pd.Series | None = None,
        *,
        time_limit: float | None = None,
        started: float | None = None,
        score: Score | None = None,
        warn: Callable[[str], None] = logger.warning,
        progress: Callable[[int, float], None] | None = None,
        keep_validation: bool = False,
    ) -> CausalMixEstimator:
        """Fit to rows ``X`` ``(n, f)`` and targets ``y`` ``(n,)``; frames are not altered.

        Parameters
        ----------
        X_val, y_val
            Rows that pick the step; if given nothing else is held out, and they are used for
            nothing but that and the rows' fidelity, which ``mix_ratio="auto"`` follows.
        time_limit
            Seconds from ``started`` (``time.monotonic()``; now if None) for everything.
        score
            ``score(y, prediction)``, lower is better, with class codes and probabilities
            ``(n, n_classes)`` or targets in their own units; None is the training loss.
        warn
            Called with a sentence for the user, once per reason.
        keep_validation
            Keep the validation rows for `join_validation`.
        """
        started = time.monotonic() if started is None else started
        self._reset()
        options, report = self.options, self.report
        threads = AdaptiveThreads()
        deadline = None if time_limit is None else started + time_limit
        with report.stage("checkpoint"):
            checkpoint = resolve_checkpoint(options.weights.checkpoint_name(self.problem_type), self.problem_type)
        record_weights(checkpoint, official_name(self.problem_type), report, warn)
        if self.problem_type != "regression":
            check_outputs(checkpoint, self.n_classes)
        report.options["lr"] = options.tuning.learning_rate(checkpoint.config["dim"])
        rng = np.random.default_rng(options.seed)
        with report.stage("encoding"):
            problem = Problem(X, y, self.problem_type == "regression", self.n_classes)
        # A mistake in what the user stated is an error, not a failure to fall back from.
        self.options.knowledge.check_columns(problem.joint.names)
        rows = choose_rows(problem, X_val, y_val, options.tuning.holdout_share if self._tunes else 0.0, rng)
        report.fallbacks += rows.remarks
        report.rows_training = len(rows.training)
        report.rows_validation = 0 if rows.x_val is None else len(rows.x_val)
        # One order for the whole fit: a support that is cut holds the same rows in every validation
        # pass of every member and in every prediction.
        self._order = stratified_order(problem.stratum, rng, len(problem.x))
        self._max_support = options.tuning.max_support
        synthetic, causal_rng = None, _child(rng)  # drawn in any case: splits do not depend on mixing
        if self._tunes and options.synthesis.mix_ratio != 0:
            given = None if X_val is None or y_val is None else (X_val, y_val)
            with threads:
                synthetic = self._synthetic_rows(problem, rows, given, checkpoint, deadline, causal_rng, warn)
        self.report.mix_ratio = 0.0 if synthetic is None else synthetic.mix_ratio()
        with report.stage("fine-tuning"), threads:
            for k in range(options.tuning.n_estimators):
                began = time.monotonic()
                until = None
                if deadline is not None:  # members share what is left equally
                    until = began + (deadline - began) / (options.tuning.n_estimators - k)
                budget = Budget(until)
                self._add_member(k, checkpoint, problem, rows, synthetic, rng, budget, threads, score, progress, warn)
                # Another member takes at least its loading and one validation pass.
                least = 0.0 if report.steps_taken[-1] else time.monotonic() - began
                if deadline is not None and k + 1 < options.tuning.n_estimators and time.monotonic() + least > deadline:
                    report.fall_back(f"{k + 1} of {options.tuning.n_estimators} members: the time ended")
                    break
        support = self._order[: self._max_support]
        self._x_support, self._y_support = problem.x[support], problem.target[support]
        self._validation = (rows.x_val, rows.target_val) if keep_validation and rows.x_val is not None else None
        del self._order
        if synthetic is not None:
            report.rows_synthetic_drawn = synthetic.drawn
            if synthetic.failure is not None:
                self._fall_back(f"synthetic rows stopped: {synthetic.failure}", warn)
        report.validation_name = "squared error (target scaled to 0-1)" if problem.is_regression else "log loss"
        if score is not None and not any("could not be computed" in reason for reason in report.fallbacks):
            report.validation_name = f"negative {getattr(score, 'name', 'score')}"
        report.seconds["total"] = time.monotonic() - started
        self._problem = problem.forget_rows()
        return self

    def _reset(self) -> None:  # a second fit knows nothing of the first
        self.report, self.members = FitReport(options=self.options.to_dict()), []

    @property
    def _tunes(self) -> bool:
        return self.options.tuning.tunes

    # -- synthetic rows -----------------------------------------------------------------------

    def _synthetic_rows(self, problem, rows, given, checkpoint, deadline, rng, warn) -> SyntheticRows | None:
        options, seed = self.options, int(rng.integers(2**31))
        seconds = seconds_allowed(options.synthesis, deadline)
        if seconds is not None and seconds < MIN_CAUSAL_SECONDS:
            self._fall_back("the time limit leaves no time for causal work", warn)
            return None
        table = problem.joint.rows(rows.training)
        energy = lambda: InContextEnergy(load_weights(checkpoint), self.device)  # noqa: E731
        context = FitContext(problem.target_name, seed, seconds, energy, options.discovery, options.knowledge)
        synthetic = SyntheticRows(problem, table, options.synthesis, context, self.report)
        try:
            if options.synthesis.label_source == "model":
                untuned = InContextModel(
                    load_weights(checkpoint), problem.n_present, self.device, options.weights.precision
                )
                support = self._order[np.isin(self._order, rows.training)][: options.tuning.max_support]
                synthetic.label = untuned_labels(untuned, problem.x[support], problem.target[support])
            synthetic.fit(warn)
        except Exception as error:  # whatever breaks in here must not lose the user's fit
            logger.debug("synthetic rows failed", exc_info=True)
            self._fall_back(f"no synthetic rows ({type(error).__name__}: {error})", warn)
            return None
        automatic = options.synthesis.mix_ratio == "auto"
        if deadline is None or automatic or deadline - time.monotonic() > FIDELITY_SECONDS:
            try:
                unseen = problem.joint.values[rows.held_out] if given is None else problem.joint_values(*given)
                left = None if deadline is None else CAUSAL_TIME_SHARE * (deadline - time.monotonic())
                synthetic.measure(unseen, left)
            except Exception as error:  # a figure for the reader: the rows are used without it
                logger.debug("fidelity failed", exc_info=True)
                self.report.fall_back(f"fidelity was not measured ({type(error).__name__}: {error})")
        if automatic and self.report.fidelity is None:
            self.report.fall_back(f"mix_ratio='auto' is {synthetic.mix_ratio()}: fidelity was not measured")
        return synthetic

    def _untuned(self, checkpoint, problem) -> InContextModel:
        precision = self.options.weights.precision
        return InContextModel(load_weights(checkpoint), problem.n_present, self.device, precision)

    def _fall_back(self, reason: str, warn: Callable[[str], None]) -> None:
        self.report.fall_back(reason)
        warn(f"CausalMix fine-tunes on real rows alone: {reason}.")

    # -- members ------------------------------------------------------------------------------

    def _add_member(self, k, checkpoint, problem, rows, synthetic, rng, budget, threads, score, progress, warn) -> None:
        import torch

        options = self.options
        view = View.draw(k, problem.x.shape[1], problem.n_present, options.tuning, _child(rng))
        max_query = options.tuning.max_query
        for attempt in range(1, MEMORY_ATTEMPTS + 1):
            learner = InContextModel(
                load_weights(checkpoint), problem.n_present, self.device, options.weights.precision
            )
            try:
                result = self._tune(
                    learner, view, problem, rows, synthetic, _child(rng), budget, threads, score, progress, max_query
                )
                break
            except torch.cuda.OutOfMemoryError:
                if attempt == MEMORY_ATTEMPTS:
                    raise
            # Not in the handler: until it ends, the error's traceback holds all that is to be freed.
            learner = None
            torch.cuda.empty_cache()
            self._max_support = max(2, min(self._max_support, len(problem.x)) // 2)
            max_query = max(1, max_query // 2)
            self.report.fall_back(f"GPU memory ran out: at most {self._max_support} support rows from then on")
            warn("CausalMix ran out of GPU memory and goes on with half of the support rows.")
        if result.score_failure is not None:
            reason = f"the evaluation metric could not be computed on the validation rows ({result.score_failure})"
            self.report.fall_back(reason)
            warn(f"CausalMix picks the step by its loss: {reason}.")
        self.members.append(Member(learner, view, checkpoint.config))
        self._record_member(result)

    def _tune(
        self, learner, view, problem, rows, synthetic, rng, budget, threads, score, progress, max_query
    ) -> TrainResult:
        options = self.options
        x, target = problem.x[rows.training], problem.target[rows.training]
        sampler = EpisodeSampler(
            view.features(x),
            view.targets(target),
            stratify=not problem.is_regression,
            mix_ratio=self.report.mix_ratio,
            mix_into=options.synthesis.mix_into,
            query_share=options.tuning.query_share,
            max_support=self._max_support,
            max_query=max_query,
            rng=rng,
            synthetic=None if synthetic is None else synthetic.source(view),
            fall=options.fall,
        )
        support = self._order[np.isin(self._order, rows.training)][: self._max_support]
        return fine_tune(
            learner,
            sampler,
            x_support=view.features(problem.x[support]),
            y_support=view.targets(problem.target[support]),
            x_val=None if rows.x_val is None else view.features(rows.x_val),
            y_val=None if rows.target_val is None else view.targets(rows.target_val),
            score=None if score is None else in_user_units(score, view, problem),
            steps=options.tuning.fine_tune_steps if options.tuning.fine_tune else 0,
            lr=self.report.options["lr"],
            warmup_steps=options.tuning.warmup_steps,
            weight_decay=options.tuning.weight_decay,
            patience=options.tuning.patience,
            budget=budget,
            threads=threads,
            progress=progress,
        )

    def _record_member(self, result: TrainResult) -> None:
        report = self.report
        report.steps_taken.append(result.steps_taken)
        report.step_kept.append(result.step_kept)
        report.stopped_by.append(result.stopped_by)
        report.validation_scores.append([float(value) for value in result.scores])
        report.rows_synthetic_used += result.rows_synthetic

    # -- prediction ---------------------------------------------------------------------------

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Class probabilities ``(n, n_classes)``; a class that training lacked has 0."""
        x = self._problem.encode(X)
        outputs = [member.predict(self._x_support, self._y_support, x) for member in self.members]
        return self._problem.prediction(np.mean(outputs, axis=0))

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted targets ``(n,)`` of a regression, class codes otherwise."""
        prediction = self.predict_proba(X)
        return prediction if self._problem.is_regression else prediction.argmax(axis=1)

    def join_validation(self) -> int:
        """Let the validation rows that were kept join the support, up to ``max_support``; returns how many.

        Scores on these rows say nothing from here on: predict them before.
        """
        if self._validation is None:
            return 0
        room = max(0, self._max_support - len(self._x_support))
        x, target = (part[:room] for part in self._validation)
        self._x_support = np.concatenate((self._x_support, x))
        self._y_support = np.concatenate((self._y_support, target))
        self._validation = None
        self.report.rows_joined = len(x)
        return len(x)

    def to(self, device: str) -> CausalMixEstimator:
        """Move the members' weights to a device."""
        self.device = device
        for member in self.members:
            member.to(device)
        return self

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"options": self.options.without_generator(), "_validation": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.device = "cpu"  # members unpickle onto the CPU


def _child(rng: np.random.Generator) -> np.random.Generator:
    return np.random.default_rng(rng.integers(2**63))
