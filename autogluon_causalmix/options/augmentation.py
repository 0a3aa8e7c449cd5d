"""Options of CAUSALMIX_AUGMENT: which model, how many synthetic rows, and where these come from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.checks import check_flag, check_number
from autogluon_causalmix.errors import OptionError, nearest_name
from autogluon_causalmix.generators.catalogue import check_generator, option_of
from autogluon_causalmix.options.spaces import check_space
from autogluon_causalmix.options.synthesis import SynthesisOptions
from autogluon_causalmix.options.wire import GRAPH_OPTIONS, graph_of, stated_options

__all__ = ["LARGEST_RATIO", "MODEL_PREFIX", "AugmentOptions", "check_augment_names", "check_spaces"]

#: Beyond nineteen synthetic rows to a real one the real rows no longer count.
LARGEST_RATIO = 0.95
#: ``"model_hyperparameters.learning_rate"`` is the flat way to write a hyperparameter of the model.
MODEL_PREFIX = "model_hyperparameters."
#: Keys that AutoGluon reads beside a model's hyperparameters, not among them.
_BESIDE = ("ag_args", "ag_args_ensemble")


@dataclass(frozen=True)
class AugmentOptions:
    """What ``hyperparameters={"CAUSALMIX_AUGMENT": {...}}`` may hold; graph options as in CAUSALMIX.

    Attributes
    ----------
    model : str or class, default "GBM"
        AutoGluon's key of the model that is fitted, or its class.
    model_hyperparameters : dict, default {}
        That model's own. A single one may also be written flat, ``"model_hyperparameters.max_depth": 5``,
        where a search space may stand in its place.
    mix_ratio : float in [0, 0.95], default 0.5
        Share of synthetic rows among the rows that the model is trained on: to ``n`` real rows come
        ``mix_ratio / (1 - mix_ratio) * n`` synthetic ones, so .5 doubles the rows. 0 is the plain model.
    synthetic_weight : float > 0, default None
        Total weight of the synthetic rows over that of the real ones, whose weights stay as they
        are. None: a synthetic row weighs as much as a real one does on average. Models that take no
        weights get the rows only.
    generator, generator_options, balance_classes, synthesis_time_limit
        As in `SynthesisOptions`.
    generator_rows : int >= 2, default 10000
        Rows that the generator learns from at most, a random sample of the training rows.
    measure_fidelity : bool, default True
        Whether the report says how well a classifier tells synthetic rows from validation rows, where
        there are enough of these; a forest, once per generator.
    cache : bool, default True
        Whether models of one fold share a fitted generator, where rows, options and seed are the same.
    holdout_share : float in [0.05, 0.9], default 0.2
        Real rows held out for a model that would otherwise split its own validation rows off the
        mixture; only where AutoGluon gives none.
    discovery, knowledge
        ``discovery_resamples`` ..., ``known_roots`` ...: see `CausalMixOptions`.
    seed : int >= 0 or None, default 0
        Seed of the generator, and the model's unless it has its own; None draws one, and shares nothing.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> options = AugmentOptions.from_hyperparameters({"model": "RF", "mix_ratio": 0.75, "known_roots": ["age"]})
    >>> options.n_synthetic(100), options.knowledge.roots
    (300, ('age',))
    >>> AugmentOptions.from_hyperparameters({"model_hyperparameters.max_depth": 5}).model_hyperparameters
    {'max_depth': 5}
    >>> AugmentOptions.from_hyperparameters({"mix_rate": 0.5})
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: unknown option 'mix_rate' ...; did you mean 'mix_ratio'?...
    """

    model: Any = "GBM"
    model_hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    mix_ratio: float = 0.5
    synthetic_weight: float | None = None
    generator: Any = "scm"
    generator_options: Mapping[str, Any] = field(default_factory=dict)
    balance_classes: bool = False
    synthesis_time_limit: float | None = None
    generator_rows: int = 10_000
    measure_fidelity: bool = True
    cache: bool = True
    holdout_share: float = 0.2
    discovery: DiscoveryOptions = field(default_factory=DiscoveryOptions)
    knowledge: Knowledge = field(default_factory=Knowledge)
    seed: int | None = 0

    def __post_init__(self) -> None:
        if not isinstance(self.model, (str, type)):
            raise OptionError(f"model={self.model!r} must be a key of AutoGluon's hyperparameters, or a model's class")
        if not isinstance(self.model_hyperparameters, Mapping):
            raise OptionError(f"model_hyperparameters={self.model_hyperparameters!r} must be a dictionary")
        for name in _BESIDE:
            if name in self.model_hyperparameters:
                raise OptionError(f"model_hyperparameters[{name!r}]: write {name!r} beside 'model', not inside")
        fit_args = self.model_hyperparameters.get("ag_args_fit")
        for name in ("num_cpus", "num_gpus"):  # which the model inside is given, whatever it asks for
            if f"ag.{name}" in self.model_hyperparameters or (isinstance(fit_args, Mapping) and name in fit_args):
                raise OptionError(
                    f"model_hyperparameters: {name} inside is not read: write 'ag_args_fit': {{{name!r}: ...}} beside "
                    "'model'"
                )
        check_number("mix_ratio", self.mix_ratio, 0, LARGEST_RATIO)
        if self.synthetic_weight is not None:
            check_number("synthetic_weight", self.synthetic_weight, 1e-6, hint=", or None")
        check_number("generator_rows", self.generator_rows, 2, whole=True)
        check_number("holdout_share", self.holdout_share, 0.05, 0.9)
        for name in ("measure_fidelity", "cache"):
            check_flag(name, getattr(self, name))
        if self.seed is not None:
            check_number("seed", self.seed, 0, whole=True)
        _ = self.synthesis  # checks its own part

    @classmethod
    def from_hyperparameters(cls, hyperparameters: Mapping[str, Any]) -> AugmentOptions:
        """Read AutoGluon's dictionary.

        Raises
        ------
        OptionError
            For an unknown name, with the nearest one; an impossible value; contradictory knowledge.
        """
        own = _own_names()
        flat = {k[len(MODEL_PREFIX) :]: v for k, v in hyperparameters.items() if str(k).startswith(MODEL_PREFIX)}
        given = {k: v for k, v in hyperparameters.items() if not str(k).startswith(MODEL_PREFIX)}
        check_augment_names(given)
        if "" in flat:
            raise OptionError(f"{MODEL_PREFIX!r} lacks the name of a hyperparameter: write {MODEL_PREFIX + 'name'!r}")
        values = {name: value for name, value in given.items() if name in own}
        inner = values.get("model_hyperparameters", {})
        if flat and isinstance(inner, Mapping):
            values["model_hyperparameters"] = {**inner, **flat}
        discovery, knowledge = graph_of(given)
        return cls(**values, discovery=discovery, knowledge=knowledge)

    @property
    def synthesis(self) -> SynthesisOptions:
        """The part that a generator is fitted by."""
        return SynthesisOptions(
            generator=self.generator,
            generator_options=self.generator_options,
            balance_classes=self.balance_classes,
            synthesis_time_limit=self.synthesis_time_limit,
        )

    def n_synthetic(self, n_real: int) -> int:
        """Synthetic rows to ``n_real`` real ones."""
        return round(self.mix_ratio / (1.0 - self.mix_ratio) * n_real)

    def check(self, problem_type: str | None = None) -> None:
        """Raise `OptionError` for a generator that is not available, or cannot serve the problem."""
        if self.mix_ratio == 0:
            return
        if self.balance_classes and problem_type == "regression":
            raise OptionError("balance_classes=True: a regression has no classes to balance; drop it")
        stated = stated_options(self.knowledge)
        check_generator(self.generator, self.generator_options, problem_type=problem_type, stated=stated)


def _own_names() -> set[str]:
    """Options that are fields, not of the causal graph."""
    return {f.name for f in dataclasses.fields(AugmentOptions)} - {"discovery", "knowledge"}


def check_augment_names(
    hyperparameters: Mapping[str, Any], *, without: Iterable[str] = (), where: str = "CAUSALMIX_AUGMENT"
) -> None:
    """Raise `OptionError` for a name that is no option, with the nearest one; ``without`` are none there."""
    valid = [name for name in (*sorted(_own_names()), *GRAPH_OPTIONS) if name not in without]
    for name, value in hyperparameters.items():
        if name in valid:
            continue
        near = nearest_name(name, valid)
        hint = f"did you mean {near!r}?" if near else f"valid options: {', '.join(valid)}"
        generator = hyperparameters.get("generator", "scm")
        if option_of(generator, name):
            hint = f"it belongs to generator={generator!r}: write generator_options={{{name!r}: {value!r}}}"
        elif "model_hyperparameters" in valid:
            hint += f"; a hyperparameter of the model goes into model_hyperparameters={{{name!r}: {value!r}}}"
        raise OptionError(f"unknown option {name!r} (value {value!r}) for {where}; {hint}")


def check_spaces(spaces: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
    """Raise `OptionError` if a search space holds a value that its option cannot take beside ``fixed``."""
    if "model" in spaces:
        raise OptionError("model: models are not searched; write one configuration for each")
    for name, space in spaces.items():
        check_space(name, space, fixed, AugmentOptions.from_hyperparameters)
