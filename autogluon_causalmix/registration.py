"""Entry into AutoGluon's model registry; safe to run any number of times."""

from __future__ import annotations

__all__ = ["register"]


def register() -> None:
    """Make ``"CAUSALMIX"`` a key of ``hyperparameters``.

    A reloaded module brings a new class object under the known key; the registry then keeps the
    first one, which saved predictors refer to.
    """
    from autogluon.tabular.registry import ag_model_registry

    from autogluon_causalmix.model import CausalMixModel

    if CausalMixModel.ag_key not in ag_model_registry.keys:
        ag_model_registry.add(CausalMixModel)
