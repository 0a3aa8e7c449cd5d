"""Generators by name, and a user's own by object or import path.

``generator`` may be a name of `GENERATORS`, an object with ``fit`` and ``sample``, a class of such
objects, or ``"package.module:Class"``. A class is called with ``generator_options`` and with whatever
of a `FitContext` its constructor names. What a class may say of itself stands in `generators.base`.
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
from autogluon_causalmix.generators.base import RowGenerator, needs_classes

__all__ = [
    "GENERATORS",
    "Entry",
    "FitContext",
    "check_generator",
    "context_of",
    "make_generator",
    "maker_of",
    "option_of",
]


@dataclass(frozen=True)
class Entry:
    """A generator that has a name.

    Attributes
    ----------
    name
        What the user writes.
    path
        ``"module:Class"`` in this package. The constructor only checks and keeps its arguments, and
        has a default for each, so that `check_generator` may call it.
    package
        Module to import that the core does not depend on; None for none.
    extra
        Extra of ours that installs it.
    note
        What to know before installing: whose package it is, and its licence.
    """

    name: str
    path: str
    package: str | None = None
    extra: str | None = None
    note: str = ""

    def check_installed(self) -> None:
        """Raise `OptionError` with the pip line if the package is missing."""
        if self.package is not None and importlib.util.find_spec(self.package) is None:
            raise OptionError(
                f"generator={self.name!r} needs the package {self.package!r} ({self.note}): "
                f"pip install 'autogluon-causalmix[{self.extra}]', or choose another of {list(GENERATORS)}"
            )


_ENTRIES = (
    Entry("scm", "causal_rows:SCMGenerator"),
    Entry(
        "ctgan",
        "ctgan:CTGANGenerator",
        package="ctgan",
        extra="ctgan",
        note="its licence is BUSL-1.1, which is no open-source licence: read it first",
    ),
    Entry("tabebm", "tabebm:TabEBM"),
    Entry("table_augment", "table_augment:TableAugment"),
    Entry("mixed_model", "mixed_model:MixedModel"),
    Entry("bootstrap", "controls:Bootstrap"),
    Entry("marginals", "controls:Marginals"),
    Entry("copula", "copula:Copula"),
    Entry("jitter", "perturbation:Jitter"),
    Entry("mixup", "perturbation:Mixup"),
    Entry("smote", "smote:Smote", package="imblearn", extra="smote", note="imbalanced-learn, MIT"),
)
#: Every generator that has a name: a new one is one more entry.
GENERATORS: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}


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
    ours = isinstance(spec, str) and spec in GENERATORS
    if ours:
        GENERATORS[spec].check_installed()
    maker = maker_of(spec)
    _check_methods(maker)
    if isinstance(maker, type):
        _check_keywords(maker, generator_options)
    elif generator_options:
        raise OptionError(
            f"generator_options={generator_options!r} need a class or a name as `generator`, not an object"
        )
    if problem_type == "regression" and needs_classes(maker):
        raise OptionError(f"generator={spec!r} draws rows class by class and cannot serve a regression: take 'scm'")
    if ours:
        maker(**generator_options)
    if not isinstance(spec, str):
        _check_pickles(spec)


def make_generator(spec: Any, generator_options: Mapping[str, Any], context: FitContext) -> RowGenerator:
    """Return the unfitted generator that the options ask for; an object is copied first."""
    cls = maker_of(spec)
    if not isinstance(cls, type):
        return copy.deepcopy(cls)
    offered = {name: getattr(context, name) for name in context_of(cls)}
    if "energy" in offered:
        make_energy = offered.pop("energy")
        if make_energy is not None:
            offered["energy"] = make_energy()
    return cls(**offered | dict(generator_options))


def context_of(spec: Any) -> frozenset[str]:
    """Names of what the generator's constructor takes from a `FitContext`; nothing for an object."""
    cls = maker_of(spec)
    return _OFFERED & set(inspect.signature(cls).parameters) if isinstance(cls, type) else frozenset()


def option_of(spec: Any, name: str) -> bool:
    """Whether ``name`` is an option of a generator of ours, to be written in ``generator_options``."""
    if not isinstance(spec, str) or spec not in GENERATORS:
        return False
    return name not in _RESERVED and name in inspect.signature(maker_of(spec)).parameters


def maker_of(spec: Any) -> Any:
    """Return the class that a name or a path stands for; a class or an object as it is.

    Raises
    ------
    OptionError
        If a path cannot be imported.
    """
    if not isinstance(spec, str):
        return spec
    path = f"autogluon_causalmix.generators.{GENERATORS[spec].path}" if spec in GENERATORS else spec
    module, _, name = path.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"generator={spec!r} cannot be imported: {error}") from error


def _check_methods(spec: Any) -> None:
    lacking = [method for method in ("fit", "sample") if not callable(getattr(spec, method, None))]
    if lacking:
        raise OptionError(f"generator={spec!r} has no {' and no '.join(lacking)}: it needs fit(table), sample(n, rng)")


def _check_pickles(spec: Any) -> None:
    try:
        pickle.dumps(spec)
    except Exception as error:  # whatever an object's own pickling raises
        raise OptionError(
            f"generator={spec!r} cannot be pickled with the predictor ({error}): define its class in a module "
            "and pass an object of it or 'package.module:Class'"
        ) from error


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
