"""What of AutoGluon CAUSALMIX_AUGMENT relies on beyond fit and predict: when AutoGluon moves, this says what moved."""

import inspect

import pandas as pd
import pytest
from autogluon.core.models import AbstractModel
from autogluon.tabular.registry import ag_model_registry

from autogluon_causalmix.augmentation import inner

from .conftest import blobs

#: Override points of AbstractModel that are asked of the model inside.
ASKED = [
    "_get_default_auxiliary_params",
    "_get_default_resources",
    "_get_maximum_resources",
    "_get_default_stopping_metric",
    "_get_default_ag_args_ensemble",
    "_fit",
]
CLASSES = [cls for key, cls in ag_model_registry.key_to_cls_map().items() if key not in inner._REFUSED]


def source_of_fit(key):
    cls = ag_model_registry.key_to_cls(key)
    return inspect.getsource(cls._fit)


@pytest.mark.parametrize("name", ASKED)
def test_override_points_are_there(name):
    assert callable(getattr(AbstractModel, name))


def test_tags_say_whether_a_model_can_be_refitted():
    tags = AbstractModel._get_tags(ag_model_registry.key_to_cls("RF")(path="x", name="m", problem_type="binary"))
    assert tags["can_refit_full"] is True and "valid_oof" in tags


def test_public_methods_that_are_overridden_have_the_arguments_that_are_passed_on():
    assert {"X", "normalize", "record_time", "kwargs"} <= set(inspect.signature(AbstractModel.predict_proba).parameters)
    assert {"X", "feature_metadata"} <= set(inspect.signature(AbstractModel.validate_fit_args).parameters)
    for cls in CLASSES:
        assert {"path", "verbose"} <= set(inspect.signature(cls.save).parameters)
        assert {"path", "reset_paths", "verbose"} <= set(inspect.signature(cls.load).parameters)


def test_preprocessing_without_state_picks_columns_and_nothing_else():
    X, y = blobs(20)
    model = ag_model_registry.key_to_cls("CAUSALMIX_AUGMENT")(
        path="x", name="m", problem_type="binary", hyperparameters={"model": "LR"}
    )
    model.initialize(X=X.assign(fixed=1), y=y)
    pd.testing.assert_frame_equal(
        model.preprocess(X.assign(fixed=1, more=0), preprocess_stateful=False), X.assign(fixed=1)
    )


@pytest.mark.parametrize("key", sorted(inner._IGNORES_WEIGHTS))
def test_models_that_ignore_weights_still_say_so(key):
    cls = ag_model_registry.key_to_cls(key)
    assert "not yet supported" in source_of_fit(key) or "not yet supported" in inspect.getsource(inspect.getmodule(cls))


def test_models_that_split_rows_themselves_still_do():
    """When one of these fails, rows need not be held out for it any more."""
    from autogluon.tabular.models.mitra import sklearn_interface

    assert "_split_data(X, y)" in inspect.getsource(sklearn_interface.MitraClassifier.fit)
    assert "currently it uses X and y as validation" in source_of_fit("TABPFNMIX") + inspect.getsource(
        inspect.getmodule(ag_model_registry.key_to_cls("TABPFNMIX"))
    )
    assert "bags = None" in source_of_fit("EBM") and "if X_val is not None" in source_of_fit("EBM")


def test_autogluon_settles_names_and_bags_from_the_class():
    """`naming.configuration_asked_for` reads the caller's configuration: see there."""
    from autogluon.tabular.trainer.model_presets import presets

    source = inspect.getsource(presets.clean_model_cfg)
    assert "_get_default_ag_args()" in source and "_get_default_ag_args_ensemble(problem_type=problem_type)" in source
