"""The model inside CAUSALMIX_AUGMENT: which class a key stands for, and what AutoGluon says of that class.

What is asked of a model here is public in AutoGluon (``fit``, ``supported_problem_types``), or an override
point of its ``AbstractModel``; the one exception, ``_get_tags``, is held by tests/test_augment_contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autogluon_causalmix.errors import OptionError, did_you_mean

__all__ = ["ignores_weights", "key_of", "model_class", "needs_validation", "row_limit", "tags_of"]

#: Keys that make no sense inside, and what to do instead.
_REFUSED = {
    "CAUSALMIX_AUGMENT": "it cannot hold itself: name the model that is to be fitted",
    "CAUSALMIX": "it mixes synthetic rows in by itself: use the key 'CAUSALMIX'",
    "AG_AUTOMM": "it reads text and images, of which no synthetic rows are made",
    "AG_TEXT_NN": "it reads text, of which no synthetic rows are made",
    "AG_IMAGE_NN": "it reads images, of which no synthetic rows are made",
    "ENS_WEIGHTED": "it weighs other models and reads no rows",
    "SIMPLE_ENS_WEIGHTED": "it weighs other models and reads no rows",
}
#: Can be refitted without validation rows, says AutoGluon, but where there are none they split some off themselves.
_SPLITS_ITSELF = frozenset({"MITRA", "TABPFNMIX", "EBM"})
#: Accept weights and ignore them.
_IGNORES_WEIGHTS = frozenset({"KNN", "NN_TORCH", "FASTAI"})


def model_class(model: Any) -> type:
    """Return the class that a key of AutoGluon's hyperparameters stands for; a class as it is.

    Raises
    ------
    OptionError
        For a key that AutoGluon does not know, with the nearest one, and a model that cannot be fitted inside.
    """
    from autogluon.core.models import AbstractModel
    from autogluon.tabular.registry import ag_model_registry

    known = ag_model_registry.key_to_cls_map()
    if isinstance(model, str):
        if model not in known:
            raise OptionError(f"model={model!r} is no key of AutoGluon's models; {_hint(model, known)}")
        cls = known[model]
    else:
        cls = model
        if not isinstance(cls, type) or not issubclass(cls, AbstractModel):
            raise OptionError(
                f"model={cls!r} must be a key of AutoGluon's hyperparameters or a subclass of AutoGluon's AbstractModel"
            )
    reason = _REFUSED.get(key_of(cls))
    if reason:
        raise OptionError(f"model={model!r}: {reason}")
    return cls


def _hint(wrong: str, known: Mapping[str, type]) -> str:
    """The key that was meant, which may be written by the name on the leaderboard or with letters swapped."""
    names = {key: cls.ag_name for key, cls in sorted(known.items()) if key not in _REFUSED}
    for key, name in names.items():
        if name.lower() == wrong.lower() or sorted(key) == sorted(wrong.upper()):
            return f"did you mean {key!r}?"
    return did_you_mean(wrong, names)


def key_of(cls: type) -> str:
    """AutoGluon's key of a model's class, or the class's name if it has none."""
    return getattr(cls, "ag_key", None) or cls.__name__


def needs_validation(model: Any) -> bool:
    """Whether a model, given no validation rows, would split some off its training rows."""
    return key_of(type(model)) in _SPLITS_ITSELF or not tags_of(model).get("can_refit_full", False)


def tags_of(model: Any) -> Mapping[str, Any]:
    """What AutoGluon's tags say of a model."""
    return model._get_tags()


def row_limit(model: Any) -> int | None:
    """Rows that a model takes at most: the user's number or else its own; None for no limit.

    A limit that is lifted, as by refit_full, lets more real rows in; synthetic ones keep to the model's own.
    """
    asked = (model.get_hyperparameters_init().get("ag_args_fit") or {}).get("max_rows")
    return model._get_default_auxiliary_params().get("max_rows") if asked is None else asked


def ignores_weights(cls: type) -> bool:
    """Whether a model's class makes nothing of sample weights."""
    import inspect

    return key_of(cls) in _IGNORES_WEIGHTS or "sample_weight" not in inspect.signature(cls._fit).parameters
