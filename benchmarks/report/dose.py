"""Body of the study of dose and response: paired gains by method and size, fidelity beside them, and how they go along.

A simulated model counts once: its folds are averaged before anything else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.report.comparison import bootstrap_interval
from benchmarks.report.dose_answers import (
    ASKED,
    BESIDE_WRONG,
    PRIMARY,
    WRONG_AT,
    answers,
    beside_wrong,
    confirmed,
    table_of_gains,
)
from benchmarks.report.figures import Picture
from benchmarks.report.results import Results
from benchmarks.report.shift_runs import compare, rounded

__all__ = ["DAMAGED", "body", "gain_by_model", "last_step", "paired_gains", "response", "summarise"]

BASELINE = "untuned"
#: Score, and the sign that makes a difference a gain.
SCORES = {"log_loss": -1, "auc": 1}
#: Figures of the rows' fidelity; the sign that makes more better.
FIDELITY = {"two_sample_auc": -1, "association_distance": -1, "usefulness": 1}
#: Methods whose rows come from the truth, or from the true graph with damage that was done on purpose.
DAMAGED = (
    "true SCM",
    "true graph",
    "25 % of edges dropped",
    "50 % of edges dropped",
    "all edges dropped",
    "reversed edges",
    "permuted columns",
)
#: The least and the most faithful of them: without these two, do those between still gain by their fidelity?
EXTREMES = ("true SCM", "all edges dropped")
#: Columns of the fidelity, and where each was measured.
MEASURED = {"fidelity_on_test": "on test rows", "fidelity": "as a fit reports it"}
#: Rows that are real ones again: by two-sample ROC-AUC none are closer, and they tell nothing new.
COPIES = "bootstrap"
#: First less second, with the same rows: what knowing the truth, the graph, its directions and any edge is worth.
PAIRS = (
    ("true SCM", "no synthetic rows"),
    ("true SCM", "true graph"),
    ("true SCM", "discovered graph"),
    ("true graph", "discovered graph"),
    ("true graph", "reversed edges"),
    ("true graph", "all edges dropped"),
    ("true graph", "copula"),
    ("reversed edges", "all edges dropped"),
    ("reversed edges", "copula"),
    ("discovered graph", "reversed edges"),
    ("copula", "all edges dropped"),
    ("discovered graph", "all edges dropped"),
    ("discovered graph", "copula"),
    ("discovered graph", "bootstrap"),
    ("discovered graph", "no synthetic rows"),
)
#: Fewer methods than this in a model have no order worth correlating.
FEWEST_METHODS = 4


def gain_by_model(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Gains over the untuned model, (size, model) x method, mean of the folds; runs that every method has.

    The gain is in the score's own units, and positive where the method is better.
    """
    wide = rows.pivot_table(index=["rows", "dataset", "fold"], columns="label", values=score, sort=False).dropna()
    wide = wide[[label for label in dict.fromkeys(rows["label"]) if label in wide]]
    gain = wide.sub(wide[BASELINE], axis=0) * SCORES[score]
    return gain.drop(columns=BASELINE).groupby(["rows", "dataset"], sort=False).mean()


def summarise(rows: pd.DataFrame, size: int) -> pd.DataFrame:
    """A row per method at one size: mean gains with their 95 % intervals over models, and its rows' fidelity."""
    some = rows[rows["rows"] == size]
    columns: dict[str, pd.Series] = {}
    for score, name in (("log_loss", "log loss"), ("auc", "ROC-AUC")):
        gain = gain_by_model(some, score)
        ends = {label: bootstrap_interval(gain[label].to_numpy()) for label in gain}
        columns[f"{name} gain"] = gain.mean()
        columns[f"{name} low"] = pd.Series({label: low for label, (low, _) in ends.items()})
        columns[f"{name} high"] = pd.Series({label: high for label, (_, high) in ends.items()})
        columns["models"] = gain.count()
    figures = _fidelity(some).groupby("label", sort=False)[list(FIDELITY)].mean()
    return pd.DataFrame(columns).join(figures)


def response(rows: pd.DataFrame, measured: str = "fidelity_on_test") -> pd.DataFrame:
    """Within a model and size, the rank correlation over methods of the rows' fidelity with the gain in log loss.

    Parameters
    ----------
    measured
        Column of the fidelity: on the test rows, or "fidelity", the fit's own, on rows that a user has.

    Returns
    -------
    A row per size and figure of `FIDELITY`: methods, models, the mean of the correlations, and its 95 % interval over
    models. Positive: more faithful rows gain more. Only methods with a fidelity count.
    """
    gains = pd.concat([gain_by_model(some, "log_loss").stack() for _, some in rows.groupby("rows")]).rename("gain")
    told = _fidelity(rows, measured).groupby(["rows", "dataset", "label"])[list(FIDELITY)].mean()
    both = pd.concat([gains, told], axis=1, join="inner")
    found: dict[tuple[int, str], list[float]] = {}
    kinds: dict[tuple[int, str], int] = {}
    for (size, _), part in both.groupby(level=[0, 1], sort=False):
        for name, sign in FIDELITY.items():
            known = part.dropna(subset=["gain", name])
            if len(known) >= FEWEST_METHODS and known["gain"].nunique() > 1 and known[name].nunique() > 1:
                value = sign * known[name].corr(known["gain"], method="spearman")
                found.setdefault((int(size), name), []).append(float(value))
                kinds[int(size), name] = max(kinds.get((int(size), name), 0), len(known))
    table = []
    for (size, name), values in found.items():
        low, high = bootstrap_interval(np.array(values))
        about = {"rows": size, "fidelity": name, "methods": kinds[size, name], "models": len(values)}
        about["mean correlation"] = np.mean(values)
        table.append(about | {"95 % low": low, "95 % high": high})
    return pd.DataFrame(table)


def paired_gains(rows: pd.DataFrame, size: int) -> pd.DataFrame:
    """A row for each of `PAIRS` at one size: the first's gain in log loss less the second's, over models."""
    loss = -gain_by_model(rows[rows["rows"] == size], "log_loss").droplevel(0)
    frame = table_of_gains(
        ({"pair": f"{first} less {second}"}, compare(loss, first, second)) for first, second in PAIRS
    )
    return frame.set_index("pair").rename_axis(None) if len(frame) else frame


def last_step(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop in test log loss from a fit's start to the last step that it took, method x size.

    No step is chosen by validation rows here. Folds are averaged within a model, then models; only runs that
    every method with steps, of a size, has.
    """
    fits = rows[rows["steps"].map(lambda value: isinstance(value, dict))]
    losses = fits["steps"].map(lambda steps: steps["test_log_loss"])
    fits = fits.assign(drop=losses.map(lambda loss: loss[0] - loss[-1]).astype(float))
    sizes = {}
    for size, some in fits.groupby("rows"):
        wide = some.pivot_table(index=["dataset", "fold"], columns="label", values="drop", sort=False).dropna()
        sizes[size] = wide.groupby("dataset", sort=False).mean().mean()
    table = pd.DataFrame(sizes).rename_axis(index="label", columns="rows")
    return table.reindex([label for label in dict.fromkeys(fits["label"]) if label in table.index])


def body(results: Results) -> list:
    """Gains and fidelity by size, the figure, and whether more faithful rows gain more within a model."""
    rows = results.good
    second = rows[rows["label"].isin((BASELINE, *PRIMARY)) & (rows["fold"] == 1)]
    wrong = rows[rows["label"].isin((BASELINE, *BESIDE_WRONG)) & (rows["rows"] == WRONG_AT)]
    wrong = [some for _, some in wrong.groupby("fold") if BASELINE in set(some["label"])]
    rows = _whole_folds(rows)
    if BASELINE not in set(rows["label"]):
        return ["No row of the method 'untuned', which the others are compared with."]
    parts: list = [
        *answers(gain_by_model(rows[rows["label"].isin((BASELINE, *ASKED)) & (rows["fold"] == 0)], "log_loss")),
        *(confirmed(gain_by_model(second, "log_loss")) if len(second) else []),
        *(beside_wrong(*(gain_by_model(some, "log_loss") for some in wrong)) if len(wrong) == 2 else []),
        "Gains over the untuned model on the same test rows, positive where the method is better: the drop in log "
        "loss and the rise in ROC-AUC (macro one-vs-rest), each model's folds averaged, then the mean over models "
        "with its 95 % bootstrap interval over models. Fidelity is that of the method's rows against test rows: "
        "two_sample_auc .5 is best, association_distance 0 is best, usefulness higher is better.",
    ]
    tables = {}
    for size in sorted(rows["rows"].unique()):
        if len(gain_by_model(rows[rows["rows"] == size], "log_loss")):
            tables[int(size)] = summarise(rows, size)
            parts += [f"**{size} training and validation rows**", tables[int(size)].round(4).to_markdown()]
            pairs = paired_gains(rows, size)
            if len(pairs):
                parts += [
                    "One method's drop in log loss less another's, over models; Wilcoxon's test, Holm's correction "
                    "over the table. Chosen when the gains at 200 rows, with an earlier engine, were known.",
                    rounded(pairs),
                ]
    if not tables:
        return ["No run that every method has."]
    parts.append(_figure(tables))
    parts += [
        "Without a choice among the steps: the drop in log loss from a fit's start to the last step that it took, on "
        "the test rows that steps are scored on. Each fit starts from the untuned model with its own support.",
        last_step(rows).round(4).to_markdown(),
    ]
    damaged = rows[rows["label"].isin((BASELINE, *DAMAGED))]
    between = damaged[~damaged["label"].isin(EXTREMES)]
    everywhere = rows[rows.groupby("label")["rows"].transform("nunique") == rows["rows"].nunique()]
    which_rows = (
        ("the truth and what was damaged on purpose", damaged),
        (f"these without {' and '.join(EXTREMES)}", between),
        ("all synthetic rows", rows),
        ("all but copies of real ones", rows[rows["label"] != COPIES]),
        ("the kinds that every size has", everywhere),
    )
    for which, some in which_rows:
        for measured, where in MEASURED.items():
            found = response(some, measured) if measured in some else []
            if len(found):
                parts += [
                    f"Do more faithful rows gain more? Rank correlation over methods, {which}, within a model, of "
                    f"fidelity {where} with the gain in log loss, above zero if more faithful rows gain more (a lower "
                    "two-sample ROC-AUC and distance, a higher usefulness); mean and interval over models:",
                    found.round(3).to_markdown(index=False),
                ]
    return parts


def _whole_folds(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the folds in which a size has all of its methods: others would be counted for some methods alone."""
    methods = rows.groupby("rows")["label"].transform("nunique")
    return rows[rows.groupby(["rows", "fold"])["label"].transform("nunique") == methods]


def _fidelity(rows: pd.DataFrame, measured: str = "fidelity_on_test") -> pd.DataFrame:
    """Rows of methods with synthetic rows, with columns of `FIDELITY`."""
    some = rows[rows[measured].map(lambda value: isinstance(value, dict))]
    figures = {name: [found.get(name) for found in some[measured]] for name in FIDELITY}
    return some.assign(**{name: pd.Series(values, some.index, dtype=float) for name, values in figures.items()})


def _figure(tables: dict[int, pd.DataFrame]) -> Picture:
    """Gain in log loss by method with its interval, a panel for each size."""
    from matplotlib.figure import Figure

    labels = list(next(iter(tables.values())).index)
    figure = Figure(figsize=(3 + 2.2 * len(tables), 1.2 + 0.3 * len(labels)), layout="constrained")
    at = np.arange(len(labels))[::-1]
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    for axes, (size, table) in zip(panels, tables.items(), strict=True):
        part = table.reindex(labels)
        axes.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        axes.hlines(at, part["log loss low"], part["log loss high"], color="C0", linewidth=1.2)
        axes.plot(part["log loss gain"], at, "o", color="C0", markersize=4)
        axes.set_yticks(at, labels)
        axes.set_title(f"{size} rows", fontsize=9)
    figure.supxlabel("drop in log loss against the untuned model (right is better)", fontsize=9)
    return Picture("dose.png", figure, "Dose and response: mean gain over models, 95 % intervals.")
