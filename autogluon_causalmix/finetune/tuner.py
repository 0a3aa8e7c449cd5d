"""Fine-tuning of one member: its view, its episodes, its validation pass, and a second try on a GPU that is full."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing, Take
from autogluon_causalmix.finetune.members import Member, View
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.trainer import Schedule, TrainResult, fine_tune
from autogluon_causalmix.finetune.validation import Score, ValidationPass, in_user_units
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.supply import Supply
from autogluon_causalmix.threads import AdaptiveThreads

__all__ = ["Moment", "TunedMember", "Tuner"]

#: Attempts with halved rows after the GPU ran out of memory.
MEMORY_ATTEMPTS = 4


@dataclass(frozen=True)
class Moment:
    """A member after one of its steps, for those who watch a fit.

    Attributes
    ----------
    member
        Its number, from 0.
    step
        Steps taken; 0 is the untuned model.
    score
        Of the validation rows, lower is better; None if there are none.
    predict_proba
        ``predict_proba(X)``: what the member makes of other rows at this moment, as
        `FittedMitra.predict_proba` gives it.
    """

    member: int
    step: int
    score: float | None
    predict_proba: Callable[[pd.DataFrame], np.ndarray]


@dataclass(frozen=True)
class TunedMember:
    """A member, how its fine-tuning went, and the episode size that the device's memory allowed."""

    member: Member
    result: TrainResult
    size: EpisodeSize


@dataclass(frozen=True)
class Tuner:
    """What all members of a fit have in common.

    Attributes
    ----------
    supply
        Synthetic rows; None for real ones alone.
    score
        Picks the step, see `CausalMixEstimator.fit`; None is the training loss.
    observe
        Called after every step.
    """

    weights: Weights
    problem: Problem
    split: Split
    supply: Supply | None
    options: CausalMixOptions
    threads: AdaptiveThreads
    journal: Journal
    score: Score | None = None
    observe: Callable[[Moment], None] | None = None

    def run(self, k: int, size: EpisodeSize, budget: Budget, rng: np.random.Generator) -> TunedMember:
        """Fine-tune member ``k`` on episodes of at most ``size``, with as much as fits into the device's memory."""
        import torch

        n = len(self.problem.x)
        view = View.draw(k, self.problem.x.shape[1], self.problem.reader.n_present, self.options.tuning, child(rng))
        for attempt in range(1, MEMORY_ATTEMPTS + 1):
            learner = self.weights.learner(self.problem.reader.n_present)
            try:
                result = self._tune(learner, k, view, size, budget, child(rng))
                break
            except torch.cuda.OutOfMemoryError:
                if attempt == MEMORY_ATTEMPTS:
                    raise
            # Not in the handler: until it ends, the error's traceback holds all that is to be freed.
            learner = None
            torch.cuda.empty_cache()
            size = size.halved(n)
            self.journal.remark(
                f"GPU memory ran out: at most {size.max_support} support rows from then on",
                "CausalMix ran out of GPU memory and goes on with half of the support rows.",
            )
        if result.score_failure is not None:
            reason = f"the evaluation metric could not be computed on the validation rows ({result.score_failure})"
            self.journal.remark(reason, f"CausalMix picks the step by its loss: {reason}.")
        return TunedMember(Member(learner, view, self.weights.checkpoint.config), result, size)

    def _tune(
        self, learner: InContextModel, k: int, view: View, size: EpisodeSize, budget: Budget, rng: np.random.Generator
    ) -> TrainResult:
        problem, split, options = self.problem, self.split, self.options.tuning
        sampler = EpisodeSampler(
            view.features(problem.x[split.training]),
            view.targets(problem.target[split.training]),
            size,
            self._mixing(view),
            rng,
            stratify=not problem.reader.is_regression,
        )
        support = split.training_support(size.max_support)
        watch = None
        if split.x_val is not None:
            watch = ValidationPass(
                learner,
                view.features(problem.x[support]),
                view.targets(problem.target[support]),
                view.features(split.x_val),
                view.targets(split.target_val),
                None if self.score is None else in_user_units(self.score, view, problem.reader),
            )
        schedule = Schedule(
            options.fine_tune_steps if options.fine_tune else 0,
            options.learning_rate(self.weights.checkpoint.config["dim"]),
            options.warmup_steps,
            options.weight_decay,
            options.patience,
        )
        on_step = None if self.observe is None else self._observer(k, learner, view, size)
        return fine_tune(learner, sampler, watch, schedule, budget, self.threads, on_step)

    def _mixing(self, view: View) -> Mixing:
        if self.supply is None:
            return Mixing()
        take = _seen_by(view, self.supply)
        return Mixing(self.supply.ratio, self.options.synthesis.mix_into, self.options.fall, take)

    def _observer(self, k: int, learner: InContextModel, view: View, size: EpisodeSize):
        """Return ``on_step(step, score)``, which shows `observe` the member as it is."""
        problem = self.problem
        support = self.split.support(size.max_support)

        def predict_proba(X: pd.DataFrame) -> np.ndarray:
            member = Member(learner, view, self.weights.checkpoint.config)
            learner.model.eval()
            outputs = member.predict(problem.x[support], problem.target[support], problem.reader.encode(X))
            return problem.reader.prediction(outputs)

        def on_step(step: int, score: float | None) -> None:
            self.observe(Moment(k, step, score, predict_proba))

        return on_step


def child(rng: np.random.Generator) -> np.random.Generator:
    """Return a generator of its own stream, seeded by ``rng``."""
    return np.random.default_rng(rng.integers(2**63))


def _seen_by(view: View, supply: Supply) -> Take:
    """Return the supply's ``take`` with rows as a member sees them."""

    def take(k: int) -> tuple[np.ndarray, np.ndarray] | None:
        rows = supply.take(k)
        if rows is None:
            return None
        x, y = rows
        return view.features(x), view.probabilities(y) if y.ndim == 2 else view.targets(y)

    return take
