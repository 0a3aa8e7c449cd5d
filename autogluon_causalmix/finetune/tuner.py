"""Fine-tuning of one member: its view, its episodes, its validation pass, and a second try on a GPU that is full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.columns import ColumnChoice
from autogluon_causalmix.finetune.environments import DomainColumn
from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.finetune.gate import Gate
from autogluon_causalmix.finetune.members import Member, View
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.rows import UntunedLabels
from autogluon_causalmix.finetune.runner import Runner
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.trainer import Schedule, TrainResult, fine_tune
from autogluon_causalmix.finetune.validation import Judge, Score, ValidationPass
from autogluon_causalmix.finetune.watching import Moment, Watcher
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.incontext.gpu_memory import ran_out_of_gpu_memory
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.supply import Supply
from autogluon_causalmix.threads import AdaptiveThreads

__all__ = ["MEMORY_ATTEMPTS", "TunedMember", "Tuner"]

#: Attempts, each with half of the rows of the one before, where a GPU's memory runs out.
MEMORY_ATTEMPTS = 8
#: Times that a view is drawn before there seems to be no other: one column of numbers has two.
DRAWS_OF_A_VIEW = 10


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
    splits
        One for all members, or one for each.
    supplies
        Synthetic rows to each split; None for real ones alone.
    choices
        Draws to each split the columns that members after the first see; None for all columns.
    score
        Picks the step, see `CausalMixEstimator.fit`; None is the training loss.
    observe
        Called after every step.
    domains
        The column that tells where support and query rows come from; None without.
    """

    weights: Weights
    problem: Problem
    splits: Sequence[Split]
    supplies: Sequence[Supply | None]
    choices: Sequence[ColumnChoice | None]
    options: CausalMixOptions
    threads: AdaptiveThreads
    journal: Journal
    score: Score | None = None
    observe: Callable[[Moment], None] | None = None
    domains: DomainColumn | None = None

    def run(self, members: Sequence[int], size: EpisodeSize, budget: Budget, rng: np.random.Generator):
        """Fine-tune members side by side on episodes of at most ``size``, with as much as fits into the memory.

        Smaller episodes help labels of synthetic rows, too; where they never fit, the rows are given up and real ones
        have the whole size again.

        Returns
        -------
        list of TunedMember
        """
        import torch

        views = [self._views(k, child(rng)) for k in members]
        seeds = [int(rng.integers(2**63)) for _ in members]  # what follows does not depend on a GPU's memory
        whole, attempts, labelled = size, 0, [s for s in self.supplies if s and isinstance(s.read, UntunedLabels)]
        while True:
            learners, attempts = None, attempts + 1
            for supply in labelled:
                supply.asks_again, supply.ran_out = True, None
            try:
                learners = [self.weights.learner(self.problem.reader.n_present) for _ in members]
                results = self._tune(members, learners, views, size, budget, map(np.random.default_rng, seeds))
                if not self.options.tuning.tunes and on_gpu(self.weights.device):
                    self._predict_one(Member(learners[0], views[0], self.weights.checkpoint.config), size)
                break
            except RuntimeError as error:
                ran_out = next((supply.ran_out for supply in labelled if supply.ran_out), None)
                is_last = attempts == MEMORY_ATTEMPTS
                if not ran_out_of_gpu_memory(error) or (is_last and ran_out is None):
                    raise
            # Not in the handler: until it ends, the error's traceback holds all that is to be freed.
            learners = None
            torch.cuda.empty_cache()
            if is_last:
                for supply in labelled:
                    supply.failure = ran_out
                size, attempts = whole, 0
                self.journal.remark("no GPU memory for labels of synthetic rows: without them, all support rows again")
                continue
            size = size.halved(len(self.splits[0].training))
            for supply in labelled:
                supply.read.at_most(size.max_support)
            self.journal.remark(
                f"GPU memory ran out: at most {size.max_support} support rows from then on",
                "CausalMix ran out of GPU memory and goes on with half of the support rows.",
            )
        if results[0].score_failure is not None:
            reason = f"the evaluation metric could not be computed on the validation rows ({results[0].score_failure})"
            self.journal.remark(reason, f"CausalMix picks the step by its loss: {reason}.")
        if results[0].last_word == "no time":
            self.journal.remark("no time to compare the best step with the untuned model once more, as they predict")
        config = self.weights.checkpoint.config
        return [
            TunedMember(Member(learner, its_views, config), result, size)
            for learner, its_views, result in zip(learners, views, results, strict=True)
        ]

    def _predict_one(self, member: Member, size: EpisodeSize) -> None:
        """Find out whether a model that takes no step can read its support at all."""
        rows = self.splits[0].training_support(size.max_support)
        member.predict(self.problem.x[rows], self.problem.target[rows], self.problem.x[:1])
        member.forget()

    def _views(self, k: int, rng: np.random.Generator) -> list[View]:
        n_features, n_classes = self.problem.x.shape[1], self.problem.reader.n_present
        options = self.options.tuning
        n_views = options.views(len(self.problem.x))
        views = [View.draw(k, n_features, n_classes, options, rng)]
        for _ in range(DRAWS_OF_A_VIEW * n_views):
            if len(views) == n_views:
                break
            drawn = View.draw(1, n_features, n_classes, options, rng)
            if not any(drawn.is_as(view) for view in views):  # it would cost a pass for nothing
                views.append(drawn)
        if k == 0 and len(views) < n_views and options.n_views is not None:
            self.journal.remark(f"{len(views)} of {n_views} views: the others would be the same ones again")
        choice = self._of(k, self.choices)
        if choice is None or k == 0:
            return views
        columns = choice.draw(rng)
        return [view.seeing(columns) for view in views]

    def _tune(
        self,
        members: Sequence[int],
        learners: Sequence[InContextModel],
        views: Sequence[Sequence[View]],
        size: EpisodeSize,
        budget: Budget,
        rngs: Iterable[np.random.Generator],
    ) -> list[TrainResult]:
        options = self.options.tuning
        steps = options.fine_tune_steps if options.fine_tune else 0
        if steps and min(len(split.training) for split in self.splits) < 2:
            steps = 0
            self.journal.remark("no steps: of one training row nothing can be asked")
        schedule = Schedule(
            steps,
            options.learning_rate(self.weights.checkpoint.config["dim"]),
            options.warmup_steps,
            options.weight_decay,
            options.patience,
            options.keep_untuned_within,
        )
        runners = [
            self._runner(k, learner, its_views, size, rng)
            for k, learner, its_views, rng in zip(members, learners, views, rngs, strict=True)
        ]
        self.threads.expect(max(self._step_work(runner, size) for runner in runners))
        judge = Judge(self.score, self.problem.reader)
        on_step = None
        if self.observe is not None:
            on_step = Watcher(self.observe, self.problem, members, [runner.watch for runner in runners])
        return fine_tune(runners, judge, schedule, budget, self.threads, on_step)

    def _runner(
        self, k: int, learner: InContextModel, views: Sequence[View], size: EpisodeSize, rng: np.random.Generator
    ) -> Runner:
        problem, split, supply = self.problem, self._of(k, self.splits), self._of(k, self.supplies)
        mixing = Mixing()
        if supply is not None:
            into, fall = self.options.synthesis.mix_into, self.options.fall
            apart = None if supply.apart is None else supply.take_apart
            mixing = Mixing(supply.ratio, into, fall, supply.take, apart)
        tuning = self.options.tuning
        sampler = EpisodeSampler(
            problem.x[split.training],
            problem.target[split.training],
            size,
            mixing,
            rng,
            stratify=not problem.reader.is_regression,
            views=views if tuning.tuned_views == "all" else views[:1],
            domains=None if self.domains is None else self.domains.rows(problem, split.training),
        )
        watch = None
        if split.x_val is not None:
            rows = split.training_support(size.max_support)
            support = (problem.x[rows], problem.target[rows])
            held_out = (split.x_val, split.target_val)
            n_watched = len(views) if tuning.watched_views == "all" else 1
            watch = ValidationPass(learner, views, support, held_out, n_watched)
        how = self.options.synthesis.synthetic_gate
        gate = None if supply is None or how == "none" else Gate(how)
        return Runner(learner, sampler, watch, tuning.weight_averaging, tuning.untuned_share, gate)

    def _step_work(self, runner: Runner, size: EpisodeSize) -> float:
        """Floating-point operations of a step, or of the validation after it in a view if that is more."""
        n = max(len(split.training) for split in self.splits)
        step = runner.learner.step_work(*size.of(n), runner.sampler.n_features)
        return step if runner.watch is None else max(step, runner.watch.view_work)

    def _of(self, k: int, parts: Sequence):
        return parts[k % len(parts)]


def on_gpu(device: str) -> bool:
    """Whether memory is a GPU's."""
    return device.startswith("cuda")


def child(rng: np.random.Generator) -> np.random.Generator:
    """Return a generator of its own stream, seeded by ``rng``."""
    return np.random.default_rng(rng.integers(2**63))
