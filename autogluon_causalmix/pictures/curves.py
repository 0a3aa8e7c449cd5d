"""A picture of fine-tuning: what every step changed on the validation rows, in every fold and member."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autogluon_causalmix.pictures.canvas import axis, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Curve", "curves", "draw_curves"]

#: A longer name of the score is broken: it stands beside the picture.
LETTERS = 32


class Curve(NamedTuple):
    """Validation scores ``(1 + steps,)`` of a member, lower is better, NaN where there is none; and the kept step."""

    name: str
    scores: np.ndarray
    kept: int


def curves(folds: Mapping[str, Mapping[str, Any]]) -> list[Curve]:
    """Return the curves of a model's folds and members that have validated anything after a step."""
    found = []
    for fold, report in folds.items():
        members = report["validation_scores"]
        for k, (scores, kept) in enumerate(zip(members, report["step_kept"], strict=True), start=1):
            values = np.array([np.nan if one is None else one for one in scores], dtype=float)
            if len(values) > 1 and np.isfinite(values[0]):
                member = f"member {k}" if len(members) > 1 else ""
                found.append(Curve(", ".join(filter(None, (fold, member))), values, kept))
    return found


def draw_curves(
    folds: Mapping[str, Mapping[str, Any]],
    path: str | Path | None = None,
    *,
    ax: Axes | None = None,
    line: str = "C0",
    mark: str = "C3",
) -> Axes:
    """Draw the change of the validation score since step 0, a line for each fold and member.

    Parameters
    ----------
    folds
        ``{fold: report}`` of one model.
    path
        Where to save the picture; the ending names the format.
    ax
        Where to draw; an axis of a new figure by default.
    line, mark
        Colours of the curves and of the kept steps.

    Returns
    -------
    matplotlib.axes.Axes
        The untuned model is the horizontal line at 0, so that folds can be compared; the kept steps are
        marked. Where there is more than one curve the thick one is their mean, as far as all go.
    """
    from matplotlib.ticker import MaxNLocator

    drawn = curves(folds)
    ax = axis(ax, path, 5.0, 3.2)
    name = next((report["validation_name"] for report in folds.values() if report["validation_name"]), "score")
    ax.set_xlabel("step")
    ax.set_ylabel("\n".join(textwrap.wrap(f"change in {name}", LETTERS)) + "\n(lower is better)")
    if not drawn:
        ax.text(0.5, 0.5, "no step was validated", ha="center", transform=ax.transAxes)
        return save(ax, path)
    changes = [one.scores - one.scores[0] for one in drawn]
    several = len(drawn) > 1
    ax.axhline(0, color=ax.xaxis.label.get_color(), lw=1, ls="--", label="untuned")
    for change in changes:
        ax.plot(change, color=line, lw=1, alpha=0.45 if several else 1)
    if several:
        length = min(map(len, changes))
        ax.plot(np.mean([change[:length] for change in changes], axis=0), color=line, lw=2.5, label="mean")
    kept = [(one.kept, change[one.kept]) for one, change in zip(drawn, changes, strict=True) if one.kept < len(change)]
    ax.plot(*zip(*kept, strict=True), "o", color=mark, ms=5, ls="", label="kept step", clip_on=False, zorder=5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(0, max(map(len, changes)) - 1)
    untuned = np.mean([one.scores[0] for one in drawn])
    ax.set_title(f"untuned: {untuned:.4g}" + (f", mean of {len(drawn)}" if several else ""), fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8)
    return save(ax, path)
