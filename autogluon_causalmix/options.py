"""Options of one fit, made once from AutoGluon's hyperparameters and frozen.

Mitra's names keep their meaning, so that a MITRA configuration can be copied. An unknown name
or an impossible value is an `OptionError` that names the option, its value and the nearest
valid one, raised before any work.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autogluon_causalmix.checks import check_choice, check_number
from autogluon_causalmix.errors import OptionError, nearest_name

__all__ = [
    "GENERATORS",
    "IGNORED_MITRA_OPTIONS",
    "METHODS",
    "CausalMixOptions",
    "check_names",
    "check_space",
]

MIX_INTO = ("support", "query", "both", "episode")
SELECTION = ("log_loss", "eval_metric")
MECHANISMS = ("tree", "ridge", "boosting")
NOISES = ("independent", "dependent")
BACKENDS = ("fast", "causal-learn")
PRECISIONS = ("auto", "float32", "bfloat16")
SCHEDULES = ("constant", "falling")
LABEL_SOURCES = ("generator", "model")
#: Generators by name, see `generators.catalogue`.
GENERATORS = (
    "scm", "ctgan", "tabebm", "table_augment", "mixed_model", "bootstrap", "marginals", "copula", "jitter", "mixup",
    "smote",
)  # fmt: skip
#: The paper's seven ways of fine-tuning; an option that is given beside ``method`` wins over it.
METHODS: dict[str, dict[str, Any]] = {
    "default": {"mix_ratio": 0.0},
    "causalmix": {"generator": "scm", "mix_ratio": 0.5},
    "scm": {"generator": "scm", "mix_ratio": 1.0},
    "ctgan": {"generator": "ctgan", "mix_ratio": 1.0},
    "tabebm": {"generator": "tabebm", "mix_ratio": 1.0},
    "table_augment": {"generator": "table_augment", "mix_ratio": 1.0},
    "mixed_model": {"generator": "mixed_model", "mix_ratio": 1.0},
}

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


@dataclass(frozen=True)
class CausalMixOptions:
    """What ``hyperparameters={"CAUSALMIX": {...}}`` may hold, and ``method``, a name of `METHODS`.

    Attributes
    ----------
    hf_model, hf_cls_model, hf_reg_model, hf_general_model
        Checkpoint: "mini" (bundled, one for classes and one for numbers), a local folder, or a hub
        id. The name for the problem type wins over ``hf_general_model``, which wins over
        ``hf_model``. None takes the official weights, or "mini" where they cannot be had.
    fine_tune, fine_tune_steps
        Whether to fine-tune, and for how many optimiser steps at most.
    lr, warmup_steps, weight_decay, patience
        AdamW's learning rate (None: by the size of the model, see `learning_rate`), the steps of
        its linear warm-up, its weight decay, and the steps without improvement of the validation
        score after which fine-tuning stops.
    n_estimators
        Members fine-tuned and averaged; members after the first see mirrored columns
        (``random_mirror_x``), permuted classes (``shuffle_classes``) or columns (``shuffle_features``).
    seed, device, precision
        Seed of all randomness; "cpu", "cuda" or None for what AutoGluon allots; compute dtype
        ("auto": steps in bfloat16 where the hardware has it, prediction in float32 unless the
        model is large; "float32"; "bfloat16").
    generator, generator_options
        Where synthetic rows come from, a name of `GENERATORS`, an object with ``fit(table)`` and
        ``sample(n, rng)``, or ``"package.module:Class"``; keywords of its constructor (the
        generators "scm" and "copula" have theirs below).
    mix_ratio
        Share of synthetic rows in [0, 1]; 0 is default fine-tuning, 1 purely synthetic; "auto"
        lets the measured fidelity decide (`synthesis.mixing.auto_mix_ratio`).
    mix_schedule
        "constant", or "falling" from ``mix_ratio`` to zero at the last of ``schedule_steps``.
    schedule_steps
        Steps over which a falling share falls; None is ``fine_tune_steps``. refit_full, which stops
        at the step that was kept, sets it to the steps of the fit: both walk the same schedule.
    label_source
        Labels of synthetic rows: the "generator"'s, or the untuned "model"'s own on the generator's
        features (soft in the query part), which keeps the tuned model near the pretrained one.
    balance_classes
        Whether synthetic rows hold the classes equally often instead of as the generator draws them.
    mix_into
        Part of an episode that synthetic rows take their share of: "support", "query", "both", or
        "episode" (whole synthetic episodes, ``mix_ratio`` of the steps). The default is half of the
        steps; benchmarks/studies/ablation.py found no difference beyond its spread.
    selection
        Score that picks the step: "log_loss" (squared error for regression) or "eval_metric".
    holdout_share
        Rows held out for the choice of the step when no validation rows are given; 0 keeps the
        last step. refit_full uses 0 with the number of steps that was found.
    validation_joins_support
        Whether a bag's child, once its out-of-fold predictions are made, takes its validation rows
        into the support that later predictions are made from. A single model never does: its
        validation score is computed again for ensembles. Afterwards
        ``feature_importance()`` of a bag without data of its own sees rows that the child knows.
    query_share, max_support, max_query
        An episode's query rows, and caps on rows.
    n_resamples, alpha, max_depth, discovery_backend
        Discovery: see `causal.discovery.DiscoveryOptions`.
    n_dags, mechanism, noise
        DAGs drawn and fitted; "tree", "ridge" or "boosting" mechanisms; "independent" exogenous
        noise (the paper's) or "dependent" (a copula: latent confounding).
    required_edges, forbidden_edges, tiers, roots, sinks, graph
        What is known of the graph: see `causal.knowledge.Knowledge`.
    pool_rows
        Synthetic rows drawn at a time, each handed out once ("tabebm" has a bank of few, and repeats it).
    causal_time_limit
        Seconds that causal work may take; None is `CAUSAL_TIME_SHARE` of the time limit.
    """

    hf_model: str | None = None
    hf_cls_model: str | None = None
    hf_reg_model: str | None = None
    hf_general_model: str | None = None
    fine_tune: bool = True
    fine_tune_steps: int = 50
    lr: float | None = None
    warmup_steps: int = 10
    weight_decay: float = 0.1
    patience: int = 40
    n_estimators: int = 1
    random_mirror_x: bool = True
    shuffle_classes: bool = True
    shuffle_features: bool = False
    seed: int | None = 0
    device: str | None = None
    precision: str = "auto"
    generator: Any = "scm"
    generator_options: Any = field(default_factory=dict)
    mix_ratio: float | str = 0.5
    mix_schedule: str = "constant"
    schedule_steps: int | None = None
    label_source: str = "generator"
    balance_classes: bool = False
    mix_into: str = "episode"
    selection: str = "log_loss"
    holdout_share: float = 0.2
    validation_joins_support: bool = False
    query_share: float = 0.2
    max_support: int = 8192
    max_query: int = 1024
    n_resamples: int = 50
    alpha: float = 0.1
    max_depth: int = 3
    discovery_backend: str = "fast"
    n_dags: int = 8
    mechanism: str = "tree"
    noise: str = "independent"
    required_edges: Any = ()
    forbidden_edges: Any = ()
    tiers: Any = ()
    roots: Any = ()
    sinks: Any = ()
    graph: Any = None
    pool_rows: int = 10_000
    causal_time_limit: float | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("holdout_share", 0, 0.9),
            ("query_share", 0.01, 0.9),
            ("weight_decay", 0, math.inf),
            ("alpha", 1e-12, 0.5),
        ):
            check_number(name, getattr(self, name), low, high)
        for name, low in (
            ("fine_tune_steps", 0),
            ("warmup_steps", 0),
            ("patience", 1),
            ("n_estimators", 1),
            ("max_support", 2),
            ("max_query", 1),
            ("n_resamples", 1),
            ("max_depth", 0),
            ("n_dags", 1),
            ("pool_rows", 10),
        ):
            check_number(name, getattr(self, name), low, whole=True)
        for name, valid in (
            ("mix_into", MIX_INTO),
            ("selection", SELECTION),
            ("mechanism", MECHANISMS),
            ("noise", NOISES),
            ("discovery_backend", BACKENDS),
            ("precision", PRECISIONS),
            ("mix_schedule", SCHEDULES),
            ("label_source", LABEL_SOURCES),
        ):
            check_choice(name, getattr(self, name), valid)
        if isinstance(self.generator, str) and ":" not in self.generator:
            check_choice("generator", self.generator, GENERATORS, ", an object, or 'package.module:Class'")
        if not isinstance(self.generator_options, Mapping):
            raise OptionError(f"generator_options={self.generator_options!r} must be a dictionary")
        if not (isinstance(self.mix_ratio, str) and self.mix_ratio == "auto"):
            check_number("mix_ratio", self.mix_ratio, 0, 1, hint=", or 'auto'")
        for name in (
            "fine_tune",
            "random_mirror_x",
            "shuffle_classes",
            "shuffle_features",
            "balance_classes",
            "validation_joins_support",
        ):
            if not isinstance(getattr(self, name), (bool, int, np.bool_)) or getattr(self, name) not in (0, 1):
                raise OptionError(f"{name}={getattr(self, name)!r} must be True or False")
        for name in ("hf_model", "hf_cls_model", "hf_reg_model", "hf_general_model", "device"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str) and not hasattr(value, "__fspath__"):
                raise OptionError(f"{name}={value!r} must be a string or None, found {type(value).__name__}")
        if self.device is not None and not re.fullmatch(r"cpu|cuda(:\d+)?", str(self.device)):
            raise OptionError(f"device={self.device!r} must be 'cpu', 'cuda', 'cuda:<number>' or None")
        if self.lr is not None:
            check_number("lr", self.lr, 1e-12, 1)
        if self.seed is not None:
            check_number("seed", self.seed, 0, whole=True)
        if self.schedule_steps is not None:
            check_number("schedule_steps", self.schedule_steps, 1, whole=True)
        if self.causal_time_limit is not None:
            check_number("causal_time_limit", self.causal_time_limit, 0)

    @classmethod
    def from_hyperparameters(cls, hyperparameters: Mapping[str, Any]) -> CausalMixOptions:
        """Read AutoGluon's dictionary, a ``method`` first; see `check_names` for what is refused."""
        check_names(hyperparameters)
        known = {k: v for k, v in hyperparameters.items() if k not in IGNORED_MITRA_OPTIONS}
        method = known.pop("method", None)
        if method is not None:
            check_choice("method", method, METHODS)
            known = METHODS[method] | known
        for name, default in ((f.name, f.default) for f in dataclasses.fields(cls)):
            if name in known and isinstance(default, int) and not isinstance(default, bool):
                value = known[name]  # refits average whole numbers over folds
                if isinstance(value, float) and value.is_integer():
                    known[name] = int(value)
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        """Options by name; a generator that is an object by its class."""
        found = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        if not isinstance(self.generator, str):
            cls = self.generator if isinstance(self.generator, type) else type(self.generator)
            found["generator"] = f"{cls.__module__}:{cls.__qualname__}"
        return found

    def without_generator(self) -> CausalMixOptions:
        """Return options whose generator is a name: predictions need no object, nor its module."""
        if isinstance(self.generator, str):
            return self
        return dataclasses.replace(self, generator=self.to_dict()["generator"], generator_options={})

    @property
    def tunes(self) -> bool:
        """Whether any step is taken."""
        return bool(self.fine_tune) and self.fine_tune_steps > 0

    @property
    def fall(self) -> float:
        """Part of ``mix_ratio`` that is gone after the last step: 0 is constant, 1 falls to zero."""
        if self.mix_schedule != "falling" or not self.fine_tune_steps:
            return 0.0
        return min(1.0, self.fine_tune_steps / (self.schedule_steps or self.fine_tune_steps))

    def learning_rate(self, dim: int) -> float:
        """Learning rate for a model of ``dim`` dimensions.

        3e-4 for small models: by a hair the best mean rank of benchmarks/studies/ablation.py, with whole
        synthetic episodes and with none (with .3 mixed into both parts, 1e-4 ranked better).
        1e-5 for full-size ones: Mitra v2's published recipe (its weights
        could not be had where this was measured).
        """
        if self.lr is not None:
            return self.lr
        return 3e-4 if dim < 256 else 1e-5

    def checkpoint_name(self, problem_type: str) -> str | None:
        """Name of the checkpoint for this problem type, None if none was given."""
        specific = self.hf_reg_model if problem_type == "regression" else self.hf_cls_model
        name = next((n for n in (specific, self.hf_general_model, self.hf_model) if n is not None), None)
        return None if name is None else str(name)


def check_names(hyperparameters: Mapping[str, Any]) -> None:
    """Raise `OptionError` for a name that is no option, with the nearest one that is."""
    valid = ["method", *(f.name for f in dataclasses.fields(CausalMixOptions))]
    for name, value in hyperparameters.items():
        if name not in valid and name not in IGNORED_MITRA_OPTIONS:
            near = nearest_name(name, valid)
            hint = f"did you mean {near!r}?" if near else f"valid options: {', '.join(valid)}"
            raise OptionError(f"unknown option {name!r} (value {value!r}) for CAUSALMIX; {hint}")


def check_space(name: str, space: Any, fixed: Mapping[str, Any]) -> None:
    """Raise `OptionError` if a search space holds a value that the option cannot take.

    The ends of a range and each of a list's choices are tried, one at a time beside ``fixed``.
    """
    ends = [getattr(space, end) for end in ("lower", "upper", "default") if hasattr(space, end)]
    for value in getattr(space, "data", None) or ends:
        try:
            CausalMixOptions.from_hyperparameters({**fixed, name: value})
        except OptionError as error:
            raise OptionError(f"the search space of {name!r} holds {value!r}: {error}") from error
