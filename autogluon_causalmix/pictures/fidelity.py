"""A picture of how easily a classifier tells synthetic rows from real ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autogluon_causalmix.pictures.canvas import axis, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_fidelity"]

#: Names of more folds than this do not fit beside the intervals.
MAX_NAMES = 40


def draw_fidelity(
    folds: Mapping[str, Mapping[str, Any]],
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    mark: str = "C0",
) -> Axes:
    """Draw the two-sample ROC-AUC of every fold with its 95 % interval.

    Parameters
    ----------
    folds
        ``{fold: report}`` of one model.
    path
        Where to save the picture; the ending names the format.
    ax
        Where to draw; an axis of a new figure by default.
    mark
        Colour of the intervals.

    Returns
    -------
    matplotlib.axes.Axes
        At .5 (dashed) real and synthetic rows cannot be told apart, at 1 all of them can.
    """
    measured = {
        fold: report["fidelity"] for fold, report in folds.items() if (report["fidelity"] or {}).get("two_sample_auc")
    }
    ax = axis(ax, path, 5.0, 1.3 + 0.3 * min(len(measured), MAX_NAMES))
    ax.set_xlabel("two-sample ROC-AUC")
    if not measured:
        ax.set_yticks([])
        ax.text(0.5, 0.5, "fidelity was not measured", ha="center", transform=ax.transAxes)
        return save(ax, path)
    values, low, high = (
        [one[figure] for one in measured.values()] for figure in ("two_sample_auc", "two_sample_low", "two_sample_high")
    )
    rows = range(len(measured))
    ax.axvline(0.5, color=ax.xaxis.label.get_color(), lw=1, ls="--")
    ax.hlines(rows, low, high, color=mark, lw=2)
    ax.plot(values, rows, "o", color=mark, ms=6, ls="")
    named = [fold or "fit" for fold in measured]
    every = 1 + (len(named) - 1) // MAX_NAMES
    ax.set_yticks(list(rows)[::every], named[::every])
    ax.set_ylim(len(measured) - 0.5, -0.5)
    ax.set_xlim(min(0.45, *low) - 0.02, 1.02)
    ax.set_title(".5: cannot be told apart; 1: every row can", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    return save(ax, path)
