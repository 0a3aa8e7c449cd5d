"""How well synthetic rows pass for real ones."""

from __future__ import annotations

import numpy as np

__all__ = ["two_sample_auc"]

#: More rows make the interval narrower than anything a mix ratio could use.
MAX_ROWS = 500


def two_sample_auc(real: np.ndarray, synthetic: np.ndarray, rng: np.random.Generator) -> float | None:
    """Cross-validated ROC-AUC of a forest that tells synthetic rows from real ones.

    Parameters
    ----------
    real, synthetic
        Values ``(n, n_columns)`` of a typed table, NaN for missing; equal numbers are used.
        Real rows should be rows that the generator has not seen.

    Returns
    -------
    .5 where the two cannot be told apart, 1 where every row can; None for fewer than 10 rows.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    n = min(len(real), len(synthetic), MAX_ROWS)
    if n < 10:
        return None
    rows = np.concatenate(
        (real[rng.choice(len(real), n, replace=False)], synthetic[rng.choice(len(synthetic), n, replace=False)])
    )
    finite = np.where(np.isfinite(rows), rows, np.nan)
    low = np.nanmin(finite, axis=0, initial=0.0, where=np.isfinite(finite)) - 1.0
    rows = np.where(np.isnan(rows), low, np.clip(rows, -1e30, 1e30))
    label = np.repeat([0, 1], n)
    forest = RandomForestClassifier(100, min_samples_leaf=2, random_state=int(rng.integers(2**31)), n_jobs=1)
    folds = StratifiedKFold(3, shuffle=True, random_state=int(rng.integers(2**31)))
    chance = cross_val_predict(forest, rows, label, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(label, chance))
