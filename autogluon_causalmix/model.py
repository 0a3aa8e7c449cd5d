"""CAUSALMIX, AutoGluon's view of it: options, resources, time, memory, save and load, info.

Contract: ``TabularPredictor.fit(hyperparameters={"CAUSALMIX": {...}})``. No maths in here; the
work is `finetune.estimator.CausalMixEstimator`'s. Predictors unpickle this class by its path,
``autogluon_causalmix.model.CausalMixModel``: it never moves.
"""

from __future__ import annotations

import dataclasses
import re
import sys
import time
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from autogluon.core.constants import REFIT_FULL_SUFFIX
from autogluon.core.utils.exceptions import ConstraintViolationError, TimeLimitExceeded
from autogluon.tabular.models.abstract.abstract_torch_model import AbstractTorchModel

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.cards import available_on, same_card
from autogluon_causalmix.checkpoints.resolve import check_available, resolve_checkpoint
from autogluon_causalmix.checks import check_device
from autogluon_causalmix.errors import CheckpointError, NothingToLearn
from autogluon_causalmix.finetune.encoding import widest
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.known_columns import environment_of, knowledge_of, named
from autogluon_causalmix.log_lines import log_outcome, step_logger, warn_once
from autogluon_causalmix.memory import fit_bytes, least_gpu_bytes
from autogluon_causalmix.naming import configuration_asked_for, name_main
from autogluon_causalmix.options import CausalMixOptions, check_names
from autogluon_causalmix.options.spaces import check_space, searched, without_spaces
from autogluon_causalmix.synthesis.mixing import UNMEASURED_RATIO

__all__ = ["CausalMixModel"]

#: Seconds that the first import of Mitra's modules takes in a process (einx loads torch's compiler).
MITRA_IMPORT_SECONDS = 1.7
#: Share of AutoGluon's time limit that a fit may plan with: saving the model comes after it.
HEADROOM = 0.95


class CausalMixModel(AbstractTorchModel):
    """Mitra, fine-tuned in context on batches that mix real rows with rows of fitted SCMs.

    Hyperparameters: `autogluon_causalmix.options.CausalMixOptions`; MITRA's names keep their
    meaning. The report of a fit: `autogluon_causalmix.report(predictor)`. The class itself is needed
    only as a key, where a process has not imported this package.

    Paper: Buehler, Purucker, Hutter, "Causal Data Augmentation for Robust Fine-Tuning of Tabular
    Foundation Models", arXiv 2601.04110. License: Apache-2.0.

    Examples
    --------
    >>> options = {"hf_model": "mini", "mix_ratio": 0.3, "fine_tune_steps": 10}
    >>> hyperparameters = {CausalMixModel: options}  # in place of {"CAUSALMIX": options}
    >>> CausalMixModel(problem_type="binary", hyperparameters=options | {"mix_ratio": 3})
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: mix_ratio=3 must be a number from 0 to 1, or 'auto'
    """

    ag_key = "CAUSALMIX"
    ag_name = "CausalMix"
    ag_priority = 54
    seed_name = "seed"
    default_num_gpus = 1
    default_resources_physical_cores_only = True
    _supported_problem_types: ClassVar = ["binary", "multiclass", "regression"]
    # A bag's fold in which no column varies predicts a constant (`finetune.constant`); else AutoGluon drops the bag.
    _default_auxiliary_params_extra: ClassVar = {
        "max_rows": 10_000,
        "max_features": 500,
        "max_classes": 10,
        "error_if_no_features": False,
        "ignored_type_group_special": ["text"],  # raw text, kept for models that read it, is a level for every row
    }
    # A child is seconds of work on all cores; a Ray worker must first import everything.
    _default_ag_args_ensemble_extra: ClassVar = {"fold_fitting_strategy": "sequential_local"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Here, before AutoGluon fits anything and outside its per-model error handling, so that a
        # mistyped option or checkpoint stops the user's fit at once.
        self._check_options(self._user_params or {})

    def _check_options(self, hyperparameters: dict) -> None:
        check_names(hyperparameters)
        spaces, fixed = searched(hyperparameters)

        def check(given: dict) -> CausalMixOptions:
            options = CausalMixOptions.from_hyperparameters(given)
            check_device(options.weights.device)
            # Each trial of a search over generators is checked when it is fitted.
            if self.problem_type in self._supported_problem_types and not {"method", "generator"} & set(spaces):
                options.check(self.problem_type)
            return options

        options = check(fixed)
        for name, space in spaces.items():
            check_space(name, space, fixed, check)
        if self.problem_type in self._supported_problem_types:
            name = options.weights.checkpoint_name(self.problem_type)
            if name is not None:
                check_available(name, self.problem_type)

    def _initialize(self, *args: Any, **kwargs: Any) -> None:
        # AutoGluon's `fit` imports torch (to restore its threads) after it has taken its own seconds
        # off the time limit; imported here, the first import of a process, about 1 s, is counted.
        import torch  # noqa: F401

        super()._initialize(*args, **kwargs)

    def _fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        X_val: pd.DataFrame | None = None,
        y_val: pd.Series | None = None,
        time_limit: float | None = None,
        num_cpus: int = 1,
        num_gpus: float = 0,
        sample_weight: pd.Series | None = None,
        verbosity: int = 2,
        **kwargs: Any,
    ) -> None:
        started = time.monotonic()
        full_limit, time_limit = time_limit, None if time_limit is None else HEADROOM * time_limit
        # A second of delay is allowed; more is not, and then no model is better than a late one.
        if full_limit is not None and "einx" not in sys.modules and full_limit < MITRA_IMPORT_SECONDS - 1:
            raise TimeLimitExceeded
        import torch

        from autogluon_causalmix.finetune.constant import FittedConstant
        from autogluon_causalmix.finetune.estimator import CausalMixEstimator

        options = CausalMixOptions.from_hyperparameters(without_spaces(self._get_model_params()))
        device = options.weights.device or self._resolve_fit_device(num_gpus=num_gpus)
        if isinstance(num_cpus, (int, float)) and num_cpus >= 1:
            torch.set_num_threads(int(num_cpus))  # the class tag restores it, also after an error
        given = X.columns
        X = self.preprocess(X, y=y, is_train=True)
        y = named(y, self.path)
        options, remarks = self._known_of(options, given, X.columns, y.name)
        if X_val is not None:
            X_val = self.preprocess(X_val)
        journal = Journal(self._warn_once)
        self._note_what_is_ignored(options, sample_weight, len(X), X_val is not None, journal)
        for remark in remarks:
            journal.remark(remark)
        tuning = options.tuning
        n_classes = self.num_classes or 0
        try:
            self.model = CausalMixEstimator(options, self.problem_type, n_classes, str(device)).fit(
                X,
                y,
                X_val,
                y_val,
                budget=Budget.within(time_limit, started),
                journal=journal,
                score=self._metric_to_minimise() if tuning.selection == "eval_metric" else None,
                observe=step_logger(verbosity),
                keep_validation=tuning.validation_joins_support and X_val is not None and self._is_bag_child,
            )
            log_outcome(self.model)
        except NothingToLearn as error:
            if not self._is_bag_child:
                raise
            reason = f"a fold of the bag predicts the same for every row: {error}"  # else AutoGluon drops the bag
            journal.remark(reason, f"CausalMix: {reason}.")
            self.model = FittedConstant.of(X, y, options, n_classes, journal.remarks, str(device))
        self.params_trained["n_views"] = self.model.report.options["n_views"]  # more rows would choose other views
        if tuning.fine_tune:
            self._keep_for_refit(options)

    def _ag_params(self) -> set:
        return super()._ag_params() | {"error_if_no_features"}  # which `AbstractModel` reads and does not register

    def _note_what_is_ignored(
        self, options: CausalMixOptions, weight: pd.Series | None, n_rows: int, validated: bool, journal: Journal
    ) -> None:
        # A refit has the options of its fit. A bag's refit is called as its folds are, and has no validation rows.
        refit = self.name.endswith(REFIT_FULL_SUFFIX) or (self._is_bag_child and not validated)
        if options.tuning.fine_tune and not refit:
            for name in options.without_effect(n_rows=n_rows, has_validation_rows=validated, in_bag=self._is_bag_child):
                journal.remark(f"{name}: without effect", f"CausalMix: {name} has no effect.")
        unused = options.unused() if options.tuning.fine_tune else []
        if unused:
            name = options.synthesis.generator_name
            self._warn_once(f"CausalMix: generator={name!r} does not use {', '.join(unused)}.")
        if weight is not None:
            journal.remark("sample_weight ignored", "CausalMix ignores sample_weight: every row counts the same.")

    def _keep_for_refit(self, options: CausalMixOptions) -> None:
        """Set what refit_full, which has no validation rows, takes over: the steps that were kept here, on all rows.

        The same keys in every fold, whatever happened in it, and only values whose mean over folds,
        which AutoGluon takes, means something: a fold that no time was left for has kept step 0.
        """
        report = self.model.report
        self.params_trained["fine_tune_steps"] = round(float(np.mean(report.step_kept)))
        self.params_trained["holdout_share"] = 0.0
        if options.synthesis.mix_schedule == "falling":
            steps = options.synthesis.schedule_steps or max(1, options.tuning.fine_tune_steps)
            self.params_trained["schedule_steps"] = steps
        if options.synthesis.mix_ratio == "auto":  # of a fold without synthetic rows nothing is known
            self.params_trained["mix_ratio"] = report.mix_ratio if report.fidelity else UNMEASURED_RATIO

    def _known_of(self, options: CausalMixOptions, given: pd.Index, left: pd.Index, label: Any):
        """Options that name only columns which AutoGluon left, and remarks on what was left out."""
        knowledge, of_knowledge = knowledge_of(options.knowledge, left, label, given, self.path)
        column, of_column = environment_of(options.tuning.environment_column, left, label, given, self.path)
        if of_knowledge is not None:
            self._warn_once(f"CausalMix: {of_knowledge}.")
        if of_column is not None:
            self._warn_once(f"CausalMix: {of_column}. Drop the option to silence this line.")
        tuning = dataclasses.replace(options.tuning, environment_column=column)
        remarks = [remark for remark in (of_knowledge, of_column) if remark is not None]
        return dataclasses.replace(options, knowledge=knowledge, tuning=tuning), remarks

    def _metric_to_minimise(self):
        def score(y: np.ndarray, prediction: np.ndarray) -> float:
            unified = self._convert_proba_to_unified_form(prediction)
            return -float(self.score_with_y_pred_proba(y=y, y_pred_proba=unified, metric=self.eval_metric))

        better = self.eval_metric.greater_is_better_internal
        score.name = f"negative {self.eval_metric.name}" if better else self.eval_metric.name
        return score

    def _warn_once(self, message: str) -> None:
        warn_once(self.path, message)

    @property
    def _is_bag_child(self) -> bool:
        # AutoGluon names a bag's children by repeat and fold, and by nothing else.
        return re.fullmatch(r"S\d+F\d+", self.name) is not None

    def reduce_memory_size(self, remove_fit: bool = True, **kwargs: Any) -> None:
        super().reduce_memory_size(remove_fit=remove_fit, **kwargs)
        if remove_fit and self.is_fit():  # a bag calls this once the child's out-of-fold predictions are made
            self.model.join_validation()

    def get_device(self) -> str:
        return self.model.device

    def _set_device(self, device: str) -> None:
        self.model.to(same_card(device, str(self.device_train)))

    @classmethod
    def _estimate_memory_usage_static(
        cls,
        *,
        X: pd.DataFrame,
        hyperparameters: dict | None = None,
        problem_type: str = "binary",
        num_gpus: float | str | None = None,
        **kwargs: Any,
    ) -> int:
        device = (hyperparameters or {}).get("device")
        # Where AutoGluon does not say (yet), a fit on the CPU is assumed, which takes more.
        on_gpu = isinstance(num_gpus, (int, float)) and num_gpus > 0 if device is None else str(device) != "cpu"
        return cls._fit_bytes(X, hyperparameters, problem_type, beside_gpu=on_gpu)

    @classmethod
    def _estimate_gpu_memory_usage_static(
        cls,
        *,
        X: pd.DataFrame,
        hyperparameters: dict | None = None,
        problem_type: str = "binary",
        **kwargs: Any,
    ) -> int:
        if str((hyperparameters or {}).get("device")) == "cpu":
            return 0
        return cls._fit_bytes(X, hyperparameters, problem_type, on_gpu=True)

    def _validate_fit_gpu_memory_usage(self, **kwargs: Any) -> tuple[int | None, int | None]:
        """Refuse a fit only if the smallest episodes do not fit: where memory runs out they are halved, as MITRA's.

        A bag that has room for one fold at a time asks without rows: that fold's own fit asks again, with them.
        """
        X, params = kwargs.get("X"), self._get_model_params()
        if X is None:
            return kwargs.get("approx_mem_size_req"), kwargs.get("available_mem")
        if kwargs.get("num_gpus") and str(params.get("device")) != "cpu":
            kwargs["approx_mem_size_req"] = self._fit_bytes(X, params, self.problem_type, estimate=least_gpu_bytes)
            kwargs["available_mem"] = kwargs.get("available_mem") or available_on(str(params.get("device")))
        return super()._validate_fit_gpu_memory_usage(**kwargs)

    @staticmethod
    def _fit_bytes(
        X: pd.DataFrame,
        hyperparameters: dict | None,
        problem_type: str,
        estimate: Callable[..., int] = fit_bytes,
        **where: bool,
    ) -> int:
        options = CausalMixOptions.from_hyperparameters(hyperparameters or {})
        name = options.weights.checkpoint_name(problem_type)
        try:
            checkpoint = resolve_checkpoint(name, problem_type)
        except CheckpointError as error:
            if name is not None:
                raise
            # AutoGluon skips the model with this one line; named weights that are missing stop the fit earlier.
            raise ConstraintViolationError(
                f"there are no weights for a {problem_type} ({error.__cause__ or error}): download them once with "
                f"network access, or set hf_model to a folder with config.json and model.safetensors"
            ) from None
        return estimate(checkpoint, options, len(X), widest(X, options.encoding), **where)

    def get_info(self, include_feature_metadata: bool = True) -> dict:
        info = super().get_info(include_feature_metadata=include_feature_metadata)
        info["causalmix_report"] = self.model.report.to_dict() if self.is_fit() else None
        return info

    @classmethod
    def _get_default_ag_args(cls) -> dict:
        # Of a class that is given as key AutoGluon would not look it up.
        default, asked = super()._get_default_ag_args() | {"priority": cls.ag_priority}, configuration_asked_for()
        return default if asked is None else default | {"name_main": name_main(cls.ag_name, *asked)}

    @classmethod
    def _class_tags(cls) -> dict:
        return {**super()._class_tags(), "reset_torch_threads": True}

    def _more_tags(self) -> dict:
        return {"can_refit_full": True}
