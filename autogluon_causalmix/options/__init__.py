"""Options of one fit: written flat in AutoGluon's hyperparameters, kept in frozen groups.

Mitra's names keep their meaning, so that a MITRA configuration can be copied. An unknown name or an
impossible value is an `OptionError` that names the option, its value and the nearest valid one,
raised before any work.

>>> options = CausalMixOptions.from_hyperparameters({"mix_ratio": 0.3, "discovery_alpha": 0.05})
>>> options.synthesis.mix_ratio, options.discovery.alpha
(0.3, 0.05)
"""

from autogluon_causalmix.options.augmentation import AugmentOptions
from autogluon_causalmix.options.encoding import EncodingOptions
from autogluon_causalmix.options.synthesis import SynthesisOptions
from autogluon_causalmix.options.tuning import TuningOptions
from autogluon_causalmix.options.weights import WeightsOptions
from autogluon_causalmix.options.wire import (
    IGNORED_MITRA_OPTIONS,
    METHODS,
    OPTION_NAMES,
    CausalMixOptions,
    check_names,
)

__all__ = [
    "IGNORED_MITRA_OPTIONS",
    "METHODS",
    "OPTION_NAMES",
    "AugmentOptions",
    "CausalMixOptions",
    "EncodingOptions",
    "SynthesisOptions",
    "TuningOptions",
    "WeightsOptions",
    "check_names",
]
