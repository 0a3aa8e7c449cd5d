"""How far the validation rows mislead the choice of the step; two readings, for the paper defines none.

(a) ``1 - Spearman(validation score, test score)`` over the steps of a run: 0 where validation orders the steps
as test rows do, 1 where it says nothing about them.
(b) ``|delta_validation - delta_test|`` of the kept step against step 0, in hundredths of ROC-AUC.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.report.results import RUN

__all__ = ["gaps", "steps_disagree"]


def steps_disagree(steps: dict[str, list] | Any, score: str) -> float:
    """Reading (a) for one run; NaN without steps, or where one of the scores never changes."""
    from scipy.stats import spearmanr

    if not isinstance(steps, dict):
        return float("nan")
    pair = np.array([steps[f"validation_{score}"], steps[f"test_{score}"]], dtype=float)
    pair = pair[:, np.isfinite(pair).all(axis=0)]
    if pair.shape[1] < 3 or (np.ptp(pair, axis=1) == 0).any():
        return float("nan")
    return float(1 - spearmanr(*pair).statistic)


def gaps(rows: pd.DataFrame, baseline: str = "untuned") -> pd.DataFrame:
    """Medians over runs by method: (a) by log loss, which chooses the step, and by ROC-AUC; (b)."""
    tuned = rows[rows["label"] != baseline]
    untuned = rows[rows["label"] == baseline].set_index(RUN)["auc"]
    frame = pd.DataFrame(
        {
            "label": tuned["label"],
            "(a) log loss": tuned["steps"].map(lambda steps: steps_disagree(steps, "log_loss")),
            "(a) ROC-AUC": tuned["steps"].map(lambda steps: steps_disagree(steps, "auc")),
        }
    )
    on_test = tuned["auc"].to_numpy() - untuned.reindex(pd.MultiIndex.from_frame(tuned[RUN])).to_numpy()
    on_validation = [_kept_less_first(s, k) for s, k in zip(tuned["steps"], tuned["kept"], strict=True)]
    frame["(b) x 100"] = 100 * np.abs(np.array(on_validation) - on_test)
    table = frame.groupby("label", sort=False).median()
    table["runs"] = frame.groupby("label").size()
    return table


def _kept_less_first(steps: Any, kept: Any) -> float:
    if not isinstance(steps, dict):
        return float("nan")
    scores = np.array(steps["validation_auc"], dtype=float)
    return float(scores[int(kept)] - scores[0])
