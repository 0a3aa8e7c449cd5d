"""CAUSALMIX for TabArena: configurations, constraints, metadata and weights, in TabArena's own terms.

Needs the extra ``tabarena``. Importing this module registers nothing; `register` does, any number of
times. Names follow TabArena's convention for a model's package (``gen_*``, ``*_info``).

    from autogluon_causalmix.tabarena import gen_causalmix, register
    register()  # ("CausalMix", 25) then resolves in TabArena's experiment bundles
    experiments = gen_causalmix.generate_all_bag_experiments(num_random_configs=25)

Paper: arXiv 2601.04110. Licence: Apache-2.0, of this package and of Mitra's weights.
"""

from __future__ import annotations

from autogluon.common.space import Categorical, Real

from autogluon_causalmix.checkpoints.resolve import fetch_official
from autogluon_causalmix.model import CausalMixModel

try:
    from tabarena.benchmark.experiment.model_constraints import ModelConstraints
    from tabarena.models._method_metadata import MethodMetadata
    from tabarena.models._model_info import ModelInfo
    from tabarena.models._registry import register_model_info
    from tabarena.utils.config_utils import ConfigGenerator, get_random_searcher
except ImportError as error:
    raise ImportError(
        f"autogluon_causalmix.tabarena needs TabArena ({error}): pip install 'autogluon-causalmix[tabarena]'"
    ) from error

__all__ = [
    "CausalMixConfigGenerator",
    "causalmix_info",
    "causalmix_method_metadata",
    "constraints",
    "gen_causalmix",
    "prefetch_weights",
    "register",
    "scm_search_space",
    "search_space",
]

#: What a user would decide, each with its default first. Generators that need an extra (ctgan, smote)
#: or minutes of chains (tabebm) are left out.
search_space = {
    "generator": Categorical("scm", "copula", "mixed_model", "table_augment", "mixup", "bootstrap"),
    "mix_ratio": Categorical(0.5, 0.25, 0.75, 1.0, 0.0, "auto"),
    "mix_into": Categorical("episode", "both", "support", "query"),
    "mix_schedule": Categorical("constant", "falling"),
    "label_source": Categorical("generator", "model"),
    "lr": Real(1e-6, 1e-4, default=1e-5, log=True),
    "fine_tune_steps": Categorical(50, 25, 100),
    "discovery_resamples": Categorical(50, 20, 100),
    "selection": Categorical("log_loss", "eval_metric"),
    "n_views": Categorical(None, 6),
    "untuned_share": Categorical(0.0, 0.5),
}

#: Options of the generator "scm", chosen where it is: they go into ``generator_options``.
scm_search_space = {
    "mechanism": Categorical("tree", "ridge", "boosting"),
    "noise": Categorical("independent", "dependent"),
}


class CausalMixConfigGenerator(ConfigGenerator):
    """Draws from a search space, and options of the generator "scm" where that is the choice."""

    def get_searcher_configs(self, num_configs: int) -> list[dict]:
        """Return ``num_configs`` random configurations."""
        searcher = get_random_searcher(self.search_space | scm_search_space, num_configs=num_configs)
        return [_nested(searcher.get_config()) for _ in range(num_configs)]


def _nested(config: dict) -> dict:
    outside = {name: value for name, value in config.items() if name not in scm_search_space}
    if config.get("generator", "scm") != "scm":
        return outside
    return outside | {"generator_options": {name: config[name] for name in scm_search_space}}


gen_causalmix = CausalMixConfigGenerator(search_space, CausalMixModel, manual_configs=[{}])

#: Mitra's limits; the same as the model's own ``max_rows``, ``max_features`` and ``max_classes``.
constraints = ModelConstraints(max_n_samples_train_per_fold=10_000, max_n_features=500, max_n_classes=10)

causalmix_method_metadata = MethodMetadata.config(
    method="CausalMix",
    suite="causalmix-2026-11-22",
    ag_key=CausalMixModel.ag_key,
    model_key=CausalMixModel.ag_key,
    config_default="CausalMix_c1_BAG_L1",
    can_hpo=True,
    compute="gpu",
    is_bag=True,
    date="2026-11-22",
    date_introduced="2026-01",
    reference_url="https://arxiv.org/abs/2601.04110",
    display_name="CausalMix",
    verified=False,
)


def prefetch_weights() -> None:
    """Put the official Mitra weights, at the revisions that are pinned, into the hub's local cache."""
    for problem_type in ("binary", "regression"):
        fetch_official(problem_type)


causalmix_info = ModelInfo(
    model_cls=CausalMixModel,
    search_space=gen_causalmix,
    method_metadata=causalmix_method_metadata,
    pip_extra=("autogluon-causalmix",),
    prefetch_weights=prefetch_weights,
)


def register() -> None:
    """Make the model known to TabArena's registry; the second time changes nothing."""
    register_model_info(causalmix_info)
