"""Synthetic rows for one fit: what the generator may see of it, and how its rows are read."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune.environments import DomainColumn
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.weights import Weights
from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.gpu_memory import ran_out_of_gpu_memory
from autogluon_causalmix.incontext.weights import load_weights, untuned_labels
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.preparation import prepare
from autogluon_causalmix.synthesis.supply import Supply

__all__ = ["UntunedLabels", "synthetic_rows"]

#: Training rows that the untuned model labels with at least, where a GPU has no memory for more.
LEAST_ROWS = 50


def synthetic_rows(
    problem: Problem,
    split: Split,
    weights: Weights,
    options: CausalMixOptions,
    budget: Budget,
    journal: Journal,
    rng: np.random.Generator,
    domains: DomainColumn | None = None,
) -> Supply | None:
    """Fit a generator to the training rows and nothing else; None, noted in the journal, if that fails."""
    context = FitContext(
        problem.target_name,
        int(rng.integers(2**31)),
        energy=lambda: InContextEnergy(load_weights(weights.checkpoint), weights.device, weights.precision),
        discovery=options.discovery,
        knowledge=options.knowledge,
    )
    read = problem.read_values
    if options.synthesis.label_source == "model":
        read = UntunedLabels(weights, problem, split, options.tuning.max_support, journal)
    table = problem.joint.rows(split.training)
    supply = prepare(table, split.unseen, read, options.synthesis, context, budget, journal)
    if supply is not None and domains is not None and supply.apart is None:
        # A stream of its own, as in `prepare`.
        apart_rng = np.random.default_rng(context.seed + 3)
        supply.apart = domains.apart(supply.pool, not problem.reader.is_regression, apart_rng)
    return supply


class UntunedLabels:
    """Reads generated rows with the untuned model's labels in place of the generator's own.

    Called as ``read(values)``: features ``(n, f)`` and class probabilities ``(n, n_present)``, or
    scaled targets ``(n,)``. The model is loaded at the first call, and given ``max_support`` training rows, or as
    many as a GPU has memory for.
    """

    def __init__(self, weights: Weights, problem: Problem, split: Split, max_support: int, journal: Journal) -> None:
        self._weights, self._problem, self._split, self._journal = weights, problem, split, journal
        self.at_most(max_support)

    def at_most(self, max_support: int) -> None:
        """Give the model so many training rows from now on, and free those that it has read."""
        self._max_support, self._label = max_support, None

    def _model(self):
        import torch

        while True:
            fewer = min(self._max_support, len(self._split.training)) // 2
            try:
                return self._given()
            except RuntimeError as error:
                if fewer < LEAST_ROWS or not ran_out_of_gpu_memory(error):
                    raise
            torch.cuda.empty_cache()  # not in the handler: until it ends, the error holds what is to be freed
            self._max_support = fewer
            self._journal.remark(f"GPU memory ran out: the untuned model labels rows with {fewer} training rows")

    def _given(self):
        problem, support = self._problem, self._split.training_support(self._max_support)
        untuned = self._weights.learner(problem.reader.n_present)
        return untuned_labels(untuned, problem.x[support], problem.target[support])

    def __call__(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self._label = self._label or self._model()
        x = self._problem.reader.encoder.transform(values[:, :-1])
        return x, self._label(x)
