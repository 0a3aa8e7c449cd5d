"""The paper's comparisons in log loss, the score that chooses the step: as shares, as it is, and by halves."""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol.halves import CONFIRMING, FIRST_CHOICE, TUNING
from benchmarks.protocol.tables import DATASETS
from benchmarks.report.comparison import against, bootstrap_interval
from benchmarks.report.gains import by_dataset, normalised, paired
from benchmarks.report.results import RUN

__all__ = ["DEFAULT", "MIXED", "NEARLY_ALL", "UNTUNED", "by_half", "in_log_loss", "in_nats"]

#: Labels of the methods that the questions are about.
UNTUNED, DEFAULT, MIXED = "untuned", "default", "causalmix"
#: Share of the runs that a method must have to be in the main tables, which are of the runs that all have.
NEARLY_ALL = 0.95
#: Tables that are named because they move a mean most.
LARGEST = 4


def in_log_loss(rows: pd.DataFrame, labels: list[str]) -> list:
    """The same comparisons in the score that chooses the step, controls too: what is lost less, in %."""
    saved = normalised(rows, score="log_loss", sign=-1)
    full, _ = paired(saved, NEARLY_ALL)
    parts: list = [
        "## In log loss",
        "(1 - log loss / the untuned model's) x 100 %, above zero is better; means over the folds of a data set, "
        "wins, ties and losses over data sets. Controls take part where they have the runs.",
    ]
    for other in (UNTUNED, DEFAULT):
        if other in labels and len(full):
            parts += [f"Against {other}, over {len(full)} runs:", against(full, other)]
    others = [label for label in saved if label not in labels]
    if MIXED in labels and others:
        parts += [f"All others against {MIXED}, on the runs that both have:", against(saved[[MIXED, *others]], MIXED)]
    return parts


def in_nats(rows: pd.DataFrame) -> list:
    """Log losses as they are: a mean of shares weighs tables most whose untuned log loss is small."""
    wide, _ = paired(rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False), NEARLY_ALL)
    if DEFAULT not in wide or not len(wide):
        return []
    means = by_dataset(wide)
    less = means.sub(means[DEFAULT], axis=0).drop(columns=DEFAULT)
    ends = [bootstrap_interval(less[label].to_numpy()) for label in less]
    table = pd.DataFrame(
        {
            "mean log loss": means.mean(),
            "mean difference": less.mean(),
            "95 % low": pd.Series([low for low, _ in ends], list(less), dtype=float),
            "95 % high": pd.Series([high for _, high in ends], list(less), dtype=float),
            "median difference": less.median(),
        }
    ).loc[list(means)]
    parts: list = [
        f"Log loss as it is, and less {DEFAULT}'s, below zero is better: means and medians over tables, folds "
        "averaged first. Shares of the untuned model's weigh a table the more, the less it loses.",
        table.round(4).to_markdown(),
    ]
    if MIXED in less:
        largest = less[MIXED].sort_values(key=abs, ascending=False)[:LARGEST]
        named = ", ".join(f"{name} {value:+.3f}" for name, value in largest.items())
        parts.append(f"Tables on which {MIXED} is farthest from {DEFAULT}: {named}.")
    return parts


def by_half(rows: pd.DataFrame) -> list:
    """CausalMixFT against default by halves of the tables, and on those that the first ablation did not have."""
    scores = {"ROC-AUC": normalised(rows), "log loss": normalised(rows, score="log_loss", sign=-1)}
    found = {}
    untouched = [name for name in DATASETS if name not in FIRST_CHOICE]
    for half, tables in (("tuning half", TUNING), ("confirming half", CONFIRMING), ("not of the ablation", untouched)):
        for name, gain in scores.items():
            if not {MIXED, DEFAULT} <= set(gain):
                continue
            here = gain.loc[gain.index.get_level_values(0).isin(tables), [MIXED, DEFAULT]].dropna()
            if len(here):
                found[f"{half}, {name}"] = against(here, DEFAULT).loc[MIXED].drop("p (Holm)")
    if not found:
        return []
    text = (
        f"{MIXED} less {DEFAULT} on the half of the tables on which ideas were tried, and on the other one: gains over "
        "the untuned model in %, means of folds. The bundled weights were chosen by scores on both halves. Learning "
        "rate, share and place of mixing were first chosen, with earlier weights, by an ablation on 20 of the tables, "
        "11 of them in the confirming half; the last rows are of the other 13, looked at when all scores were known."
    )
    return ["## By halves", text, pd.DataFrame(found).T.infer_objects()]
