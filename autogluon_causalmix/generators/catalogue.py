"""Generators by name, and anybody else's by object or import path.

``generator`` may be a name of `GENERATORS`, an object with ``fit`` and ``sample``, a class of such
objects, or ``"package.module:Class"``. A class is called with ``generator_options`` and with whatever
of a `FitContext` its constructor names.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import pickle
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.errors import OptionError, nearest_name
from autogluon_causalmix.generators.base import RowGenerator

__all__ = ["GENERATORS", "FitContext", "check_generator", "context_of", "make_generator", "option_of"]

#: Where each name lives.
GENERATORS = {
    "scm": "scm:SCMGenerator",
    "ctgan": "ctgan:CTGANGenerator",
    "tabebm": "tabebm:TabEBM",
    "table_augment": "table_augment:TableAugment",
    "mixed_model": "mixed_model:MixedModel",
    "bootstrap": "controls:Bootstrap",
    "marginals": "controls:Marginals",
    "copula": "copula:Copula",
    "jitter": "perturbation:Jitter",
    "mixup": "perturbation:Mixup",
    "smote": "smote:Smote",
}
#: Package that a generator needs, the extra that installs it, and what to know of it before.
_EXTRAS = {
    "ctgan": ("ctgan", "its licence is BUSL-1.1, which is no open-source licence: read it first"),
    "smote": ("imblearn", "imbalanced-learn, MIT"),
}


@dataclass(frozen=True)
class FitContext:
    """What a fit offers to a generator's constructor, each by its name here.

    Attributes
    ----------
    target
        Label of the target column, the last one of the table.
    seed, seconds
        Seed of all that ``fit`` draws; time that it may take, None without limit.
    energy
        Makes the in-context model as an energy; only called for a class that wants one, which is
        given what it returns.
    discovery, knowledge
        How edges are searched, and what the user knows of the graph.
    """

    target: Any
    seed: int = 0
    seconds: float | None = None
    energy: Callable[[], Any] | None = None
    discovery: DiscoveryOptions = field(default_factory=DiscoveryOptions)
    knowledge: Knowledge = field(default_factory=Knowledge)


_OFFERED = frozenset(f.name for f in fields(FitContext))
#: What is offered and no user's to set in ``generator_options``; seed and seconds are.
_RESERVED = _OFFERED - {"seed", "seconds"}


def check_generator(
    spec: Any,
    generator_options: Mapping[str, Any],
    *,
    problem_type: str | None = None,
    stated: Collection[str] = (),
) -> None:
    """Raise `OptionError` for a generator that is not available, or cannot serve the problem.

    A user's objects and classes are only looked at: nothing of theirs is made or fitted.

    Parameters
    ----------
    spec, generator_options
        What the user passes under the names ``generator`` and ``generator_options``.
    problem_type
        "binary", "multiclass", "regression", or None for any.
    stated
        Names of the options in which the user states what is known of the graph.
    """
    if stated and "knowledge" not in context_of(spec):
        raise OptionError(
            f"{', '.join(stated)}: generator={spec!r} models no graph and would ignore what you know of "
            "it; drop it, or take generator='scm'"
        )
    if not isinstance(spec, str):
        _check_methods(spec)
        if generator_options and not isinstance(spec, type):
            raise OptionError(
                f"generator_options={generator_options!r} need a class or a name as `generator`, not an object"
            )
        if isinstance(spec, type):
            _check_keywords(spec, generator_options)
        try:
            pickle.dumps(spec)
        except Exception as error:  # whatever an object's own pickling raises
            raise OptionError(
                f"generator={spec!r} cannot be pickled with the predictor ({error}): define its class in a module "
                "and pass an object of it or 'package.module:Class'"
            ) from error
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
    _check_keywords(cls, generator_options)
    if spec in GENERATORS:
        cls(**generator_options)  # these constructors check their values, and do nothing else
    if problem_type == "regression" and getattr(cls, "needs_classes", False):
        raise OptionError(f"generator={spec!r} draws rows class by class and cannot serve a regression: take 'scm'")


def make_generator(spec: Any, generator_options: Mapping[str, Any], context: FitContext) -> RowGenerator:
    """Return the unfitted generator that the options ask for; an object is copied first."""
    if not isinstance(spec, (str, type)):
        return copy.deepcopy(spec)
    cls = spec if isinstance(spec, type) else _class_of(spec)
    offered = {name: getattr(context, name) for name in context_of(cls)}
    if "energy" in offered:
        make_energy = offered.pop("energy")
        if make_energy is not None:
            offered["energy"] = make_energy()
    return cls(**offered | dict(generator_options))


def context_of(spec: Any) -> frozenset[str]:
    """Names of what the generator's constructor takes from a `FitContext`; nothing for an object."""
    if not isinstance(spec, (str, type)):
        return frozenset()
    return _OFFERED & set(inspect.signature(spec if isinstance(spec, type) else _class_of(spec)).parameters)


def option_of(spec: Any, name: str) -> bool:
    """Whether ``name`` is an option of a generator of ours, to be written in ``generator_options``."""
    if not isinstance(spec, str) or spec not in GENERATORS:
        return False
    return name not in _RESERVED and name in inspect.signature(_class_of(spec)).parameters


def _class_of(spec: str) -> type:
    path = f"autogluon_causalmix.generators.{GENERATORS[spec]}" if spec in GENERATORS else spec
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"generator={spec!r} cannot be imported: {error}") from error


def _check_methods(spec: Any) -> None:
    lacking = [method for method in ("fit", "sample") if not callable(getattr(spec, method, None))]
    if lacking:
        raise OptionError(f"generator={spec!r} has no {' and no '.join(lacking)}: it needs fit(table), sample(n, rng)")


def _check_keywords(cls: type, generator_options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(cls).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    valid = [name for name in parameters if name not in _RESERVED]
    for name, value in generator_options.items():
        if name not in valid:
            near = nearest_name(name, valid)
            hint = f"did you mean {near!r}?" if near else f"it has {valid}"
            raise OptionError(f"generator_options: {cls.__name__} has no option {name!r} (value {value!r}); {hint}")
