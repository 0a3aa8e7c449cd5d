"""Where synthetic rows come from, and how many of them a step sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.checks import check_choice, check_flag, check_number
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators.catalogue import GENERATORS

__all__ = ["GATES", "LABEL_SOURCES", "MIX_INTO", "SCHEDULES", "SynthesisOptions"]

MIX_INTO = ("support", "query", "both", "episode", "beside", "whole_support")
GATES = ("none", "drop", "project")
SCHEDULES = ("constant", "falling")
LABEL_SOURCES = ("generator", "model")


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
        measured fidelity decide.
    mix_schedule : {"constant", "falling"}, default "constant"
        "falling" goes from ``mix_ratio`` to zero at the last of ``schedule_steps``.
    schedule_steps : int >= 1, default None
        Steps over which a falling share falls; None is ``fine_tune_steps``. refit_full, which stops
        at the step that was kept, sets it to the steps of the fit: both walk the same schedule.
    label_source : {"generator", "model"}, default "generator"
        Labels of synthetic rows: the generator's, or the untuned model's own on the generator's
        features (soft in the query part), which keeps the tuned model near the pretrained one.
    balance_classes : bool, default False
        Whether synthetic rows hold the classes equally often instead of as the generator draws them.
    mix_into : {"support", "query", "both", "episode", "beside", "whole_support"}, default "episode"
        Part of an episode that synthetic rows take their share of, or whole synthetic episodes,
        ``mix_ratio`` of the steps. The default is half of the steps;
        benchmarks/studies/ablation.py found no difference beyond its spread.
        "whole_support" is ``mix_ratio`` of the steps too: all support rows are synthetic and all query
        rows real. "beside" takes no real row away: synthetic query rows join a whole real episode's,
        ``mix_ratio`` of the query (below 1; ``max_query`` rows at most), which makes steps longer.
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
        Seconds that a generator's fit may take; None is a share of the time limit.

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
    one_dag_per_episode: bool = False
    synthetic_gate: str = "none"
    pool_rows: int = 10_000
    synthesis_time_limit: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.generator, str) and ":" not in self.generator:
            check_choice("generator", self.generator, GENERATORS, ", an object, or 'package.module:Class'")
        if not isinstance(self.generator_options, Mapping):
            raise OptionError(f"generator_options={self.generator_options!r} must be a dictionary")
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
        if self.schedule_steps is not None:
            check_number("schedule_steps", self.schedule_steps, 1, whole=True)
        if self.synthesis_time_limit is not None:
            check_number("synthesis_time_limit", self.synthesis_time_limit, 0)

    @property
    def generator_name(self) -> str:
        """The generator's name, or ``"module:Class"`` of an object or a class."""
        if isinstance(self.generator, str):
            return self.generator
        cls = self.generator if isinstance(self.generator, type) else type(self.generator)
        return f"{cls.__module__}:{cls.__qualname__}"
