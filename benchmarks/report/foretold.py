"""Does fidelity foretell the gain? The paper's report asks it of real tables, beside both baselines."""

from __future__ import annotations

import pandas as pd

from benchmarks.report import figures
from benchmarks.report.log_losses import DEFAULT, NEARLY_ALL
from benchmarks.report.relation import correlations, pairs, sentence
from benchmarks.report.results import RUN

__all__ = ["foretold"]

HEAD = "## Does fidelity foretell the gain?"


def foretold(rows: pd.DataFrame, gain: pd.DataFrame) -> list:
    """Correlations with the gain over the untuned model, and with what mixing adds to default fine-tuning.

    Parameters
    ----------
    rows
        Runs of the paper's study and of its controls.
    gain
        Their gains in ROC-AUC over the untuned model by (dataset, fold) and label.
    """
    share = rows["mix_ratio"].astype(float)
    mixed = rows[(share > 0) & (share < 1)]
    families = {"mixed in": mixed, "purely synthetic": rows[share == 1]}
    frames = {name: pairs(part, gain) for name, part in families.items()}
    tables = {name: correlations(part) for name, part in frames.items() if part["label"].nunique() > 1}
    if not tables:
        return [HEAD, "Too few methods with measured rows to tell."]
    sentences = " ".join(f"{name.capitalize()}: {sentence(table)}" for name, table in tables.items())
    parts = [HEAD, sentences, figures.forest(tables)]
    for name, table in tables.items():
        parts += [
            f"{name.capitalize()}, rank correlations with the gain in ROC-AUC over the untuned model, "
            f"{_measured(frames[name], gain)}:",
            table.set_index("measure"),
        ]
    return [*parts, *_added(rows, mixed)]


def _added(rows: pd.DataFrame, mixed: pd.DataFrame) -> list:
    """Correlations with what mixing takes off default fine-tuning's log loss: all methods, and those with more folds.

    A gain over the untuned model is mostly that of fine-tuning itself.
    """
    loss = rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False)
    if DEFAULT not in loss:
        return []
    saved = -loss.sub(loss[DEFAULT], axis=0)
    runs = mixed.groupby("label").size()
    longest = mixed[mixed["label"].isin(runs.index[runs >= NEARLY_ALL * runs.max()])]
    families = {"Mixed in": mixed}
    if longest["label"].nunique() < runs.size:
        families["Those with most runs"] = longest
    parts: list = [
        "What mixing adds, log loss less that of default fine-tuning (positive: mixing gains). Asked for when all "
        "scores were known. Where usefulness goes with the gain but usefulness less that of real rows does not, it is "
        "the table that does: mixing adds more where real rows are useful, too."
    ]
    for name, part in families.items():
        frame = pairs(part, saved)
        if frame["label"].nunique() > 1:
            table = correlations(frame, brief=True)
            if len(table):
                parts += [f"{name}, {_measured(frame, saved)}: {sentence(table)}", table.set_index("measure")]
    return parts if len(parts) > 1 else []


def _measured(frame: pd.DataFrame, gain: pd.DataFrame) -> str:
    """How many methods the pairs are of, and the folds that all of these have."""
    labels = [label for label in gain if label in set(frame["label"])]
    runs = gain[labels].dropna().index
    return f"{len(labels)} methods, {runs.get_level_values('fold').nunique()} fold(s) that all have"
