"""TabEBM (Margeloiu et al., NeurIPS 2024): rows from class-specific energies of an in-context model.

For each class the model is asked to tell its real rows from four surrogate negatives at corners of a
hypercube far outside; its two logits give the energy ``E(x) = -logsumexp(logits(x))``, and stochastic
gradient Langevin dynamics (SGLD) walks from noised real rows to low energies. The paper takes TabPFN;
here the energy comes from the checkpoint in use (`incontext.energy`), whose rank coding of columns is
replaced by a smooth map so that there is a gradient.

Our additions: categorical columns, which have no gradient, take the categories of other rows of the
same class by Metropolis steps on the same energy; missing values are flags (`matrices.Completed`). Chains are slow,
so `fit` makes a bank of rows and `sample` draws from it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.generators.matrices import Completed
from autogluon_causalmix.table import TypedTable

__all__ = ["Energy", "TabEBM"]

#: Steps between two proposals for categorical columns.
CATEGORY_EVERY = 10
#: Seconds for the chains where nobody set a limit: on a CPU all steps may take minutes, which looks
#: like a fit that hangs.
UNLIMITED_SECONDS = 20.0
#: A class has the time for its chains, or this part of an equal share if that is more.
RARE = 4
#: Real rows of a class that the model sees.
MAX_SUPPORT = 500


class Energy(Protocol):
    """An in-context model as an energy; see `incontext.energy.InContextEnergy`."""

    def condition(self, x: np.ndarray, y: np.ndarray, is_category: np.ndarray) -> None:
        """Take rows ``(n, f)`` with labels 0 and 1 as context."""
        ...

    def values(self, x: np.ndarray) -> np.ndarray:
        """Energies ``(n,)``."""
        ...

    def gradients(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energies ``(n,)`` and their gradients ``(n, f)``, zero in categorical columns."""
        ...


@dataclass
class TabEBM:
    """Rows from class-specific energies. Defaults are the paper's, the bank apart.

    Parameters
    ----------
    energy
        The in-context model; given up after `fit`.
    n_rows
        Rows of the bank, classes in the table's shares, at least one of each.
    n_steps, step_size, noise, start_noise
        SGLD: steps, their size, the standard deviation of each step's and of the start's noise, in
        standard deviations of a column.
    distance
        How far out the surrogate negatives are, in standard deviations.
    seed
        Seed of the chains.
    seconds
        Time for `fit`: chains end earlier when it is short. None is `UNLIMITED_SECONDS`.
    """

    energy: Energy | None = None
    n_rows: int = 300
    n_steps: int = 200
    step_size: float = 0.1
    noise: float = 0.01
    start_noise: float = 0.01
    distance: float = 5.0
    seed: int = 0
    seconds: float | None = None
    needs_classes = True
    #: Mean energy of the chains after every step, by class.
    energies: dict[int, list[float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for name in ("n_rows", "n_steps"):
            check_number(name, getattr(self, name), 1, whole=True)
        for name in ("step_size", "noise", "start_noise", "distance"):
            check_number(name, getattr(self, name), 0)

    def fit(self, table: TypedTable) -> TabEBM:
        """Run the chains of every class.

        Raises
        ------
        DataError
            If the target is not a class, or no feature varies.
        TimeoutError
            If the time ended before every class had a chain of one step.
        """
        target = len(table.columns) - 1
        if not table.columns[target].is_discrete:
            raise DataError(
                f"TabEBM draws rows class by class, the target {table.names[-1]!r} is numeric: use generator='scm'"
            )
        if self.energy is None:
            raise DataError("TabEBM needs `energy`, an in-context model: use it through generator='tabebm'")
        began, rng = time.monotonic(), np.random.default_rng(self.seed)
        coding, y = Completed(table), table.values[:, target]
        whole = coding.matrix(table.values)
        features = np.flatnonzero((whole != whole[:1]).any(axis=0))
        features = features[features != target]
        if not len(features):
            raise DataError("no feature varies: TabEBM has nothing to walk in")
        mean, std = whole[:, features].mean(axis=0), whole[:, features].std(axis=0)
        x, is_category = (whole[:, features] - mean) / std, coding.is_category[features]
        labels, counts = np.unique(y, return_counts=True)
        bank = []
        ends = began + (UNLIMITED_SECONDS if self.seconds is None else self.seconds)
        chains = [max(1, round(self.n_rows * count / len(y))) for count in counts]
        # A step takes seconds of its own, too, and a large class ends up to one step late: rare ones have a part apart.
        shares = [max(n, sum(chains) / (RARE * len(chains))) for n in chains]
        for k, (label, n) in enumerate(zip(labels, chains, strict=True)):
            class_rows = np.flatnonzero(y == label)
            now = time.monotonic()  # what a class leaves of its share goes to those after it
            until = now + (ends - now) * shares[k] / sum(shares[k:])
            start = rng.choice(class_rows, n, replace=n > len(class_rows))
            rows = whole[start]
            walked = self._chains(int(label), x[start], x[class_rows], is_category, rng, until)
            rows[:, features] = walked * std + mean
            bank.append(coding.values(rows))
        self._bank = TypedTable(table.columns, np.concatenate(bank))
        self.energy = None
        return self

    def describe(self) -> Description:
        """Say so where the chains ended before their steps though nobody set a limit."""
        if self.seconds is not None or all(len(followed) >= self.n_steps for followed in self.energies.values()):
            return Description()
        remark = (
            f"TabEBM's chains ended after {UNLIMITED_SECONDS:g} s, before their {self.n_steps} steps, because no "
            "time limit was set; a time_limit or generator_options={'seconds': 120} gives them more"
        )
        return Description(remarks=[remark])

    def _chains(self, label, x, real, is_category, rng, until) -> np.ndarray:
        """Walk rows ``x`` ``(n, f)`` of one class; ``real`` are all its rows."""
        context = real[rng.permutation(len(real))[:MAX_SUPPORT]]
        negatives = self.distance * np.stack([np.ones(x.shape[1]), -np.ones(x.shape[1]),
                                              *rng.choice([-1.0, 1.0], (2, x.shape[1]))])  # fmt: skip
        categories = np.flatnonzero(is_category)
        negatives[:, categories] = real[rng.integers(len(real), size=(4, len(categories))), categories]
        labels = np.repeat([0, 1], [len(context), len(negatives)])
        self.energy.condition(np.concatenate((context, negatives)), labels, is_category)
        x = x + self.start_noise * rng.standard_normal(x.shape) * ~is_category
        followed = self.energies[label] = []
        for step in range(self.n_steps):
            if time.monotonic() > until:
                if not followed:
                    raise TimeoutError(f"{self.seconds or UNLIMITED_SECONDS:.1f} s are too short for TabEBM's chains")
                break
            energy, gradient = self.energy.gradients(x)
            followed.append(float(energy.mean()))
            x = x + (self.noise * rng.standard_normal(x.shape) - self.step_size * gradient) * ~is_category
            if is_category.any() and step % CATEGORY_EVERY == 0:
                x = self._category_move(x, real, is_category, rng)
        return x

    def _category_move(self, x, real, is_category, rng) -> np.ndarray:
        """Propose another row's category in one column of each chain, take it or leave it."""
        rows = np.arange(len(x))
        column = rng.choice(np.flatnonzero(is_category), len(x))
        proposed = x.copy()
        proposed[rows, column] = real[rng.integers(len(real), size=len(x)), column]
        gain = self.energy.values(x) - self.energy.values(proposed)
        taken = np.log(rng.random(len(x))) < gain
        return np.where(taken[:, None], proposed, x)

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows of the bank, each once as long as there are enough."""
        rounds = [rng.permutation(len(self._bank)) for _ in range(-(-n // len(self._bank)))]
        return self._bank.rows(np.concatenate(rounds)[:n] if rounds else np.zeros(0, dtype=int))
