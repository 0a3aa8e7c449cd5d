"""Take the two screenshots of a fit report that the documentation shows.

    python -m tests.page.screenshots    # writes docs/images/report.png and docs/images/report_phone.png

The table is the American Community Survey's (openintro/acs12): 400 people, whether they have a disability.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from .browser import browser, why_not
from .fits import OPTIONS, fitted

IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: Colours of a palette: text and lines need no more, and a file is a third as large.
COLOURS = 128
GAP = 24


def take(page: Path, started: Any) -> None:
    """Write both pictures of a page: a wide window, and two screens of a phone at night."""
    wide = started.new_page(viewport={"width": 1240, "height": 1050}, color_scheme="light")
    wide.goto(page.as_uri())
    _scroll(wide, ".model h2")
    wide.hover('.node[data-name="age"]')
    _write([wide.screenshot()], IMAGES / "report.png")
    phone = started.new_page(viewport={"width": 360, "height": 760}, color_scheme="dark")
    phone.goto(page.as_uri())
    screens = [phone.screenshot()]
    _scroll(phone, "figure:has(.cards)")
    _write([*screens, phone.screenshot()], IMAGES / "report_phone.png")


def _scroll(page: Any, selector: str) -> None:
    page.evaluate(f"scrollTo(0, document.querySelector('{selector}').getBoundingClientRect().top + scrollY - 12)")


def _write(screens: list[bytes], path: Path) -> None:
    """Screens side by side, in few colours."""
    from PIL import Image

    images = [Image.open(io.BytesIO(one)).convert("RGB") for one in screens]
    across = sum(one.width for one in images) + GAP * (len(images) - 1)
    whole = Image.new("RGB", (across, images[0].height), "white")
    at = 0
    for one in images:
        whole.paste(one, (at, 0))
        at += one.width + GAP
    path.parent.mkdir(exist_ok=True)
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Fit, write the page, and look at it."""
    from benchmarks.protocol import gappy_tables
    from benchmarks.protocol.tables import TARGET

    table = gappy_tables.load("openintro/acs12:disability").rename(columns={TARGET: "disability"})
    with tempfile.TemporaryDirectory() as folder, browser() as started:
        report = fitted(
            Path(folder) / "predictor",
            table.sample(400, random_state=0),
            "disability",
            OPTIONS | {"fine_tune_steps": 20, "discovery_resamples": 20, "known_roots": ["age"]},
            num_bag_folds=5,
            num_bag_sets=1,
        )
        report.to_html(Path(folder) / "report.html")
        take(Path(folder) / "report.html", started)


if __name__ == "__main__":
    if why_not():
        sys.exit(why_not())
    main()
