"""What happened during a fit, noted down while it happens: seconds per stage, and what went otherwise than asked.

Whoever does something notes it; nobody who fits reads it. The fit report is made from it at the end.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator

__all__ = ["Journal"]

logger = logging.getLogger("autogluon.causalmix")


class Journal:
    """Notes of one fit.

    Parameters
    ----------
    warn
        Called with a sentence for the user.

    Attributes
    ----------
    seconds
        Wall-clock seconds per stage.
    remarks
        Why something was not done as asked, in the order of events.
    """

    def __init__(self, warn: Callable[[str], None] = logger.warning) -> None:
        self._warn = warn
        self.seconds: dict[str, float] = {}
        self.remarks: list[str] = []

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the block's wall-clock seconds to ``seconds[name]``."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.took(name, time.monotonic() - start)

    def took(self, name: str, seconds: float) -> None:
        """Add seconds to those of a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def remark(self, reason: str, warning: str | None = None) -> None:
        """Note a reason, once, and tell the user about it if there is a ``warning``."""
        if reason in self.remarks:
            return
        self.remarks.append(reason)
        if warning is not None:
            self._warn(warning)
