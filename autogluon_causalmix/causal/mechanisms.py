"""Lean regressors and classifiers for the mechanisms ``X := f(parents) + N`` of an SCM.

They have the interface of DoWhy's ``PredictionModel`` and ``ClassificationModel`` (``fit``,
``predict`` or ``predict_probabilities``, ``classes``, ``clone``) but read float codes directly:
DoWhy's own wrappers re-encode every parent on every call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["MECHANISMS", "Classifier", "Regressor"]

MECHANISMS = ("tree", "ridge", "boosting")


#: Folds by which a tree's leaves are chosen, and the fewest rows that are worth cutting into them.
FOLDS, LEAST_TO_FOLD = 3, 20


def _leaf_sizes(n_rows: int) -> list[int]:
    """Fewest rows of a leaf that are tried, largest first: a tie is decided for the plainer mechanism."""
    return sorted({max(3, n_rows // 100), max(7, n_rows // 20), max(15, n_rows // 5)})[::-1]


def _best_leaf(n_rows: int, seed: int, loss: Callable[[int, np.ndarray, np.ndarray], float]) -> int:
    """Leaf size whose trees foretell held-out rows best.

    Small leaves learn the noise as if the parents caused it: the rows' dependence is then stronger than the
    table's, and little noise is left to intervene on.

    Parameters
    ----------
    loss
        Of a leaf size, the rows ``(n_rows,)`` to learn from and those held out, both boolean.
    """
    sizes = _leaf_sizes(n_rows)
    if n_rows < LEAST_TO_FOLD:
        return sizes[-1]
    fold = np.random.default_rng(seed).permutation(n_rows) % FOLDS
    return min(sizes, key=lambda size: sum(loss(size, fold != k, fold == k) for k in range(FOLDS)))


class _Parents:
    """Turns parents' codes into a design matrix: indicators for categories where the model is linear."""

    def __init__(self, levels: list[int], linear: bool) -> None:
        self.levels, self.linear = levels, linear

    def design(self, X: np.ndarray) -> np.ndarray:
        X = np.asarray(X, dtype=np.float64)
        if not self.linear:
            return X
        parts = []
        for j, n_levels in enumerate(self.levels):
            column = X[:, [j]]
            parts.append((column == np.arange(n_levels)).astype(np.float64) if n_levels else column)
        return np.concatenate(parts, axis=1)


class Regressor:
    """``f`` of an additive noise model, on normal scores.

    Parameters
    ----------
    mechanism
        One of `MECHANISMS`.
    levels
        Number of categories of every parent, 0 for numeric ones.
    leaf
        Fewest rows of a tree's leaf; None has them chosen (`_best_leaf`), and is what was chosen after a fit.
    """

    def __init__(self, mechanism: str, levels: list[int], seed: int = 0, leaf: int | None = None) -> None:
        self.mechanism, self.levels, self.seed, self.leaf = mechanism, levels, seed, leaf
        self._parents = _Parents(levels, linear=mechanism == "ridge")
        self._model: Any = None

    def fit(self, X: np.ndarray, Y: np.ndarray) -> None:
        """Fit to parents ``(n, k)`` and values ``(n, 1)``."""
        design, y = self._parents.design(X), np.asarray(Y, dtype=np.float64).ravel()
        if self.mechanism == "ridge":
            from sklearn.linear_model import Ridge

            self._model = Ridge(alpha=1.0)
        elif self.mechanism == "tree":
            from sklearn.tree import DecisionTreeRegressor

            def tree(leaf: int) -> DecisionTreeRegressor:
                return DecisionTreeRegressor(min_samples_leaf=leaf, random_state=self.seed)

            exact = design.astype(np.float32)  # what trees read, so that no fit need check it again

            def loss(leaf: int, kept: np.ndarray, held_out: np.ndarray) -> float:
                model = tree(leaf).fit(exact[kept], y[kept], check_input=False)
                return float(((model.predict(exact[held_out], check_input=False) - y[held_out]) ** 2).sum())

            self.leaf = self.leaf or _best_leaf(len(y), self.seed, loss)
            self._model = tree(self.leaf)
        else:
            from sklearn.ensemble import HistGradientBoostingRegressor

            self._model = HistGradientBoostingRegressor(max_iter=50, early_stopping=False, random_state=self.seed)
        self._model.fit(design, y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predict values ``(n, 1)``."""
        return self._model.predict(self._parents.design(X)).reshape(-1, 1)

    def clone(self) -> Regressor:
        """Return an unfitted copy."""
        return Regressor(self.mechanism, self.levels, self.seed, self.leaf)


class Classifier:
    """Probabilities of a categorical node's categories, smoothed towards their shares.

    ``classes`` are all ``n_levels`` codes as strings, seen or not, so that a category missing from
    the rows has a (small) probability instead of an error.
    """

    #: Rows' worth of the categories' shares beside a leaf's rows, or beside all of them where there are no leaves.
    SMOOTHING = 1.0

    def __init__(
        self, mechanism: str, levels: list[int], n_levels: int, seed: int = 0, leaf: int | None = None
    ) -> None:
        self.mechanism, self.levels, self.n_levels, self.seed, self.leaf = mechanism, levels, n_levels, seed, leaf
        self.classes = [str(code) for code in range(n_levels)]
        self._parents = _Parents(levels, linear=mechanism == "ridge")
        self._model: Any = None

    def fit(self, X: np.ndarray, Y: np.ndarray) -> None:
        """Fit to parents ``(n, k)`` and category codes ``(n, 1)`` written as strings."""
        y = np.asarray(Y).ravel().astype(np.int64)
        counts = np.bincount(y, minlength=self.n_levels)
        self._shares, self._n_rows, design = counts / counts.sum(), len(y), self._parents.design(X)
        self._seen = np.flatnonzero(counts)
        if len(self._seen) == 1:
            self._model = None
            return
        if self.mechanism == "ridge":
            from sklearn.linear_model import LogisticRegression

            self._model = LogisticRegression(C=1.0, max_iter=200)
        elif self.mechanism == "tree":
            from sklearn.tree import DecisionTreeClassifier

            def tree(leaf: int) -> DecisionTreeClassifier:
                return DecisionTreeClassifier(min_samples_leaf=leaf, random_state=self.seed)

            exact = design.astype(np.float32)  # what trees read, so that no fit need check it again

            def loss(leaf: int, kept: np.ndarray, held_out: np.ndarray) -> float:
                model = tree(leaf).fit(exact[kept], y[kept], check_input=False)
                chances = self._smoothed(model, exact[held_out])
                return -float(np.log(chances[np.arange(len(chances)), y[held_out]]).sum())

            self.leaf = self.leaf or _best_leaf(len(y), self.seed, loss)
            self._model = tree(self.leaf)
        else:
            from sklearn.ensemble import HistGradientBoostingClassifier

            self._model = HistGradientBoostingClassifier(max_iter=50, early_stopping=False, random_state=self.seed)
        self._model.fit(design, y)

    def predict_probabilities(self, X: np.ndarray) -> np.ndarray:
        """Probabilities ``(n, n_levels)``; rows sum to 1."""
        if self._model is None:
            return np.tile(self._shares, (len(X), 1))
        return self._smoothed(self._model, self._parents.design(X))

    def _smoothed(self, model: Any, design: np.ndarray) -> np.ndarray:
        probabilities = np.zeros((len(design), self.n_levels))
        seen, rows = model.classes_.astype(np.int64), self._n_rows
        if self.mechanism == "tree":
            leaf = model.apply(design.astype(np.float32, copy=False), check_input=False)
            probabilities[:, seen] = model.tree_.value[leaf, 0]
            rows = model.tree_.n_node_samples[leaf][:, None]
        else:
            probabilities[:, seen] = model.predict_proba(design)
        weight = self.SMOOTHING / (self.SMOOTHING + rows)
        mixed = (1 - weight) * probabilities + weight * self._shares
        return mixed / mixed.sum(axis=1, keepdims=True)

    def clone(self) -> Classifier:
        """Return an unfitted copy."""
        return Classifier(self.mechanism, self.levels, self.n_levels, self.seed, self.leaf)
