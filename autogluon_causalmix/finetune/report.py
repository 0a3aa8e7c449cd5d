"""The fit report: what was done, with which rows, and why something was not done."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.tuner import TunedMember
from autogluon_causalmix.finetune.validation import Score
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.plain_data import plain
from autogluon_causalmix.synthesis.supply import Supply

__all__ = ["FitReport", "changed"]


def changed(given: Mapping[str, Any]) -> list[str]:
    """Names of options that are not at their defaults."""
    defaults = CausalMixOptions().to_dict()
    return [name for name, value in given.items() if value != defaults[name]]


@dataclass
class FitReport:
    """Everything one fit has to say for itself; `to_dict` is JSON-able.

    Attributes
    ----------
    weights
        Checkpoint: name, source, commit on the hub, and the reason if it replaced the official one.
    graph_resamples
        Half-samples of the training rows that the edges' probabilities are counted over.
    edges
        ``{"from", "to", "probability", "stated"}`` of the graph, most probable first; stated by the user.
    dags
        Edge lists of the DAGs that were fitted.
    options, options_changed
        All options as they were resolved, and the names of those that are not at their defaults.
    rows_training, rows_validation
        Rows that the first member was tuned on, and that chose its step.
    columns
        How many columns the training table has, the target among them.
    columns_unstated
        Columns that AutoGluon added, of which ``known_graph`` says nothing.
    target
        The target's column.
    rows_joined
        Validation rows that joined the support after they were scored (``validation_joins_support``).
    rows_synthetic_drawn, rows_synthetic_used
        Rows sampled, and rows that entered an episode.
    synthetic_steps_refused
        Steps whose gradient ``synthetic_gate`` dropped or projected, per member.
    mix_ratio
        Share of synthetic rows asked for, or chosen by ``mix_ratio="auto"``; the mean over members
        that have rows of their own (``rotate_holdout``), of whom the first one's graph is shown.
    fidelity
        Two-sample ROC-AUC (.5: indistinguishable) with its interval, usefulness, copying (see
        `metrics`), and the rows they were measured on; None if there were too few.
    comparison
        Real beside synthetic rows, by `metrics.comparison`: counts for pictures, no row; None if it was not made.
    columns_seen
        Encoded columns that each member sees.
    steps_taken, step_kept
        Optimiser steps, and the one whose weights are kept (0: the untuned model), per member.
    stopped_by
        What ended each member's tuning: "steps" (all were taken), "patience" or "time".
    last_word
        What came, per member, of the step that validated best where it was compared with the untuned model once more,
        as predictions compute: "kept", "overruled" (the untuned model is) or "no time"; empty where it was not.
    validation_scores
        Per member, the validation score after every step, from step 0; lower is better.
    pooled_scores
        The same of all members' validation rows together, which picked the step (``pooled_step``).
    validation_name
        What those scores are.
    seconds
        Per stage.
    fallbacks
        Why something was not done as asked.
    """

    weights: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    options_changed: list[str] = field(default_factory=list)
    rows_training: int = 0
    rows_validation: int = 0
    rows_joined: int = 0
    columns: int = 0
    columns_unstated: list[str] = field(default_factory=list)
    target: str = ""
    graph_resamples: int = 0
    edges: list[dict] = field(default_factory=list)
    dags: list[list[list]] = field(default_factory=list)
    rows_synthetic_drawn: int = 0
    rows_synthetic_used: int = 0
    synthetic_steps_refused: list[int] = field(default_factory=list)
    mix_ratio: float = 0.0
    fidelity: dict[str, Any] | None = None
    comparison: dict[str, Any] | None = None
    columns_seen: list[int] = field(default_factory=list)
    steps_taken: list[int] = field(default_factory=list)
    step_kept: list[int] = field(default_factory=list)
    stopped_by: list[str] = field(default_factory=list)
    last_word: list[str] = field(default_factory=list)
    validation_name: str = ""
    validation_scores: list[list[float]] = field(default_factory=list)
    pooled_scores: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    fallbacks: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        options: CausalMixOptions,
        weights: Weights,
        problem: Problem,
        splits: Sequence[Split],
        supplies: Sequence[Supply | None],
        tuned: Sequence[TunedMember],
        journal: Journal,
        score: Score | None,
    ) -> FitReport:
        """Write the report of a fit that has ended."""
        results = [one.result for one in tuned]
        name = "squared error (target scaled to 0-1)" if problem.reader.is_regression else "log loss"
        failed = [k for k, result in enumerate(results, start=1) if result.score_failure]
        if score is not None and len(failed) < len(results):  # members that hold out rows of their own
            instead = f" ({name} of member {', '.join(map(str, failed))})" if failed else ""
            name = getattr(score, "name", "score") + instead
        lr = options.tuning.learning_rate(weights.checkpoint.config["dim"])
        given = options.to_dict()
        report = cls(
            weights=weights.record(),
            options=given | {"lr": lr, "n_views": len(tuned[0].member.views)},
            options_changed=changed(given),
            rows_training=len(splits[0].training),
            rows_validation=splits[0].n_validation if results[0].scores else 0,
            columns=len(problem.joint.columns),
            columns_unstated=[str(name) for name in options.knowledge.unstated],
            target=str(problem.target_name),
            rows_synthetic_used=sum(result.rows_synthetic for result in results),
            synthetic_steps_refused=[result.synthetic_steps_refused for result in results],
            columns_seen=[len(one.member.views[0].order) for one in tuned],
            steps_taken=[result.steps_taken for result in results],
            step_kept=[result.step_kept for result in results],
            stopped_by=[result.stopped_by for result in results],
            last_word=[result.last_word for result in results],
            validation_name=name,
            validation_scores=[[float(value) for value in result.scores] for result in results],
            pooled_scores=[float(value) for value in results[0].pooled],
            seconds=dict(journal.seconds),
            fallbacks=list(journal.remarks),
        )
        with_rows = [supply for supply in supplies if supply is not None]
        if not with_rows:
            return report
        fidelity = next((supply.fidelity for supply in with_rows if supply.fidelity is not None), None)
        figures = dict(fidelity or {})
        comparison = figures.pop("comparison", None)
        return dataclasses.replace(
            report,
            rows_synthetic_drawn=sum(supply.drawn for supply in with_rows),
            mix_ratio=sum(supply.ratio for supply in with_rows) / len(supplies),
            fidelity=figures or None,
            comparison=comparison,
            **with_rows[0].graph,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(vars(type(self)()) | state)  # a report that was saved before a field was added lacks it

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, dicts, strings and numbers."""
        return plain(dataclasses.asdict(self))
