"""MixedModel, our reading: features from random Gaussian mixtures, labels from random teachers.

The paper names the method without defining it. From public re-implementations under that name: a
Bayesian Gaussian mixture with randomly drawn hyperparameters (1 to 30 components, covariance type,
priors) samples the features; a randomly drawn teacher, fitted to the real rows, labels them; a draw
of a single class falls back to bootstrap rows.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.generators.matrices import Completed, OneHot
from autogluon_causalmix.table import TypedTable

__all__ = ["MixedModel"]

COVARIANCES = ("full", "tied", "diag", "spherical")
TEACHERS = ("forest", "tree", "perceptron", "svm", "boosting")
#: Mixtures tried for each one wanted; if none can be fitted, rows are bootstrapped.
ATTEMPTS = 5
#: A full covariance of more coordinates takes seconds for each of thirty components.
MAX_FULL = 30


@dataclass
class MixedModel:
    """Several mixtures with a teacher each; a draw takes an equal share of each.

    Parameters
    ----------
    n_models
        Mixtures and teachers drawn in `fit`.
    seed
        Seed of everything drawn in `fit`.
    seconds
        No further model is started after so long.
    """

    n_models: int = 4
    seed: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        check_number("n_models", self.n_models, 1, whole=True)

    def fit(self, table: TypedTable) -> MixedModel:
        """Draw hyperparameters, fit mixtures and teachers."""
        from sklearn.exceptions import ConvergenceWarning

        began, rng = time.monotonic(), np.random.default_rng(self.seed)
        self._table = table
        self._completed = Completed(table)
        self._coding = OneHot(table, leave_out=(len(table.columns) - 1,))
        x, y = self._coding.matrix(table.values), table.values[:, -1]
        self._is_class = table.columns[-1].is_discrete
        self._models: list[tuple[Any, Any]] = []
        if self._nothing_to_learn():
            return self  # bootstrap rows are all there is
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(ATTEMPTS * self.n_models):
                try:
                    mixture = _random_mixture(len(x), x.shape[1], rng).fit(x)
                except ValueError:  # drawn priors let a component collapse: draw others
                    continue
                self._models.append((mixture, _random_teacher(self._is_class, rng).fit(x, y)))
                late = self.seconds is not None and time.monotonic() - began > self.seconds
                if late or len(self._models) == self.n_models:
                    break
        return self

    def _nothing_to_learn(self) -> str | None:
        if not self._coding.matrix(self._table.values[:1]).shape[1]:
            return "no feature varies"
        if self._is_class and len(np.unique(self._table.values[:, -1])) < 2:  # some teachers refuse a single class
            return "the target has one class"
        return None

    def describe(self) -> Description:
        """Say so where there is no mixture, and rows are the real ones drawn again."""
        if self._models:
            return Description()
        why = self._nothing_to_learn() or "no mixture could be fitted"
        return Description(remarks=[f"MixedModel draws real rows again: {why}"])

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows, in random order."""
        real, parts = self._table.values, []
        shares = np.bincount(np.arange(n) % max(1, len(self._models)), minlength=max(1, len(self._models)))
        for (mixture, teacher), k in zip(self._models, shares, strict=False):
            values = self._coding.values(_sample_mixture(mixture, int(k), rng))
            if k:
                values[:, -1] = teacher.predict(self._coding.matrix(values))
                values = self._completed.values(self._completed.matrix(values))  # labels the target can hold
            if self._is_class and k > 1 and len(np.unique(values[:, -1])) < 2:
                values = real[rng.integers(len(real), size=k)]
            parts.append(values)
        values = np.concatenate(parts) if parts else real[rng.integers(len(real), size=n)]
        return self._table.with_values(values[rng.permutation(n)])


def _random_mixture(n: int, d: int, rng: np.random.Generator) -> Any:
    from sklearn.mixture import BayesianGaussianMixture

    kinds = COVARIANCES if d <= MAX_FULL else COVARIANCES[2:]
    return BayesianGaussianMixture(
        n_components=int(rng.integers(1, min(30, max(1, n // 2)) + 1)),
        covariance_type=str(rng.choice(kinds)),
        weight_concentration_prior_type=str(rng.choice(["dirichlet_process", "dirichlet_distribution"])),
        weight_concentration_prior=float(10 ** rng.uniform(-3, 1)),
        mean_precision_prior=float(10 ** rng.uniform(-2, 0)),
        reg_covar=1e-3,
        max_iter=50,
        init_params="random_from_data",
        random_state=int(rng.integers(2**31)),
    )


def _random_teacher(is_class: bool, rng: np.random.Generator) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    teacher = _teacher(str(rng.choice(TEACHERS)), is_class, rng)
    # Perceptrons and support vectors learn nothing of targets in other units.
    return teacher if is_class else TransformedTargetRegressor(teacher, transformer=StandardScaler())


def _teacher(kind: str, is_class: bool, rng: np.random.Generator) -> Any:
    from sklearn import ensemble, neural_network, svm, tree

    seed, depth = int(rng.integers(2**31)), int(rng.integers(2, 16))
    if kind == "forest":
        make = ensemble.RandomForestClassifier if is_class else ensemble.RandomForestRegressor
        return make(n_estimators=int(rng.integers(20, 100)), max_depth=depth, random_state=seed)
    if kind == "tree":
        make = tree.DecisionTreeClassifier if is_class else tree.DecisionTreeRegressor
        return make(max_depth=depth, random_state=seed)
    if kind == "perceptron":
        make = neural_network.MLPClassifier if is_class else neural_network.MLPRegressor
        return make(hidden_layer_sizes=(int(rng.integers(8, 65)),), max_iter=100, random_state=seed)
    if kind == "svm":
        return (svm.SVC if is_class else svm.SVR)(C=float(10 ** rng.uniform(-1, 2)))
    make = ensemble.HistGradientBoostingClassifier if is_class else ensemble.HistGradientBoostingRegressor
    return make(max_iter=int(rng.integers(20, 100)), max_depth=depth, early_stopping=False, random_state=seed)


def _sample_mixture(mixture: Any, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``n`` points; scikit-learn's own ``sample`` would restart its stream at every call."""
    component = rng.choice(len(mixture.weights_), size=n, p=mixture.weights_ / mixture.weights_.sum())
    noise = rng.standard_normal((n, mixture.means_.shape[1]))
    kind, covariances = mixture.covariance_type, mixture.covariances_
    if kind == "full":
        roots = np.linalg.cholesky(covariances)
        noise = np.einsum("nij,nj->ni", roots[component], noise)
    elif kind == "tied":
        noise = noise @ np.linalg.cholesky(covariances).T
    else:
        spread = np.sqrt(covariances)[component]
        noise = noise * (spread if kind == "diag" else spread[:, None])
    return mixture.means_[component] + noise
