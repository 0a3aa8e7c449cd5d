"""Rows of a study as its cells would leave them, with effects that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

FIDELITY = ("two_sample_auc", "marginal_distance", "association_distance", "usefulness", "closer_to_training")
NOTHING = [0.0] * 9
#: A hundred test rows of the highest bin, nine of ten right.
BINS = {"n": [0] * 9 + [100], "confidence": [*NOTHING, 0.95], "correct": [*NOTHING, 0.9], "error": 0.05}


def row(dataset, fold, label, auc, *, mix_ratio=0.0, faithful=None, steps=None, kept=0, **more):
    """One measured cell; ``faithful`` in [0, 1] turns all figures of fidelity at once."""
    fidelity = None
    if faithful is not None:
        fidelity = dict.fromkeys(FIDELITY, 1 - faithful) | {"usefulness": faithful}
    return {
        "label": label,
        "dataset": dataset,
        "fold": fold,
        "rows": 200,
        "status": "ok",
        "error": None,
        "version": "0+test",
        "machine": None,
        "memory": {"peak_mb": 500.0},
        "auc": auc,
        "log_loss": 1 - auc,
        "reliability": BINS,
        "seconds": 2.0,
        "stages": {"fine-tuning": 1.5, "total": 2.0},
        "mix_ratio": mix_ratio,
        "kept": kept,
        "steps": steps,
        "fidelity_on_test": fidelity,
    } | more  # fmt: skip


def grid(effects, n_sets=33, folds=2, noise=0.05, seed=0, faithful=None, ratio=None):
    """Rows of untuned models and of methods whose normalised gain is ``effects[label]`` % plus noise.

    ``faithful(label, dataset, gain)`` gives a method's fidelity, ``ratio[label]`` its share of synthetic rows.
    """
    rng, rows = np.random.default_rng(seed), []
    for k in range(n_sets):
        for fold in range(folds):
            base = float(rng.uniform(0.6, 0.9))
            rows.append(row(f"set{k}", fold, "untuned", base))
            for label, effect in effects.items():
                gain = effect(k) if callable(effect) else effect
                gain += noise * rng.standard_normal()
                good = None if faithful is None else faithful(label, k, gain)
                mix_ratio = (ratio or {}).get(label, 0.5)
                rows.append(row(f"set{k}", fold, label, base * (1 + gain / 100), mix_ratio=mix_ratio, faithful=good))
    return pd.DataFrame(rows)
