"""The time of one fit: when it began, and when it has to end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Budget"]


@dataclass(frozen=True)
class Budget:
    """Time that may be used.

    Attributes
    ----------
    deadline
        ``time.monotonic()`` value; None is without limit.
    started
        The same, of the moment when the fit began.
    """

    deadline: float | None = None
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def within(cls, seconds: float | None, started: float | None = None) -> Budget:
        """So many seconds from ``started`` (now if None); no limit if ``seconds`` is None."""
        started = time.monotonic() if started is None else started
        return cls(None if seconds is None else started + seconds, started)

    def left(self) -> float | None:
        """Seconds until the deadline, negative after it; None without limit."""
        return None if self.deadline is None else self.deadline - time.monotonic()

    def allows(self, seconds: float) -> bool:
        """Whether work of so many seconds would end in time."""
        return self.deadline is None or time.monotonic() + seconds <= self.deadline

    def part(self, n: int) -> Budget:
        """Return the first of ``n`` equal parts of what is left."""
        now = time.monotonic()
        return Budget(None if self.deadline is None else now + (self.deadline - now) / n, now)

    def shares(self, n: int) -> Iterator[Budget]:
        """Yield ``n`` equal parts of what is left now, each when it begins and none longer than what is left then.

        For work that uses a share of its part: parts of what the others leave would grow from one to the next.
        """
        left = self.left()
        for _ in range(n):
            yield Budget.within(None if left is None else min(left / n, self.left()))

    def spent(self) -> float:
        """Seconds since the fit began."""
        return time.monotonic() - self.started
