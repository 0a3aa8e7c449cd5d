"""A real browser, if the machine has one: Chromium of any make, driven by Playwright (extra `browser`)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["NoBrowser", "browser"]

#: Names that Chromium has on a path; `apt-get install chromium-headless-shell` brings the smallest.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
#: Names the program where it is not on the path.
VARIABLE = "CAUSALMIX_BROWSER"


class NoBrowser(Exception):
    """There is no browser here, or nothing to drive it; the message says what would bring one."""


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Start a headless browser.

    Raises
    ------
    NoBrowser
        If there is none.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser("Playwright is not installed: pip install 'autogluon-causalmix[browser]'") from None
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        places = [os.environ.get(VARIABLE), own if Path(own).exists() else None, *map(shutil.which, NAMES)]
        place = next(filter(None, places), None)
        if place is None:
            raise NoBrowser(
                f"no browser found: apt-get install chromium-headless-shell, playwright install chromium, or set {VARIABLE}"
            )
        started = playwright.chromium.launch(executable_path=place)
        try:
            yield started
        finally:
            started.close()
