"""Entry into AutoGluon's model registry; safe to run any number of times."""

from __future__ import annotations

__all__ = ["register"]


def register() -> None:
    """Make ``"CAUSALMIX"`` and ``"CAUSALMIX_AUGMENT"`` keys of ``hyperparameters``.

    A reloaded module brings a new class object under a known key; the registry then keeps the
    first one, which saved predictors refer to.
    """
    from autogluon.tabular.registry import ag_model_registry

    from autogluon_causalmix.augmented_model import CausalMixAugmentModel
    from autogluon_causalmix.model import CausalMixModel

    for model in (CausalMixModel, CausalMixAugmentModel):
        if model.ag_key not in ag_model_registry.keys:
            ag_model_registry.add(model)
