"""Fit Mitra to one table: weights, causal rows, members; predict; save. Knows nothing of AutoGluon.

A fit walks down: checkpoint -> typed table -> row generator -> fine-tuning of each member, and
records in a `FitReport` what it did. Whatever fails about synthetic rows ends in fine-tuning on
real rows alone, one warning, and the reason in the report.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from autogluon_causalmix.checkpoints.resolve import Checkpoint, resolve_checkpoint
from autogluon_causalmix.errors import CheckpointError, DataError
from autogluon_causalmix.finetune.encoding import FeatureEncoder, TargetScale
from autogluon_causalmix.finetune.episodes import EpisodeSampler, holdout_split, stratified_order
from autogluon_causalmix.finetune.members import Member, View
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.finetune.synthesis import SyntheticRows
from autogluon_causalmix.finetune.trainer import Budget, InContextModel, TrainResult, fine_tune
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.table import TypedTable

__all__ = ["CausalMixEstimator"]

logger = logging.getLogger(__name__)

#: Seconds that importing DoWhy takes when nothing has imported it yet; measured 2 to 4.
IMPORT_SECONDS = 3.0
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
        self.is_regression = problem_type == "regression"
        self.n_classes, self.device = n_classes, device
        self.report = FitReport()
        self.members: list[Member] = []

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        X_val: pd.DataFrame | None = None,
        y_val: pd.Series | None = None,
        *,
        time_limit: float | None = None,
        started: float | None = None,
        score: Callable[[np.ndarray, np.ndarray], float] | None = None,
        warn: Callable[[str], None] = logger.warning,
        progress: Callable[[int, float], None] | None = None,
    ) -> CausalMixEstimator:
        """Fit to rows ``X`` ``(n, f)`` and targets ``y`` ``(n,)``; frames are not altered.

        Parameters
        ----------
        X_val, y_val
            Rows that pick the step; if given nothing else is held out, and they are used for
            nothing but that and the fidelity figure of the report.
        time_limit
            Seconds from ``started`` (``time.monotonic()``; now if None) for everything.
        score
            ``score(y, prediction)``, lower is better, with class codes and probabilities
            ``(n, n_classes)`` or targets in their own units; None is the training loss.
        warn
            Called with a sentence for the user, once per reason.
        """
        started = time.monotonic() if started is None else started
        options, report = self.options, self.report
        deadline = None if time_limit is None else started + time_limit
        report.options = dataclasses.asdict(options)
        with report.stage("checkpoint"):
            checkpoint = resolve_checkpoint(options.checkpoint_name(self.problem_type), self.problem_type)
        self._record_weights(checkpoint, warn)
        rng = np.random.default_rng(options.seed)
        with report.stage("encoding"):
            self._read_tables(X, y)
            x, target = self._encoder.transform(self._features.values), self._target
        n = len(x)
        training, held_out, x_val, target_val = self._validation_rows(X_val, y_val, x, target, rng)
        report.rows_training, report.rows_validation = len(training), 0 if x_val is None else len(x_val)
        synthetic = None
        if options.fine_tune and options.fine_tune_steps and options.mix_ratio > 0:
            real_unseen = self._joint(X_val, y_val) if X_val is not None else self._rows[held_out]
            synthetic = self._synthetic_rows(training, real_unseen, time_limit, deadline, rng, warn)
        # Cutting a long support at random but once: every pass of this fit sees the same rows.
        self._support = stratified_order(None if self.is_regression else target, rng, n)[: options.max_support]
        self._x_support, self._y_support = x[self._support], target[self._support]
        with report.stage("fine-tuning"):
            for k in range(options.n_estimators):
                part = None if deadline is None else (deadline - time.monotonic()) / (options.n_estimators - k)
                until = None if part is None else time.monotonic() + part
                view = View.draw(k, x.shape[1], self._n_present, options, np.random.default_rng(rng.integers(2**63)))
                member_rng = np.random.default_rng(rng.integers(2**63))
                member, result = self._fit_member(
                    checkpoint, view, x[training], target[training], x_val, target_val,
                    synthetic, member_rng, Budget(until), score, progress,
                )  # fmt: skip
                self.members.append(member)
                self._record_member(result)
        if synthetic is not None:
            report.rows_synthetic_drawn = synthetic.drawn
            if synthetic.failure is not None:
                self._fall_back(f"synthetic rows stopped: {synthetic.failure}", warn)
        report.validation_name = ("squared error" if self.is_regression else "log loss") if score is None else (
            f"negative {getattr(score, 'name', 'score')}"
        )
        report.seconds["total"] = time.monotonic() - started
        return self

    # -- data ---------------------------------------------------------------------------------

    def _read_tables(self, X: pd.DataFrame, y: pd.Series) -> None:
        if len(X) < 2:
            raise DataError(f"{len(X)} training rows: at least 2 are needed, one to learn from and one to check on")
        if pd.isna(y).any():
            raise DataError(f"the target has {int(pd.isna(y).sum())} missing values: drop these rows")
        self._features = TypedTable.from_frame(X)
        self._encoder = FeatureEncoder(self._features)
        if not len(self._encoder.kept):
            raise DataError(f"none of the {X.shape[1]} columns varies over the {len(X)} training rows: nothing to learn")
        name = y.name if y.name is not None and y.name not in X.columns else "target"
        while name in X.columns:
            name = f"{name}_"
        frame = X.copy(deep=False)
        frame[name] = pd.Series(np.asarray(y), index=X.index)
        joint = TypedTable.from_frame(frame, categorical=() if self.is_regression else (name,))
        self._target_name, self._joint_columns, self._rows = name, joint.columns, joint.values
        if self.is_regression:
            raw = np.asarray(y, dtype=np.float64)
            self._scale = TargetScale(raw)
            self._target = self._scale.forward(raw)
            if raw.min() == raw.max():
                raise DataError(f"the target is {raw[0]!r} in every row: nothing to learn")
        else:
            self._classes, codes = np.unique(np.asarray(y).astype(np.int64), return_inverse=True)
            self._target = codes.astype(np.int64)
            if len(self._classes) < 2:
                raise DataError(f"the target is {self._classes[0]!r} in every row: two classes are needed")
        self._n_present = 0 if self.is_regression else len(self._classes)

    def _joint(self, X: pd.DataFrame, y: pd.Series) -> np.ndarray:
        """Values of validation rows in the columns of the joint table; unknown classes are missing."""
        frame = X.copy(deep=False)
        frame[self._target_name] = pd.Series(np.asarray(y), index=X.index)
        return TypedTable.from_frame(frame, like=TypedTable(self._joint_columns, self._rows[:0])).values

    def _codes(self, y: pd.Series) -> np.ndarray:
        """Targets as the model counts them; -1 for a class that training lacks."""
        if self.is_regression:
            return self._scale.forward(np.asarray(y, dtype=np.float64))
        known = {label: code for code, label in enumerate(self._classes)}
        return np.array([known.get(int(label), -1) for label in np.asarray(y)], dtype=np.int64)

    def _validation_rows(self, X_val, y_val, x, target, rng):
        n, options = len(x), self.options
        everything, nothing = np.arange(n), np.zeros(0, dtype=int)
        if X_val is not None and y_val is not None and len(X_val):
            codes = self._codes(y_val)
            usable = codes >= 0 if not self.is_regression else np.isfinite(codes)
            if not usable.all():
                self.report.fall_back(f"{int((~usable).sum())} validation rows have a class that training lacks: ignored")
            values = TypedTable.from_frame(X_val, like=self._features).values
            return everything, nothing, self._encoder.transform(values)[usable], codes[usable]
        if not (options.fine_tune and options.fine_tune_steps and options.holdout_share > 0):
            return everything, nothing, None, None
        training, held_out = holdout_split(None if self.is_regression else target, options.holdout_share, rng, n)
        return training, held_out, x[held_out], target[held_out]

    # -- synthetic rows -----------------------------------------------------------------------

    def _synthetic_rows(self, training, real_unseen, time_limit, deadline, rng, warn) -> SyntheticRows | None:
        options, report = self.options, self.report
        seconds = None
        seed = int(rng.integers(2**31))
        if deadline is not None:
            left = deadline - time.monotonic() - (0.0 if "dowhy.gcm" in sys.modules else IMPORT_SECONDS)
            seconds = min(options.causal_time_share * time_limit, options.causal_time_share * left)
            if seconds < 0.3:
                self._fall_back(f"no time for causal work within a limit of {time_limit:.1f} s", warn)
                return None
        table = TypedTable(self._joint_columns, self._rows[training])
        try:
            synthetic = SyntheticRows.from_scm(table, self._target_name, options, seed, seconds, report)
            synthetic.bind(self._encoder, self._scale if self.is_regression else None)
            if deadline is None or deadline - time.monotonic() > 5.0:
                synthetic.measure_fidelity(table.values, real_unseen, report)
        except Exception as error:  # whatever breaks in here must not lose the user's fit
            logger.debug("synthetic rows failed", exc_info=True)
            self._fall_back(f"no synthetic rows ({type(error).__name__}: {error})", warn)
            return None
        return synthetic

    def _fall_back(self, reason: str, warn: Callable[[str], None]) -> None:
        self.report.fall_back(reason)
        warn(f"CausalMix fine-tunes on real rows alone: {reason}.")

    # -- members ------------------------------------------------------------------------------

    def _fit_member(
        self, checkpoint, view, x, target, x_val, target_val, synthetic, rng, budget, score, progress
    ) -> tuple[Member, TrainResult]:
        import torch

        options = self.options
        max_support, max_query = options.max_support, options.max_query
        for attempt in range(MEMORY_ATTEMPTS):
            learner = InContextModel(load(checkpoint), self._n_present, self.device, options.precision)
            sampler = EpisodeSampler(
                view.features(x),
                view.targets(target),
                stratify=not self.is_regression,
                mix_ratio=options.mix_ratio,
                mix_into=options.mix_into,
                query_share=options.query_share,
                max_support=max_support,
                max_query=max_query,
                rng=rng,
                synthetic=None if synthetic is None else synthetic.source(view),
            )
            order = stratified_order(None if self.is_regression else target, rng, len(x))[:max_support]
            try:
                result = fine_tune(
                    learner,
                    sampler,
                    x_support=view.features(x[order]),
                    y_support=view.targets(target[order]),
                    x_val=None if x_val is None else view.features(x_val),
                    y_val=None if target_val is None else view.targets(target_val),
                    score=None if score is None else self._in_user_units(score, view),
                    steps=options.fine_tune_steps if options.fine_tune else 0,
                    lr=options.lr,
                    warmup_steps=options.warmup_steps,
                    weight_decay=options.weight_decay,
                    patience=options.patience,
                    budget=budget,
                    progress=progress,
                )
                return Member(learner, view, checkpoint.config), result
            except torch.cuda.OutOfMemoryError:
                torch.cuda.empty_cache()
                max_support, max_query = max(2, max_support // 2), max(1, max_query // 2)
                self.report.fall_back(f"GPU memory ran out: episodes halved to {max_support} support rows")
                if attempt == MEMORY_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _in_user_units(self, score, view: View) -> Callable[[np.ndarray, np.ndarray], float]:
        def scored(y: np.ndarray, outputs: np.ndarray) -> float:
            if self.is_regression:
                return score(self._scale.back(y), self._scale.back(outputs))
            return score(self._classes[view.targets_back(y)], self._all_classes(view.probabilities_back(outputs)))

        scored.name = getattr(score, "name", "score")
        return scored

    def _record_weights(self, checkpoint: Checkpoint, warn: Callable[[str], None]) -> None:
        self.report.weights = {
            "name": checkpoint.name,
            "source": checkpoint.source,
            "parameters": checkpoint.n_parameters,
            "fallback_reason": checkpoint.fallback_reason,
        }
        if checkpoint.fallback_reason is not None:
            self.report.fall_back(f"bundled checkpoint instead of the official weights: {checkpoint.fallback_reason}")
            warn(
                "CausalMix uses its small bundled checkpoint, because the official Mitra weights cannot be had: "
                f'{checkpoint.fallback_reason}. Set hf_model="autogluon/mitra-classifier" to require them, '
                'or hf_model="mini" to choose the bundled ones without this warning.'
            )
        if not self.is_regression and self.n_classes > checkpoint.config["dim_output"]:
            raise CheckpointError(
                f"{self.n_classes} classes, but checkpoint {checkpoint.name!r} has {checkpoint.config['dim_output']} "
                "outputs: merge rare classes or choose another model"
            )

    def _record_member(self, result: TrainResult) -> None:
        report = self.report
        report.steps_taken.append(result.steps_taken)
        report.step_kept.append(result.step_kept)
        report.stopped_by.append(result.stopped_by)
        report.validation_scores.append([float(value) for value in result.scores])
        report.rows_synthetic_used += result.rows_synthetic

    # -- prediction ---------------------------------------------------------------------------

    def _all_classes(self, probabilities: np.ndarray) -> np.ndarray:
        full = np.zeros((len(probabilities), self.n_classes))
        full[:, self._classes] = probabilities
        return full

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Class probabilities ``(n, n_classes)``; a class that training lacked has 0."""
        return self._all_classes(self._mean_over_members(X))

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted targets ``(n,)`` of a regression, class codes otherwise."""
        if not self.is_regression:
            return self.predict_proba(X).argmax(axis=1)
        return self._scale.back(self._mean_over_members(X))

    def _mean_over_members(self, X: pd.DataFrame) -> np.ndarray:
        values = TypedTable.from_frame(X, like=self._features).values
        x = self._encoder.transform(values)
        outputs = [member.predict(self._x_support, self._y_support, x) for member in self.members]
        return np.mean(outputs, axis=0)

    def to(self, device: str) -> CausalMixEstimator:
        """Move the members' weights to a device."""
        self.device = device
        for member in self.members:
            member.to(device)
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        # The columns are needed to read new frames, the training rows beyond the support are not.
        state["_features"] = TypedTable(self._features.columns, self._features.values[:0])
        state["_rows"] = self._rows[:0]
        state["_target"] = self._target[:0]
        return state


def load(checkpoint: Checkpoint) -> Any:
    """Load a checkpoint's weights; CheckpointError if the file does not hold them."""
    from autogluon_causalmix.finetune.mitra import load_tab2d

    try:
        return load_tab2d(checkpoint.folder)
    except Exception as error:  # safetensors, torch and OS errors all mean the same to the user
        raise CheckpointError(
            f"the weights in {checkpoint.folder!r} cannot be loaded ({type(error).__name__}: {error}); download them again"
        ) from error


