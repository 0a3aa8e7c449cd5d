"""The axis that a picture is drawn on, and the file that it is saved to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axis", "save"]


def axis(ax: Axes | None, path: str | Path | None, width: float, height: float) -> Axes:
    """Return ``ax``, or one of a new figure of so many inches.

    A new figure is pyplot's, which notebooks show by themselves, unless it is only made to be saved.
    """
    if ax is not None:
        return ax
    if path is None:
        from matplotlib import pyplot

        return pyplot.figure(figsize=(width, height), layout="constrained").add_subplot()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def save(ax: Axes, path: str | Path | None) -> Axes:
    """Save the axis' whole figure, making its folder, if there is a path; return the axis."""
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure = ax.figure
        while hasattr(figure, "figure") and figure.figure is not figure:  # a part of another figure
            figure = figure.figure
        figure.savefig(path, dpi=150)
    return ax
