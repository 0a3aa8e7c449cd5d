"""CAUSALMIX_AUGMENT, AutoGluon's view of it: any of its models, fitted on real and synthetic rows.

Contract: ``TabularPredictor.fit(hyperparameters={"CAUSALMIX_AUGMENT": {"model": "GBM", ...}})``. The
generator sees the training rows of the fold and nothing else; validation rows are real; what fails about
synthetic rows ends in the plain model. No maths in here: `augmentation` makes the rows. Predictors unpickle
this class by its path, ``autogluon_causalmix.augmented_model.CausalMixAugmentModel``: it never moves.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from autogluon.common.features.feature_metadata import FeatureMetadata
from autogluon.common.space import Space
from autogluon.core.models import AbstractModel
from autogluon.core.utils.exceptions import AutoGluonException, InsufficientTime, NotEnoughMemoryError

from autogluon_causalmix.augmentation.inner import key_of, model_class, tags_of
from autogluon_causalmix.augmentation.mixing import ModelData, repeated
from autogluon_causalmix.augmentation.report import AugmentReport
from autogluon_causalmix.augmentation.training import rows_within, training_rows, without_rows
from autogluon_causalmix.budget import Budget
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.known_columns import knowledge_of, named
from autogluon_causalmix.log_lines import warn_once
from autogluon_causalmix.memory import generator_bytes
from autogluon_causalmix.naming import configuration_asked_for
from autogluon_causalmix.options import AugmentOptions
from autogluon_causalmix.options.augmentation import MODEL_PREFIX, check_spaces
from autogluon_causalmix.options.spaces import searched, without_spaces

__all__ = ["CausalMixAugmentModel"]

#: Folder of the model inside, below this one's.
INNER = "model"
#: Share of AutoGluon's time limit that generator and model may plan with: saving comes after it.
HEADROOM = 0.95
#: Of the user's ``ag_args_fit``, what is done out here and must not be done again inside.
_DONE_OUTSIDE = (
    "max_time_limit", "max_time_limit_ratio", "min_time_limit", "num_cpus", "num_gpus", "predict_1_batch_size",
    "temperature_scalar", "compile",
)  # fmt: skip
#: Failures that fewer rows would not mend, but for those of which they would.
_NOT_THE_ROWS, _TOO_MANY_ROWS = (AutoGluonException, ImportError), (InsufficientTime, NotEnoughMemoryError)
#: Where AutoGluon may put a model, as the class inside says.
_PLACE = ("valid_stacker", "valid_base", "disable_in_hpo")


class CausalMixAugmentModel(AbstractModel):
    """One of AutoGluon's models, fitted on its training rows and synthetic ones.

    Hyperparameters: `autogluon_causalmix.options.AugmentOptions`. What was mixed in, per fold:
    ``autogluon_causalmix.report(predictor).augmented``.

    >>> options = {"model": "RF", "generator": "copula", "mix_ratio": 0.5}
    >>> hyperparameters = {"CAUSALMIX_AUGMENT": [options, {**options, "model": "XT"}]}
    >>> CausalMixAugmentModel(problem_type="binary", hyperparameters={"model": "RFF"})
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: model='RFF' is no key of AutoGluon's models; did you mean 'RF'?
    """

    ag_key = "CAUSALMIX_AUGMENT"
    ag_name = "CausalMixAugment"
    ag_priority = 40  # after the plain models, which cost less
    seed_name = "seed"
    _supported_problem_types: ClassVar = ["binary", "multiclass", "regression"]
    # The model inside drops what it cannot use; the generator may see a constant column.
    _default_auxiliary_params_extra: ClassVar = {"drop_unique": False, "ignored_type_group_special": ["text"]}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.report: AugmentReport | None = None
        # Class of the model inside where it lies beside this one; a bag may save its children without models.
        self._saved_class: type | None = None
        # Before AutoGluon fits anything, outside its per-model error handling: a mistyped option stops the user's fit.
        self._check_options(self.get_hyperparameters_init())

    def _check_options(self, hyperparameters: dict) -> None:
        given = {name: value for name, value in hyperparameters.items() if name != "ag_args_fit"}
        spaces, fixed = searched(given)
        options = AugmentOptions.from_hyperparameters(fixed)
        model_class(options.model)
        check_spaces(spaces, fixed)
        for name, value in options.model_hyperparameters.items():
            if isinstance(value, Space):
                raise OptionError(
                    f"model_hyperparameters[{name!r}]: a search space has to be written flat to be searched: "
                    f"{MODEL_PREFIX + name!r}: {value!r}"
                )
        if self.problem_type in self._supported_problem_types and "generator" not in spaces:
            options.check(self.problem_type)  # each trial of a search over generators is checked when it is fitted

    def _options(self) -> AugmentOptions:
        return AugmentOptions.from_hyperparameters(without_spaces(self._get_model_params()))

    def _new_inner(self, hyperparameters: dict | None = None) -> AbstractModel:
        """Return the model inside, not fitted; search spaces stand at their defaults."""
        given = dict(self.get_hyperparameters_init() if hyperparameters is None else hyperparameters)
        outside = given.pop("ag_args_fit", None) or {}
        params = {k: v.default if isinstance(v, Space) else v for k, v in given.items()}
        options = AugmentOptions.from_hyperparameters(params)
        inside = dict(options.model_hyperparameters)
        passed = {name: value for name, value in outside.items() if name not in _DONE_OUTSIDE}
        inside["ag_args_fit"] = passed | dict(inside.get("ag_args_fit") or {})
        return model_class(options.model)(
            path=self.path,
            name=INNER,
            problem_type=self.problem_type,
            eval_metric=self.eval_metric,
            hyperparameters=inside,
        )

    def _fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        X_val: pd.DataFrame | None = None,
        y_val: pd.Series | None = None,
        time_limit: float | None = None,
        sample_weight: Any = None,
        sample_weight_val: Any = None,
        **kwargs: Any,
    ) -> None:
        started = time.monotonic()
        # Where nothing is mixed in, this is the plain model with the plain model's limit.
        options = self._options()
        share = 1.0 if options.mix_ratio == 0 else HEADROOM
        budget = Budget.within(None if time_limit is None else share * time_limit, started)
        journal = Journal(lambda message: warn_once(self.path, message))
        X = self.preprocess(X, preprocess_stateful=False)
        X_val = None if X_val is None else self.preprocess(X_val, preprocess_stateful=False)
        given = {**self._get_model_params(), "ag_args_fit": dict(self._given_aux())}
        inner = self._new_inner(given)
        if options.mix_ratio != 0:
            y = named(y, self.path)
            options = self._known_of(options, X.columns, y.name, journal)
        data = ModelData(X, y, sample_weight, X_val, y_val, sample_weight_val)
        mixed, report = training_rows(data, inner, options, self.problem_type, budget, journal)
        with journal.stage("model"):
            reason = None
            try:
                inner.fit(**self._fit_arguments(mixed, budget, kwargs))
            except Exception as error:  # rows that a model cannot read, or that are too many, must not lose the fit
                if mixed is data or (isinstance(error, _NOT_THE_ROWS) and not isinstance(error, _TOO_MANY_ROWS)):
                    raise
                reason = f"no synthetic rows: {key_of(type(inner))} failed on them ({type(error).__name__}: {error})"
            if reason is not None:  # not in the handler, whose traceback holds what filled a GPU
                journal.remark(reason, f"CausalMix fits the model on real rows alone: {reason}.")
                inner, report = self._new_inner(given), without_rows(report, data)
                inner.fit(**self._fit_arguments(data, budget, kwargs))
        self._take_curves(inner)
        self.model = inner
        self.report = dataclasses.replace(
            report, seconds=dict(journal.seconds) | {"total": budget.spent()}, fallbacks=list(journal.remarks)
        )
        self._keep_for_refit(inner)

    def _take_curves(self, inner: AbstractModel) -> None:
        """Show the learning curves of the model inside as this one's, where they were asked for."""
        if inner.saved_learning_curves:
            name = self.learning_curve_file_name
            shutil.copyfile(os.path.join(inner.path, name), os.path.join(self.path, name))
            self.saved_learning_curves = True

    @classmethod
    def _class_tags(cls) -> dict:
        return {"supports_learning_curves": True}

    def _given_aux(self) -> dict:
        # The limits on rows and classes were checked on real rows, in `validate_fit_args`.
        return self.get_hyperparameters_init().get("ag_args_fit", {}) | {"ignore_constraints": True}

    def _fit_arguments(self, data: ModelData, budget: Budget, kwargs: dict) -> dict:
        """Arguments of the inner model's ``fit``: AutoGluon's own but for the rows and the time that is left."""
        given = {"X": data.X, "y": data.y, "X_val": data.X_val, "y_val": data.y_val}
        weights = {"sample_weight": data.weight, "sample_weight_val": data.weight_val}
        return {
            **kwargs,
            **given,
            **{name: value for name, value in weights.items() if value is not None},
            "time_limit": budget.left(),
            "feature_metadata": self.feature_metadata,
            "num_classes": self.num_classes,
            "random_seed": self.random_seed,
        }

    def _known_of(self, options: AugmentOptions, columns: pd.Index, label: Any, journal: Journal) -> AugmentOptions:
        """Options with knowledge of the columns that AutoGluon made of the table; the journal is told what changed."""
        knowledge, remark = knowledge_of(options.knowledge, columns, label, columns, self.path)
        if remark is not None:
            journal.remark(remark, f"CausalMix: {remark}.")
        return dataclasses.replace(options, knowledge=knowledge)

    def _keep_for_refit(self, inner: AbstractModel) -> None:
        """Set what refit_full takes over: what the model learned on validation rows, under its flat names."""
        self.params_trained.update({MODEL_PREFIX + name: value for name, value in inner.params_trained.items()})

    def predict_proba(self, X: pd.DataFrame, *, normalize: bool | None = None, **kwargs: Any) -> np.ndarray:
        # The model inside normalises where its metric asks for it; a second time would change bits.
        return super().predict_proba(X, normalize=False, asked=normalize, **kwargs)

    def _predict_proba(self, X: pd.DataFrame, asked: bool | None = None, **kwargs: Any) -> np.ndarray:
        X = self.preprocess(X, preprocess_stateful=False, **kwargs)
        return self.model.predict_proba(X, normalize=asked)

    def validate_fit_args(
        self, X: pd.DataFrame, feature_metadata: FeatureMetadata | None = None, **kwargs: Any
    ) -> None:
        """Check AutoGluon's limits of this model and of the one inside, on the real rows."""
        super().validate_fit_args(X=X, feature_metadata=feature_metadata, **kwargs)
        inner = self._new_inner()
        inner.num_classes, upstream = self.num_classes, "_fit_constraints_validated_upstream"
        setattr(inner, upstream, getattr(self, upstream, False))  # limits on rows are the bag's: a fold has fewer
        inner.validate_fit_args(X=X, feature_metadata=feature_metadata or self.feature_metadata, **kwargs)

    def save(self, path: str | None = None, verbose: bool = True) -> str:
        """Save the model inside in its own way, in a folder of its own, and this one beside it."""
        path = self.path if path is None else path
        inner, self.model = self.model, None
        try:
            self._saved_class = None if inner is None else type(inner)
            if inner is not None:
                inner.save(path=os.path.join(path, INNER), verbose=verbose)
            return super().save(path=path, verbose=verbose)
        finally:
            self.model = inner

    @classmethod
    def load(cls, path: str, reset_paths: bool = True, verbose: bool = True) -> CausalMixAugmentModel:
        """Load what `save` wrote."""
        model = super().load(path=path, reset_paths=reset_paths, verbose=verbose)
        if model._saved_class is not None:
            model.model = model._saved_class.load(
                path=os.path.join(path, INNER), reset_paths=reset_paths, verbose=verbose
            )
        return model

    def reduce_memory_size(self, **kwargs: Any) -> None:
        """Let the model inside drop what it no longer needs."""
        super().reduce_memory_size(**kwargs)
        if self.model is not None:
            self.model.reduce_memory_size(**kwargs)

    def get_info(self, include_feature_metadata: bool = True) -> dict:
        """AutoGluon's description with the report on the rows."""
        info = super().get_info(include_feature_metadata=include_feature_metadata)
        info["causalmix_augment_report"] = None if self.report is None else self.report.to_dict()
        return info

    def get_minimum_resources(self, is_gpu_available: bool = False) -> dict[str, int | float]:
        """What the model inside needs."""
        return self._new_inner().get_minimum_resources(is_gpu_available=is_gpu_available)

    def _get_maximum_resources(self) -> dict[str, int | float]:
        return self._new_inner()._get_maximum_resources()

    def _get_default_resources(self) -> tuple[int, float]:
        return self._new_inner()._get_default_resources()

    def _get_default_stopping_metric(self) -> Any:
        return self._new_inner()._get_default_stopping_metric()

    @classmethod
    def _estimate_memory_usage_static(
        cls, *, X: pd.DataFrame, y: pd.Series | None = None, hyperparameters: dict | None = None, **kwargs: Any
    ) -> int:
        options = AugmentOptions.from_hyperparameters(hyperparameters or {})
        inner, inside = model_class(options.model), dict(options.model_hyperparameters)
        n_drawn = rows_within(inner(path="", name=INNER), len(X), options)  # a limit of the user's may be lifted
        both, targets = repeated(X, y, n_drawn)
        if inner.can_estimate_memory_usage_static():
            bytes_inside = inner.estimate_memory_usage_static(X=both, y=targets, hyperparameters=inside, **kwargs)
        else:
            bytes_inside = 4 * int(both.memory_usage(deep=False).sum())  # as AutoGluon where a model does not say
        n_learned = min(len(X), options.generator_rows)
        return int(bytes_inside + (generator_bytes(n_learned, n_drawn, X.shape[1] + 1) if n_drawn else 0))

    def _estimate_gpu_memory_usage(self, X: pd.DataFrame, y: pd.Series | None = None, **kwargs: Any) -> int | None:
        options = AugmentOptions.from_hyperparameters(self._get_model_params(convert_search_spaces_to_default=True))
        inner = model_class(options.model)
        if not inner.can_estimate_gpu_memory_usage_static():
            return None
        both, targets = repeated(X, y, rows_within(self._new_inner(), len(X), options))
        inside = dict(options.model_hyperparameters)
        known = {"problem_type": self.problem_type, "num_classes": self.num_classes, **kwargs}
        return inner.estimate_gpu_memory_usage_static(X=both, y=targets, hyperparameters=inside, **known)

    @classmethod
    def _get_default_ag_args(cls) -> dict:
        default, asked = super()._get_default_ag_args() | {"priority": cls.ag_priority}, configuration_asked_for()
        inner = None if asked is None else _class_in(asked[0])
        if inner is None:
            return default
        theirs, supported = inner._get_default_ag_args(), inner.supported_problem_types()
        default |= {name: theirs[name] for name in _PLACE if name in theirs}
        if supported is not None:
            default["problem_types"] = [kind for kind in cls._supported_problem_types if kind in supported]
        return default | {"name_main": f"{cls.ag_name}_{key_of(inner)}"}

    @classmethod
    def _get_default_ag_args_ensemble(cls, **kwargs: Any) -> dict:
        default, asked = super()._get_default_ag_args_ensemble(**kwargs), configuration_asked_for()
        inner = None if asked is None else _class_in(asked[0])
        if inner is None:
            return default
        # Out-of-bag predictions of a forest know rows by the synthetic ones that were made of them: folds are fitted.
        theirs = inner._get_default_ag_args_ensemble(**kwargs)
        return default | {name: value for name, value in theirs.items() if name != "use_child_oof"}

    def _more_tags(self) -> dict:
        return {"can_refit_full": tags_of(self._new_inner()).get("can_refit_full", False)}


def _class_in(configuration: Any) -> type | None:
    """Class of the model that a configuration names; None for a mistake, which the constructor tells."""
    try:
        return model_class(configuration.get("model", AugmentOptions.model))
    except OptionError:
        return None
