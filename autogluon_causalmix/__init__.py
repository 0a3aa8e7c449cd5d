"""CausalMixFT for AutoGluon: fine-tune Mitra on batches that mix real rows with SCM rows.

Importing this package registers the keys ``"CAUSALMIX"`` and ``"CAUSALMIX_AUGMENT"``, any model of
AutoGluon's on real and synthetic rows, with AutoGluon:

    import autogluon_causalmix
    TabularPredictor(label="y").fit(train, hyperparameters={"CAUSALMIX": {}, "CAUSALMIX_AUGMENT": {"model": "GBM"}})

Public names: `CausalMixModel`, `CausalMixAugmentModel`, `report`, `augment`, `plot_graph`, `discover`, `fit_scm`,
`fidelity`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autogluon_causalmix.registration import register

if TYPE_CHECKING:
    from autogluon_causalmix.augmentation.frames import augment
    from autogluon_causalmix.augmented_model import CausalMixAugmentModel
    from autogluon_causalmix.causal.interface import discover, fit_scm
    from autogluon_causalmix.metrics.fidelity import fidelity
    from autogluon_causalmix.model import CausalMixModel
    from autogluon_causalmix.plots import plot_graph
    from autogluon_causalmix.predictor_report import report

__all__ = [
    "CausalMixAugmentModel",
    "CausalMixModel",
    "augment",
    "discover",
    "fidelity",
    "fit_scm",
    "plot_graph",
    "report",
]
__version__ = "0.1.0"

register()


#: Loaded when they are first asked for.
_LAZY = {
    "CausalMixAugmentModel": "augmented_model",
    "CausalMixModel": "model",
    "augment": "augmentation.frames",
    "discover": "causal.interface",
    "fidelity": "metrics.fidelity",
    "fit_scm": "causal.interface",
    "plot_graph": "plots",
    "report": "predictor_report",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"autogluon_causalmix.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
