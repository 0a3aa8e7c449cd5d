"""What if rows were mixed in only where that validates better than none? Told from runs that are there.

Two fine-tunings instead of one, of which the one with the lower validation loss is kept: the rows that choose the step
choose the method too, and tests play no part.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.report.comparison import against
from benchmarks.report.log_losses import DEFAULT, MIXED
from benchmarks.report.results import RUN

__all__ = ["TWINS", "by_validation", "choices"]

#: Rows that know no graph: what choosing between two fine-tunings gives anyway shows with them.
TWINS = ("copula", "jitter")


def choices(rows: pd.DataFrame) -> pd.DataFrame:
    """Per kind of rows, default or mixing, whichever validates better, against default and against always mixing."""
    if "validation_log_loss" not in rows:
        return pd.DataFrame()
    validation, tested, auc = (
        rows.pivot_table(index=RUN, columns="label", values=score, sort=False)
        for score in ("validation_log_loss", "log_loss", "auc")
    )
    found = {}
    for label in (MIXED, *TWINS):
        if not {label, DEFAULT} <= set(validation):
            continue
        both = validation[[DEFAULT, label]].dropna()
        mixed = (both[label] < both[DEFAULT]).to_numpy()
        for score, wide in (("log loss", -tested), ("ROC-AUC", auc)):
            here = wide.loc[both.index]
            kept = pd.Series(np.where(mixed, here[label], here[DEFAULT]), index=here.index)
            for other in (DEFAULT, label):
                pair = pd.DataFrame({"chosen": kept, other: here[other]})
                row = against(pair, other).loc["chosen"].drop("p (Holm)")
                found[f"{label} or none, less {'none' if other == DEFAULT else label}, {score}"] = pd.concat(
                    [pd.Series({"runs that mix": mixed.mean()}), row]
                )
    return pd.DataFrame(found).T.infer_objects().rename(columns={"mean difference %": "mean difference"})


def by_validation(rows: pd.DataFrame) -> list:
    """`choices` as a section of a report; nothing where none can be told."""
    table = choices(rows)
    if not len(table):
        return []
    text = (
        f"{DEFAULT} and mixing fine-tuned both, and the one kept whose validation log loss is lower, {DEFAULT} where "
        "neither is: twice the seconds. Log loss and ROC-AUC as they are, above zero is better; means of folds, tests "
        "over tables, uncorrected. With 200 rows this was looked at after all scores were known; with 500 it was "
        "written down before (`studies.paper_500`). In six views, with a margin, it is asked by `studies.kept_mixing`."
    )
    return ["## Mixing only where it validates better", text, table.round(4).to_markdown()]
