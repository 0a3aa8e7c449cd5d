"""Where synthetic rows come from, and how many of them a step sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autogluon_causalmix.checks import check_choice, check_flag, check_number
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators.catalogue import GENERATORS
from autogluon_causalmix.options.spaces import check_holds_no_space

__all__ = ["GATES", "LABEL_SOURCES", "MIX_INTO", "SCHEDULES", "SynthesisOptions"]

MIX_INTO = ("support", "query", "both", "episode", "beside", "whole_support")
GATES = ("none", "drop", "project")
SCHEDULES = ("constant", "falling")
LABEL_SOURCES = ("generator", "model")
#: Strength of the interventions of ``environments`` that none is given for.
ENVIRONMENT_STRENGTH = 1.0


@dataclass(frozen=True)
class SynthesisOptions:
    """Where synthetic rows come from, and how many of them a step sees.

    Attributes
    ----------
    generator : str, object or class, default "scm"
        A name of `generators.catalogue.GENERATORS`, an object with ``fit(table)`` and
        ``sample(n, rng)``, a class of such objects, or ``"package.module:Class"``.
    generator_options : dict, default {}
        Keywords of the generator's constructor, as ``{"n_dags": 4, "mechanism": "ridge"}`` of "scm".
    mix_ratio : float in [0, 1] or "auto", default 0.5
        Share of synthetic rows; 0 is default fine-tuning, 1 purely synthetic; "auto" lets the
        measured fidelity decide. In six views, on 32 tables of 200 rows, .2 had .006 less log loss than
        .5, and no more than 0 (benchmarks/results/less_mixing); in 8-fold bags it had .008 less on 20
        tables, p .04 where the rule asked for .025, so that .5 stayed (benchmarks/results/bagged_fifth).
    mix_schedule : {"constant", "falling"}, default "constant"
        "falling" goes from ``mix_ratio`` to zero in equal parts, after the last of ``schedule_steps``.
    schedule_steps : int >= 1, default None
        Steps over which a falling share falls; None is ``fine_tune_steps``. refit_full, which stops
        at the step that was kept, sets it to the steps of the fit: both walk the same schedule.
    label_source : {"generator", "model"}, default "generator"
        Labels of synthetic rows: the generator's, or the untuned model's own on the generator's
        features (soft in the query part), which keeps the tuned model near the pretrained one.
    balance_classes : bool, default False
        Whether synthetic rows hold the classes equally often instead of as the generator draws them;
        with ``label_source="model"`` these are the classes before the model labels the rows.
    mix_into : {"support", "query", "both", "episode", "beside", "whole_support"}, default "episode"
        Part of an episode that synthetic rows take their share of, or whole synthetic episodes,
        ``mix_ratio`` of the steps. The default is half of the steps. "whole_support" is ``mix_ratio`` of
        the steps too: all support rows are synthetic and all query rows real. "beside" takes no real row
        away: synthetic query rows join a whole real episode's, ``mix_ratio`` of the query (below 1;
        ``max_query`` rows at most), which makes steps longer.
    shift_strength : float >= 0, default 0
        Strength of random soft interventions that synthetic rows are drawn under, new ones for every
        episode: half of the columns, never the target, have another distribution of their noise (their
        own distribution, if they are roots of the graph). A number's noise is moved by so many of its
        standard deviations on average, and stretched; levels of a category become more or less
        frequent. How columns follow from their causes does not change. For tables whose later rows may
        differ from the training rows. A strength of 1 was not better than 0 over 51 such tables
        (benchmarks/results/shift). Needs a generator that models causes: "scm". Fidelity is measured on
        rows without interventions.
    environments : bool or int >= 2, default False
        Whether the support rows of a synthetic episode come from another intervened world than its query
        rows, a new pair in every episode, as a model is used under shift. A number counts the worlds
        of an episode: all but one are the support's. Their strength is ``shift_strength``, or 1 where that
        is 0. Needs ``mix_into="episode"``. Not better than without in one view, over 51 tables and
        under interventions on 20 (benchmarks/results/shift).
    one_dag_per_episode : bool, default False
        Whether the synthetic rows of an episode come from one DAG's SCM, drawn anew for each, instead of
        from all of them in equal shares; for "scm" and whatever other generator has ``parts``.
    synthetic_gate : {"none", "drop", "project"}, default "none"
        What to do with a step on synthetic rows whose gradient points against that of episodes of real
        training rows (a moving average): take that of a real episode instead, or take out the part that
        points against it. One more gradient for every step on synthetic rows, and two more copies.
    pool_rows : int >= 10, default 10000
        Synthetic rows drawn at a time, each handed out once ("tabebm" has a bank of few, and
        repeats it).
    synthesis_time_limit : float >= 0, default None
        Seconds that a generator's fit may take, at most 30 % of what the time limit leaves, which None is. The first
        structural causal model may take them a second time.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> SynthesisOptions(generator="mixup", generator_options={"alpha": 0.2}, mix_ratio="auto").pool_rows
    10000
    >>> SynthesisOptions(generator="mixupp")
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: generator='mixupp' is not one of ...; did you mean 'mixup'?
    """

    generator: Any = "scm"
    generator_options: Mapping[str, Any] = field(default_factory=dict)
    mix_ratio: float | str = 0.5
    mix_schedule: str = "constant"
    schedule_steps: int | None = None
    label_source: str = "generator"
    balance_classes: bool = False
    mix_into: str = "episode"
    shift_strength: float = 0.0
    environments: bool | int = False
    one_dag_per_episode: bool = False
    synthetic_gate: str = "none"
    pool_rows: int = 10_000
    synthesis_time_limit: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.generator, str) and ":" not in self.generator:
            check_choice("generator", self.generator, GENERATORS, ", an object, or 'package.module:Class'")
        if not isinstance(self.generator_options, Mapping):
            raise OptionError(f"generator_options={self.generator_options!r} must be a dictionary")
        check_holds_no_space("generator_options", self.generator_options)
        if not (isinstance(self.mix_ratio, str) and self.mix_ratio == "auto"):
            check_number("mix_ratio", self.mix_ratio, 0, 1, hint=", or 'auto'")
            if self.mix_into == "beside" and self.mix_ratio == 1:
                raise OptionError(
                    "mix_ratio=1 leaves no real query row, and mix_into='beside' keeps them all: lower it"
                )
        check_choice("mix_schedule", self.mix_schedule, SCHEDULES)
        check_choice("label_source", self.label_source, LABEL_SOURCES)
        check_choice("mix_into", self.mix_into, MIX_INTO)
        check_choice("synthetic_gate", self.synthetic_gate, GATES)
        for name in ("balance_classes", "one_dag_per_episode"):
            check_flag(name, getattr(self, name))
        check_number("pool_rows", self.pool_rows, 10, whole=True)
        check_number("shift_strength", self.shift_strength, 0)
        self._check_environments()
        if self.schedule_steps is not None:
            check_number("schedule_steps", self.schedule_steps, 1, whole=True)
        if self.synthesis_time_limit is not None:
            check_number("synthesis_time_limit", self.synthesis_time_limit, 0)

    def _check_environments(self) -> None:
        if not isinstance(self.environments, (bool, np.bool_)):
            check_number("environments", self.environments, 2, whole=True, hint=", or True or False")
        if self.environments and self.mix_into != "episode":
            raise OptionError(
                f"environments={self.environments!r} makes whole synthetic episodes, but mix_into={self.mix_into!r}: "
                "leave that at 'episode', or drop environments"
            )

    @property
    def intervenes(self) -> bool:
        """Whether rows are drawn under interventions."""
        return self.shift_strength > 0 or bool(self.environments)

    @property
    def intervention_strength(self) -> float:
        """Strength of those interventions."""
        return float(self.shift_strength) or ENVIRONMENT_STRENGTH

    @property
    def n_worlds(self) -> int:
        """Worlds of a synthetic episode whose support and query differ; 0 where they do not."""
        return 0 if not self.environments else max(2, int(self.environments))

    @property
    def generator_name(self) -> str:
        """The generator's name, or ``"module:Class"`` of an object or a class."""
        if isinstance(self.generator, str):
            return self.generator
        cls = self.generator if isinstance(self.generator, type) else type(self.generator)
        return f"{cls.__module__}:{cls.__qualname__}"
