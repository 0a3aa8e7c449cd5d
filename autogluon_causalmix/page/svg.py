"""Matplotlib's pictures as SVG in the page's own colours, so that they follow its light and dark scheme."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["picture"]

#: Colours that stand for the page's until the picture is drawn.
COLOURS = {"text": "#010203", "line": "#010204", "mark": "#010205"}
#: Inches: as wide as a phone shows without making the text smaller.
WIDTH = 4.4
#: Of the file's head and of matplotlib's styles for a whole document, nothing is needed inside a page.
NOT_NEEDED = re.compile(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>|<!--.*?-->", re.S)


def picture(draw: Callable[..., Any], folds: Mapping[str, Any], label: str, height: float, **roles: str) -> str:
    """Return what ``draw(folds, ax=axis, **colours)`` draws, as an ``<svg>`` element.

    Parameters
    ----------
    label
        What is read out in the picture's place; different for every picture of a page.
    height
        In inches.
    roles
        Names of `COLOURS` by the names of the drawing function's parameters.
    """
    from markupsafe import escape
    from matplotlib import style
    from matplotlib.figure import Figure

    text = COLOURS["text"]
    names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    chosen = {"svg.fonttype": "none", "svg.hashsalt": label, "font.size": 9.5, "axes.facecolor": "none"}
    with style.context(["default", dict.fromkeys(names, text) | chosen]):
        figure = Figure(figsize=(WIDTH, height), layout="constrained", facecolor="none")
        draw(folds, ax=figure.add_subplot(), **{name: COLOURS[role] for name, role in roles.items()})
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    drawn = NOT_NEEDED.sub("", file.getvalue())
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r'<g id="[^"]*">', "<g>", drawn)  # the same in every picture
    drawn = drawn.replace("xlink:href", "href")
    drawn = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", drawn)
    for role, colour in COLOURS.items():
        drawn = drawn.replace(colour, f"var(--{role})")
    box = re.search(r'viewBox="[^"]*"', drawn)[0]
    opened = f'<svg {box} role="img" aria-label="{escape(label)}">'
    return re.sub(r"<svg[^>]*>", lambda _: opened, drawn, count=1).strip()  # a label may hold backslashes
