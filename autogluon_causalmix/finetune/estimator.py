"""A fit, from two frames to a model that predicts: one walk, each step of which returns what the next one needs.

Weights, typed table, split, synthetic rows, members, report. Knows nothing of AutoGluon.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.columns import ColumnChoice
from autogluon_causalmix.finetune.environments import DomainColumn
from autogluon_causalmix.finetune.episodes import EpisodeSize
from autogluon_causalmix.finetune.fitted import FittedMitra, Support
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.finetune.rows import UntunedLabels, synthetic_rows
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.tuner import TunedMember, Tuner, child
from autogluon_causalmix.finetune.validation import Score
from autogluon_causalmix.finetune.watching import Moment
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.incontext.gpu_memory import free_gpu_memory
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.supply import Supply
from autogluon_causalmix.threads import AdaptiveThreads

__all__ = ["CausalMixEstimator"]


@dataclass(frozen=True)
class CausalMixEstimator:
    """Fits Mitra to one table with SCM-mixed batches; it holds settings, and nothing of any fit.

    Parameters
    ----------
    options
        See `CausalMixOptions`.
    problem_type
        "binary", "multiclass" or "regression".
    n_classes
        Classes of the problem, coded 0 .. n_classes - 1; a table may lack some.
    device
        "cpu" or a CUDA device.
    """

    options: CausalMixOptions
    problem_type: str
    n_classes: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        self.options.check(self.problem_type)

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        X_val: pd.DataFrame | None = None,
        y_val: pd.Series | None = None,
        *,
        budget: Budget | None = None,
        journal: Journal | None = None,
        score: Score | None = None,
        observe: Callable[[Moment], None] | None = None,
        keep_validation: bool = False,
    ) -> FittedMitra:
        """Fit to rows ``X`` ``(n, f)`` and targets ``y`` ``(n,)``; frames are not altered.

        Parameters
        ----------
        X_val, y_val
            Rows that pick the step; if given nothing else is held out, and they are used for
            nothing but that and the rows' fidelity, which ``mix_ratio="auto"`` follows.
        budget
            Time for everything; None is without limit.
        journal
            Takes remarks, and says to the user what they should know.
        score
            ``score(y, prediction)``, lower is better, with class codes and probabilities
            ``(n, n_classes)`` or targets in their own units; None is the training loss.
        observe
            Called after every step of every member.
        keep_validation
            Keep the validation rows that were given for `FittedMitra.join_validation`.

        Raises
        ------
        DataError, OptionError, CheckpointError
            For a table, knowledge of the graph, or weights that a fit cannot begin with. Whatever
            fails about synthetic rows ends in fine-tuning on real rows alone instead.
        """
        budget, journal = budget or Budget(), journal or Journal()
        options, threads = self.options, AdaptiveThreads()
        rng = np.random.default_rng(options.seed)
        weights = Weights.resolve(options.weights, self.problem_type, self.n_classes, self.device, journal)
        with journal.stage("encoding"):
            problem = Problem.read(X, y, self.problem_type, self.n_classes, options.encoding)
        # A mistake in what the user stated is an error, not a failure to fall back from.
        options.knowledge.check_columns(problem.joint.names)
        domains = DomainColumn.of(problem, options.tuning.environment_column, journal) if options.tuning.tunes else None
        splits = self._splits(problem, None if X_val is None or y_val is None else (X_val, y_val), rng)
        for remark in splits[0].remarks:
            journal.remark(remark)
        supply_rng = child(rng)  # drawn in any case: splits do not depend on mixing
        supplies: list[Supply | None] = [None]
        if options.tuning.tunes and options.synthesis.mix_ratio != 0:
            each = budget.shares(len(splits))
            with threads:  # to each split its own: a row held out by a member enters none of its rows
                supplies = [
                    synthetic_rows(problem, split, weights, options, next(each), journal, supply_rng, domains)
                    for split in splits
                ]
        choices = self._choices(problem, splits, budget, journal, rng)
        tuner = Tuner(weights, problem, splits, supplies, choices, options, threads, journal, score, observe, domains)
        with journal.stage("fine-tuning"), threads:
            tuned = self._members(tuner, budget, rng)
        for supply in supplies:
            if supply is not None and supply.failure is not None:
                reason = f"synthetic rows stopped: {supply.failure}"
                journal.remark(reason, f"CausalMix fine-tunes on real rows alone: {reason}.")
            if supply is not None and isinstance(supply.read, UntunedLabels):
                supply.read.at_most(options.tuning.max_support)  # its model is done
        free_gpu_memory(self.device)
        journal.took("total", budget.spent())
        report = FitReport.of(options, weights, problem, splits, supplies, tuned, journal, score)
        max_support, split = tuned[-1].size.max_support, splits[0]
        rows = split.support(max_support)
        support = Support(problem.x[rows], problem.target[rows])
        waiting = None
        if keep_validation and split.validation_is_given:
            room = max(0, max_support - len(support))
            some = split.validation_support(room, problem.reader.is_regression, child(rng))
            waiting = Support(split.x_val[some], split.target_val[some])
        return FittedMitra(problem.reader, support, [one.member for one in tuned], report, self.device, waiting)

    def _splits(self, problem: Problem, given: tuple | None, rng: np.random.Generator) -> list[Split]:
        """One split for all members, or one for each."""
        tuning = self.options.tuning
        share = tuning.holdout_share if tuning.tunes else 0.0
        if tuning.rotate_holdout and tuning.n_estimators > 1 and given is None and share > 0:
            return Split.rotated(problem, tuning.n_estimators, share, rng)
        return [Split.choose(problem, given, share, rng)]

    def _choices(
        self, problem: Problem, splits: Sequence[Split], budget: Budget, journal: Journal, rng: np.random.Generator
    ) -> list[ColumnChoice | None]:
        """To each split, what draws the columns of members after the first."""
        tuning, choices = self.options.tuning, []
        if not tuning.chooses_columns:
            return [None]
        for split, part in zip(splits, budget.shares(len(splits)), strict=True):
            choices.append(ColumnChoice.of(problem, split, self.options, part, journal, child(rng)))
        return choices

    def _members(self, tuner: Tuner, budget: Budget, rng: np.random.Generator) -> list[TunedMember]:
        """Tune one member after the other, on equal parts of the time that is left, or all side by side."""
        tuning, tuned = self.options.tuning, []
        n, size = tuning.n_estimators, EpisodeSize(tuning.query_share, tuning.max_support, tuning.max_query)
        if tuning.pooled_step and tuning.tunes:
            return tuner.run(range(n), size, budget, rng)
        for k in range(n):
            part = budget.part(n - k)
            tuned += tuner.run([k], size, part, rng)
            size = tuned[-1].size
            # Another member takes at least its loading and one validation pass.
            least = 0.0 if tuned[-1].result.steps_taken else part.spent()
            if k + 1 < n and not budget.allows(least):
                tuner.journal.remark(f"{k + 1} of {n} members: the time ended")
                break
        return tuned
