"""Figures of the reports; the writer saves them beside the text."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "box_plot", "critical_difference", "forest", "reliability"]

#: Fewer data sets than this have no critical difference worth a diagram.
FEWEST_SETS = 6


@dataclass(frozen=True)
class Picture:
    """A figure in a report: the name of its file, and what it shows."""

    name: str
    figure: Figure
    caption: str


def critical_difference(means: pd.DataFrame) -> tuple[Picture | None, str]:
    """Friedman's test and Nemenyi's critical difference of means ``(datasets, methods)``, higher is better.

    Returns
    -------
    The diagram (None where there are too few methods or data sets) and a sentence.
    """
    if means.shape[0] < FEWEST_SETS or means.shape[1] < 3:
        return None, f"No critical difference: {means.shape[0]} data sets and {means.shape[1]} methods are too few."
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from autorank import autorank, plot_stats

    with warnings.catch_warnings():  # of its tests for normality, which are not used
        warnings.simplefilter("ignore")
        ranked = autorank(means.reset_index(drop=True), alpha=0.05, order="descending", force_mode="nonparametric")
    figure = plt.figure(figsize=(8, 0.8 + 0.3 * means.shape[1]))
    axes = figure.subplots()
    plot_stats(ranked, ax=axes, allow_insignificant=True)
    plt.close(figure)
    sentence = (
        f"Friedman's test over {means.shape[0]} data sets: p = {ranked.pvalue:.3g}. Average ranks that differ by less "
        f"than {ranked.cd:.2f} (Nemenyi, .05) cannot be told apart."
    )
    return Picture("ranks.png", figure, "Average ranks; a bar joins methods that cannot be told apart."), sentence


def box_plot(gain: pd.DataFrame, name: str = "gains.png") -> Picture:
    """Gains in % by method over runs; the axis ends at the 1st and the 99th percentile."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.8 + 0.35 * gain.shape[1]), layout="constrained")
    axes = figure.subplots()
    order = list(gain.columns[::-1])
    axes.boxplot([gain[label] for label in order], orientation="horizontal", tick_labels=order, showfliers=False)
    axes.axvline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel("test ROC-AUC against the untuned model, %")
    return Picture(name, figure, "Gains over runs: quartiles, and whiskers at 1.5 times their distance.")


def reliability(rows: pd.DataFrame, labels: list[str]) -> Picture:
    """Share of right rows by the predicted class's probability, all runs of a method together."""
    from matplotlib.figure import Figure

    columns = 4
    figure = Figure(figsize=(9, 2.4 * -(-len(labels) // columns)), layout="constrained")
    grid = figure.subplots(-(-len(labels) // columns), columns, squeeze=False, sharex=True, sharey=True)
    for axes, label in zip(grid.flat, labels, strict=False):
        bins = list(rows.loc[rows["label"] == label, "reliability"])
        n, confidence, correct = (np.array([run[key] for run in bins], float) for key in ("n", "confidence", "correct"))
        total = n.sum(axis=0)
        known = total > 0
        x, y = ((n * part).sum(axis=0)[known] / total[known] for part in (confidence, correct))
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8)
        axes.plot(x, y, "o-", markersize=3, linewidth=1)
        axes.set_title(label, fontsize=9)
    for axes in list(grid.flat)[len(labels) :]:
        axes.axis("off")
    figure.supxlabel("probability of the predicted class", fontsize=9)
    figure.supylabel("share of right rows", fontsize=9)
    return Picture("reliability.png", figure, "Calibration: on the line, probabilities are frequencies.")


def forest(tables: dict[str, pd.DataFrame]) -> Picture:
    """Correlations of fidelity with the gain and their intervals, a panel for each statistic.

    ``tables`` holds what `relation.correlations` returned, by family of methods.
    """
    from matplotlib.figure import Figure

    kinds = ["over data sets", "over generators", "jointly"]
    measures = list(dict.fromkeys(next(iter(tables.values()))["measure"]))
    figure = Figure(figsize=(9, 1.2 + 0.45 * len(measures)), layout="constrained")
    for axes, kind in zip(figure.subplots(1, len(kinds), sharey=True), kinds, strict=True):
        for k, (family, table) in enumerate(tables.items()):
            part = table[table["statistic"] == kind].set_index("measure").reindex(measures)
            at = np.arange(len(measures))[::-1] + 0.15 * (1 - 2 * k)
            axes.hlines(at, part["low"], part["high"], color=f"C{k}", linewidth=1)
            axes.plot(part["value"], at, "o", color=f"C{k}", markersize=4, label=family)
        axes.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        axes.set_yticks(np.arange(len(measures))[::-1], measures)
        axes.set_title(kind, fontsize=9)
    axes.legend(fontsize=7, loc="best")
    figure.supxlabel("rank correlation with the gain (right: faithful rows gain more)", fontsize=9)
    return Picture("fidelity.png", figure, "Fidelity against gain; 95 % intervals from a bootstrap over data sets.")
