"""Which model a key stands for."""

import pytest
from autogluon.core.models import AbstractModel
from autogluon.tabular.models import RFModel
from autogluon.tabular.registry import ag_model_registry

from autogluon_causalmix.augmentation.inner import ignores_weights, key_of, model_class
from autogluon_causalmix.errors import OptionError


class Own(RFModel):
    """A user's model, which AutoGluon does not know."""

    ag_key = None


def test_a_key_and_a_class():
    assert model_class("RF") is RFModel is model_class(RFModel)
    assert model_class(Own) is Own and key_of(Own) == "Own" and key_of(RFModel) == "RF"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("GMB", r"model='GMB' is no key of AutoGluon's models; did you mean 'GBM'\?"),
        ("CATT", "did you mean 'CAT'"),
        ("lightgbm", r"did you mean 'GBM'\?"),
        ("RandomForest", "did you mean 'RF'"),
        ("???", r"there is \[.*'GBM'"),
        ("CAUSALMIX_AUGMENT", "it cannot hold itself"),
        ("CAUSALMIX", "mixes synthetic rows in by itself: use the key 'CAUSALMIX'"),
        ("ENS_WEIGHTED", "weighs other models"),
        ("AG_AUTOMM", "reads text and images"),
        (dict, "must be a key of AutoGluon's hyperparameters or a subclass of AutoGluon's AbstractModel"),
        (3, "must be a key"),
    ],
)
def test_what_cannot_be_fitted_inside_is_told_at_once(wrong, message):
    with pytest.raises(OptionError, match=message):
        model_class(wrong)


def test_the_class_of_this_package_is_refused_too():
    from autogluon_causalmix import CausalMixAugmentModel, CausalMixModel

    for cls in (CausalMixAugmentModel, CausalMixModel):
        with pytest.raises(OptionError, match="model="):
            model_class(cls)


def test_weights():
    takes = {"GBM", "CAT", "XGB", "RF", "XT", "LR", "EBM"}
    assert {key for key in takes if not ignores_weights(model_class(key))} == takes
    assert all(ignores_weights(model_class(key)) for key in ("KNN", "NN_TORCH", "FASTAI", "MITRA", "TABM"))


def test_every_other_key_is_served():
    for key, cls in ag_model_registry.key_to_cls_map().items():
        try:
            assert issubclass(model_class(key), AbstractModel)
        except OptionError as error:
            assert "it " in str(error), (key, cls)
