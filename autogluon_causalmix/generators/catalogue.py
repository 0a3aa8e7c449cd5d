"""Generators by name, and anybody else's by object or import path.

``generator`` may be a name of `options.GENERATORS`, an object with ``fit`` and ``sample``, a class of
such objects, or ``"package.module:Class"``. A class is called with ``generator_options`` and, where
its constructor names them, ``seed``, ``seconds`` (time for ``fit``) and ``energy`` (the in-context
model, see `generators.tabebm.Energy`).
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import pickle
from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Any

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import OPTION_NAMES, Knowledge
from autogluon_causalmix.errors import OptionError, nearest_name
from autogluon_causalmix.generators.base import RowGenerator
from autogluon_causalmix.options import GENERATORS, CausalMixOptions

__all__ = ["FitContext", "check_generator", "make_generator", "unused_options"]

#: Where each name lives; "scm" and "copula" are made from the options of the causal part.
_CLASSES = {
    "ctgan": "ctgan:CTGANGenerator",
    "tabebm": "tabebm:TabEBM",
    "table_augment": "table_augment:TableAugment",
    "mixed_model": "mixed_model:MixedModel",
    "bootstrap": "controls:Bootstrap",
    "marginals": "controls:Marginals",
    "jitter": "perturbation:Jitter",
    "mixup": "perturbation:Mixup",
    "smote": "smote:Smote",
}
_CAUSAL = ("scm", "copula")
#: Options that only a generator with a graph reads.
_SEARCH = ("n_resamples", "alpha", "max_depth", "discovery_backend")
_MECHANISMS = ("n_dags", "mechanism", "noise")
#: Package that a generator needs, the extra that installs it, and what to know of it before.
_EXTRAS = {
    "ctgan": ("ctgan", "its licence is BUSL-1.1, which is no open-source licence: read it first"),
    "smote": ("imblearn", "imbalanced-learn, MIT"),
}


@dataclass(frozen=True)
class FitContext:
    """What a fit offers to a generator's constructor.

    Attributes
    ----------
    target
        Label of the target column, the last one of the table.
    seed, seconds
        Seed of all that ``fit`` draws; time that it may take, None without limit.
    energy
        Makes the in-context model as an energy; only called for a class that wants one.
    """

    target: Any
    seed: int = 0
    seconds: float | None = None
    energy: Callable[[], Any] | None = None


def check_generator(options: CausalMixOptions, problem_type: str | None = None) -> None:
    """Raise `OptionError` for a generator that cannot be had, or cannot serve the problem.

    Objects are only looked at; nothing is made or fitted.
    """
    spec, extra = options.generator, options.generator_options
    if options.mix_ratio != 0:
        _check_use(options, problem_type)
    if not isinstance(spec, str):
        _check_methods(spec)
        if extra and not isinstance(spec, type):
            raise OptionError(f"generator_options={extra!r} need a class or a name as `generator`, not an object")
        if isinstance(spec, type):
            _check_keywords(spec, extra)
        try:
            pickle.dumps(spec)
        except Exception as error:  # whatever an object's own pickling raises
            raise OptionError(
                f"generator={spec!r} cannot be pickled with the predictor ({error}): define its class in a module "
                "and pass an object of it or 'package.module:Class'"
            ) from error
        return
    if spec in _CAUSAL:
        if extra:
            raise OptionError(f"generator={spec!r} takes no generator_options: its options are n_dags, mechanism, ...")
        return
    if spec in _EXTRAS:
        package, note = _EXTRAS[spec]
        if importlib.util.find_spec(package) is None:
            raise OptionError(
                f"generator={spec!r} needs the package {package!r} ({note}): "
                f"pip install 'autogluon-causalmix[{spec}]', or choose another of {list(GENERATORS)}"
            )
    cls = _class_of(spec)
    _check_methods(cls)
    _check_keywords(cls, extra)
    if problem_type == "regression" and getattr(cls, "needs_classes", False):
        raise OptionError(f"generator={spec!r} draws rows class by class and cannot serve a regression: take 'scm'")


def _check_use(options: CausalMixOptions, problem_type: str | None) -> None:
    """Refuse statements that the generator, or the problem, has no use for: ignoring them would mislead."""
    stated = [name for name in OPTION_NAMES if len(_plain(getattr(options, name)))]
    if stated and options.generator != "scm":
        raise OptionError(
            f"{', '.join(stated)}: generator={options.generator!r} models no graph and would ignore what you know of "
            "it; drop it, or take generator='scm'"
        )
    if options.balance_classes and problem_type == "regression":
        raise OptionError("balance_classes=True: a regression has no classes to balance; drop it")


def _plain(value: Any) -> Any:
    """What has a length: None has nothing in it, a path or a graph has something."""
    return () if value is None else value if isinstance(value, Sized) else (value,)


def unused_options(options: CausalMixOptions) -> list[str]:
    """Options of the causal part that differ from their default though the generator has no use for them."""
    if options.mix_ratio == 0 or options.generator == "scm":
        return []
    default = CausalMixOptions()
    return [name for name in _SEARCH + _MECHANISMS if getattr(options, name) != getattr(default, name)]


def make_generator(options: CausalMixOptions, knowledge: Knowledge, context: FitContext) -> RowGenerator:
    """Return the unfitted generator that the options ask for; an object is copied first."""
    spec = options.generator
    if spec in _CAUSAL:
        from autogluon_causalmix.generators.scm import SCMGenerator

        search = DiscoveryOptions(options.n_resamples, options.alpha, options.max_depth, options.discovery_backend)
        noise = options.noise
        if spec == "copula":  # every column without causes, noise correlated: a Gaussian copula
            knowledge, noise = Knowledge.of(graph=[]), "dependent"
        return SCMGenerator(
            context.target, search, options.n_dags, options.mechanism, context.seed, context.seconds, noise, knowledge
        )
    if not isinstance(spec, (str, type)):
        return copy.deepcopy(spec)
    cls = spec if isinstance(spec, type) else _class_of(spec)
    named = inspect.signature(cls).parameters
    offered = {"seed": context.seed, "seconds": context.seconds}
    if "energy" in named and context.energy is not None:
        offered["energy"] = context.energy()
    return cls(**{name: value for name, value in offered.items() if name in named} | dict(options.generator_options))


def _class_of(spec: str) -> type:
    path = f"autogluon_causalmix.generators.{_CLASSES[spec]}" if spec in _CLASSES else spec
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"generator={spec!r} cannot be imported: {error}") from error


def _check_methods(spec: Any) -> None:
    lacking = [method for method in ("fit", "sample") if not callable(getattr(spec, method, None))]
    if lacking:
        raise OptionError(f"generator={spec!r} has no {' and no '.join(lacking)}: it needs fit(table), sample(n, rng)")


def _check_keywords(cls: type, extra: dict) -> None:
    parameters = inspect.signature(cls).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    valid = [name for name in parameters if name != "energy"]
    for name, value in extra.items():
        if name not in valid:
            near = nearest_name(name, valid)
            hint = f"did you mean {near!r}?" if near else f"it has {valid}"
            raise OptionError(f"generator_options: {cls.__name__} has no option {name!r} (value {value!r}); {hint}")
