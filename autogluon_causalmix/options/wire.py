"""One fit's options as AutoGluon passes them, flat, and as the package keeps them, in groups."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.checks import check_choice, check_number
from autogluon_causalmix.errors import OptionError, nearest_name
from autogluon_causalmix.generators.base import has_parts, makes_worlds
from autogluon_causalmix.generators.catalogue import check_generator, context_of, maker_of, option_of
from autogluon_causalmix.options.encoding import EncodingOptions
from autogluon_causalmix.options.synthesis import SynthesisOptions
from autogluon_causalmix.options.tuning import TuningOptions
from autogluon_causalmix.options.weights import WeightsOptions

__all__ = [
    "GRAPH_OPTIONS",
    "IGNORED_MITRA_OPTIONS",
    "METHODS",
    "OPTION_NAMES",
    "CausalMixOptions",
    "check_names",
    "graph_of",
    "stated_options",
]

#: What the paper's seven ways of fine-tuning mix in.
_MIXED: dict[str, dict[str, Any]] = {
    "default": {"mix_ratio": 0.0},
    "causalmix": {"generator": "scm", "mix_ratio": 0.5},
    "scm_only": {"generator": "scm", "mix_ratio": 1.0},
    "ctgan_only": {"generator": "ctgan", "mix_ratio": 1.0},
    "tabebm_only": {"generator": "tabebm", "mix_ratio": 1.0},
    "table_augment_only": {"generator": "table_augment", "mix_ratio": 1.0},
    "mixed_model_only": {"generator": "mixed_model", "mix_ratio": 1.0},
}
#: The seven, in one view as there; an option that is given beside ``method`` wins over it.
METHODS = {name: {**options, "n_views": 1} for name, options in _MIXED.items()}

#: MITRA options without a meaning here: accepted, so that a configuration can be copied.
IGNORED_MITRA_OPTIONS = {
    "model_type": "Mitra itself knows one type",
    "metric": "steps are chosen by `selection`",
    "random_mirror_regression": "the target is not mirrored",
    "use_random_transforms": "fails upstream on scikit-learn 1.9; not offered",
    "verbose": "AutoGluon's verbosity rules",
    "state_dict": "deprecated upstream; `hf_model` takes a folder",
    "state_dict_classification": "deprecated upstream; `hf_cls_model` takes a folder",
    "state_dict_regression": "deprecated upstream; `hf_reg_model` takes a folder",
}

#: Groups whose names are the same inside and on the wire.
_PLAIN = {
    "weights": WeightsOptions,
    "encoding": EncodingOptions,
    "tuning": TuningOptions,
    "synthesis": SynthesisOptions,
}
#: Fields of `DiscoveryOptions`, and statements of `Knowledge.of`, by their name on the wire.
_DISCOVERY = {
    "discovery_resamples": "n_resamples",
    "discovery_alpha": "alpha",
    "discovery_max_depth": "max_depth",
    "discovery_backend": "backend",
}
_KNOWLEDGE = {
    "required_edges": "required_edges",
    "forbidden_edges": "forbidden_edges",
    "known_tiers": "tiers",
    "known_roots": "roots",
    "known_sinks": "sinks",
    "known_graph": "graph",
}
#: Options of the causal graph, flat: how its edges are searched, and what is known of them.
GRAPH_OPTIONS = (*_DISCOVERY, *_KNOWLEDGE)


@dataclass(frozen=True)
class CausalMixOptions:
    """What ``hyperparameters={"CAUSALMIX": {...}}`` may hold, and ``method``, a name of `METHODS`.

    The dictionary is flat: `from_hyperparameters` reads it, `to_dict` writes it.

    Attributes
    ----------
    weights : WeightsOptions
        ``hf_model``, ``device``, ``precision`` and the like.
    encoding : EncodingOptions
        ``missing_numbers``.
    tuning : TuningOptions
        ``fine_tune_steps``, ``lr``, ``patience``, ``holdout_share`` and the like.
    synthesis : SynthesisOptions
        ``generator``, ``mix_ratio``, ``synthesis_time_limit`` and the like.
    discovery : DiscoveryOptions
        ``discovery_resamples``, ``discovery_alpha``, ``discovery_max_depth``, ``discovery_backend``: its
        ``n_resamples``, ``alpha``, ``max_depth`` and ``backend``.
    knowledge : Knowledge
        ``required_edges``, ``forbidden_edges``, ``known_tiers``, ``known_roots``, ``known_sinks``,
        ``known_graph``: what `Knowledge.of` takes as ``tiers``, ``roots``, ``sinks``, ``graph``.
    seed : int >= 0 or None, default 0
        Seed of all randomness. Beyond some 200 rows and 12 columns, and with the official weights, the same fit
        again needs the same number of threads, too, which follows what the machine has to spare:
        ``ag_args_fit={"num_cpus": 1}`` keeps it at one.

    Examples
    --------
    >>> options = CausalMixOptions.from_hyperparameters({"method": "scm_only", "known_roots": ["age"]})
    >>> options.synthesis.mix_ratio, options.knowledge.roots
    (1.0, ('age',))
    >>> CausalMixOptions.from_hyperparameters({"alpha": 0.01})
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: unknown option 'alpha' ...; did you mean 'discovery_alpha'?
    """

    weights: WeightsOptions = field(default_factory=WeightsOptions)
    encoding: EncodingOptions = field(default_factory=EncodingOptions)
    tuning: TuningOptions = field(default_factory=TuningOptions)
    synthesis: SynthesisOptions = field(default_factory=SynthesisOptions)
    discovery: DiscoveryOptions = field(default_factory=DiscoveryOptions)
    knowledge: Knowledge = field(default_factory=Knowledge)
    seed: int | None = 0

    def __post_init__(self) -> None:
        if self.seed is not None:
            check_number("seed", self.seed, 0, whole=True)

    @classmethod
    def from_hyperparameters(cls, hyperparameters: Mapping[str, Any]) -> CausalMixOptions:
        """Read AutoGluon's dictionary, a ``method`` first; see `check_names` for what is refused.

        Raises
        ------
        OptionError
            For an unknown name, an impossible value, and knowledge that contradicts itself.
        """
        check_names(hyperparameters)
        given = {k: v for k, v in hyperparameters.items() if k not in IGNORED_MITRA_OPTIONS}
        method = given.pop("method", None)
        if method is not None:
            check_choice("method", method, METHODS)
            given = METHODS[method] | given
        for name in _WHOLE & given.keys():
            value = given[name]  # refits average whole numbers over folds
            if isinstance(value, float) and value.is_integer():
                given[name] = int(value)
        groups = {
            group: kind(**{f.name: given[f.name] for f in dataclasses.fields(kind) if f.name in given})
            for group, kind in _PLAIN.items()
        }
        discovery, knowledge = graph_of(given)
        seed = {"seed": given["seed"]} if "seed" in given else {}
        return cls(**groups, discovery=discovery, knowledge=knowledge, **seed)

    def to_dict(self) -> dict[str, Any]:
        """All options by their flat names, in a fixed order; a generator that is an object by its class."""
        flat = {
            f.name: getattr(getattr(self, g), f.name) for g, kind in _PLAIN.items() for f in dataclasses.fields(kind)
        }
        flat["generator"] = self.synthesis.generator_name
        flat |= {name: getattr(self.discovery, inside) for name, inside in _DISCOVERY.items()}
        statements = self.knowledge.statements()
        flat |= {name: statements[inside] for name, inside in _KNOWLEDGE.items()}
        return flat | {"seed": self.seed}

    @property
    def fall(self) -> float:
        """Part of ``mix_ratio`` that is gone after the last step: 0 is constant, 1 falls to zero, 2 halfway there."""
        steps, synthesis = self.tuning.fine_tune_steps, self.synthesis
        if synthesis.mix_schedule != "falling" or not steps:
            return 0.0
        return steps / (synthesis.schedule_steps or steps)

    def check(self, problem_type: str | None = None) -> None:
        """Raise `OptionError` for options that do not go together, or that mean nothing for the problem.

        Ignoring what the user states would mislead. With ``mix_ratio=0`` there is nothing to misread.
        """
        synthesis = self.synthesis
        mixes = synthesis.mix_ratio != 0
        if mixes and synthesis.balance_classes and problem_type == "regression":
            raise OptionError("balance_classes=True: a regression has no classes to balance; drop it")
        if mixes:
            self._check_worlds()
        stated = stated_options(self.knowledge) if mixes and not self.tuning.chooses_columns else []
        drawn_for = problem_type if mixes else None
        check_generator(synthesis.generator, synthesis.generator_options, problem_type=drawn_for, stated=stated)
        if mixes and synthesis.one_dag_per_episode and not has_parts(maker_of(synthesis.generator)):
            raise OptionError(
                f"one_dag_per_episode=True: generator={synthesis.generator_name!r} has no parts to draw an episode's "
                "rows from; drop it, or take generator='scm'"
            )

    def _check_worlds(self) -> None:
        synthesis, column = self.synthesis, self.tuning.environment_column
        if synthesis.intervenes and not makes_worlds(maker_of(synthesis.generator)):
            name = "shift_strength" if synthesis.shift_strength else "environments"
            raise OptionError(
                f"{name}={getattr(synthesis, name)!r}: generator={synthesis.generator!r} draws no rows under "
                "interventions, for it models no causes; drop the option, or take generator='scm'"
            )
        if synthesis.intervenes and synthesis.one_dag_per_episode:
            raise OptionError(
                "one_dag_per_episode=True does not go together with shift_strength or environments, whose worlds all "
                "DAGs have in common: drop one of them"
            )
        if column is not None and synthesis.mix_into != "episode":
            raise OptionError(
                f"environment_column={column!r} tells apart where support and query rows come from, which "
                f"mix_into={synthesis.mix_into!r} would mix again: leave that at 'episode', or set mix_ratio=0"
            )

    def without_effect(self, **fit: Any) -> list[str]:
        """Names of options that change nothing in such a fit, with the reason; ``fit`` as in `TuningOptions`."""
        found, synthesis = self.tuning.without_effect(**fit), self.synthesis
        if synthesis.mix_ratio != 0 and synthesis.schedule_steps is not None and synthesis.mix_schedule != "falling":
            found.append(f"schedule_steps (mix_schedule is {synthesis.mix_schedule!r})")
        return found

    def unused(self) -> list[str]:
        """Options of the discovery that differ from their default though the generator does not read them."""
        if self.synthesis.mix_ratio == 0 or self.tuning.chooses_columns:
            return []
        if "discovery" in context_of(self.synthesis.generator):
            return []
        now = self.to_dict()
        return [name for name in _DISCOVERY if now[name] != _DEFAULTS[name]]


#: Defaults by flat name.
_DEFAULTS = CausalMixOptions().to_dict()
#: Options that are whole numbers, whatever their default.
_WHOLE = {name for name, default in _DEFAULTS.items() if type(default) is int} | {"n_views", "schedule_steps"}
#: Every option, flat, in the order of `CausalMixOptions.to_dict`.
OPTION_NAMES = tuple(_DEFAULTS)


def graph_of(hyperparameters: Mapping[str, Any]) -> tuple[DiscoveryOptions, Knowledge]:
    """How edges are searched and what is known of them, read from flat options; others are left alone.

    Raises
    ------
    OptionError
        For an impossible value, and knowledge that contradicts itself.
    """
    search = {inside: hyperparameters[name] for name, inside in _DISCOVERY.items() if name in hyperparameters}
    stated = {inside: hyperparameters[name] for name, inside in _KNOWLEDGE.items() if name in hyperparameters}
    return (
        DiscoveryOptions(**search, written=_inside_out(_DISCOVERY)),
        Knowledge.of(**stated, written=_inside_out(_KNOWLEDGE)),
    )


def stated_options(knowledge: Knowledge) -> list[str]:
    """Flat names of the options in which something is stated about the graph."""
    now, nothing = knowledge.statements(), Knowledge().statements()
    return [name for name, inside in _KNOWLEDGE.items() if now[inside] != nothing[inside]]


def _inside_out(names: Mapping[str, str]) -> dict[str, str]:
    return {inside: name for name, inside in names.items()}


def check_names(hyperparameters: Mapping[str, Any]) -> None:
    """Raise `OptionError` for a name that is no option, with the nearest one that is."""
    valid = ["method", *OPTION_NAMES]
    for name, value in hyperparameters.items():
        if name in valid or name in IGNORED_MITRA_OPTIONS:
            continue
        near = nearest_name(name, valid)
        hint = f"did you mean {near!r}?" if near else f"valid options: {', '.join(valid)}"
        generator = hyperparameters.get("generator", SynthesisOptions.generator)
        if option_of(generator, name):
            hint = f"it belongs to generator={generator!r}: write generator_options={{{name!r}: {value!r}}}"
        raise OptionError(f"unknown option {name!r} (value {value!r}) for CAUSALMIX; {hint}")
