"""A real browser, if the machine has one: Chromium of any make, driven by Playwright (extra `browser`).

python -m tests.page.browser    # says whether there is one
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["browser", "why_not"]

#: Names that Chromium has on a path; Debian's package chromium-headless-shell brings the smallest.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
#: Names the program where it is not on the path.
VARIABLE = "CAUSALMIX_BROWSER"


def why_not() -> str | None:
    """Why there is no browser to look with, and what brings one; None where there is."""
    if importlib.util.find_spec("playwright") is None:
        return "no browser test: Playwright is not installed (pip install 'autogluon-causalmix[browser]')"
    if _program() is None:
        return (
            "no browser test: no Chromium here (apt-get install chromium-headless-shell, or playwright install "
            f"chromium; {VARIABLE} names one that is not on the path)"
        )
    return None


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """Start a headless browser; only where `why_not` has no answer."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_program())
        try:
            yield started
        finally:
            started.close()


@cache
def _program() -> str | None:
    named = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), None)
    if named is not None:
        return named
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    sys.exit(why_not())
