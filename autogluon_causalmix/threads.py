"""How many threads the next piece of work takes: as many as other processes leave idle cores.

OpenMP threads meet at a barrier after every operation and spin while they wait. On a machine with a
core for each that is fast. Where another process holds one of the cores, every barrier waits for
the system to schedule the missing thread, and a step of a tenth of a second takes seconds. So the
number is decided anew before each step from the cores that were idle since the last decision:
nothing in the user's environment is changed, and every setting is as before after the block.

Sums over the parts of several threads differ in their last bits from one thread's, and after fifty steps
in much more. So work that is too small for a second thread to win has one whatever the load is, and the same
fit gives the same model on an idle machine, on a busy one, and on one with more cores.

The other pools in the process (NumPy's BLAS, scikit-learn's OpenMP) have one thread meanwhile: on
tables of our size two win nothing idle, and beside a busy process every barrier waits.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

__all__ = ["AdaptiveThreads", "OtherLoad", "is_small"]

logger = logging.getLogger("autogluon.causalmix")

#: Seconds that a reading covers at least: the system counts in ticks of a hundredth.
MIN_WINDOW = 0.1
#: A core of which others used so much counts as idle: the system's own chores take a little.
TOLERATED_LOAD = 0.35
#: Floating-point operations of a step up to which it has one thread (benchmarks: `costs.threads`).
SMALL_WORK = 1e10


def is_small(work: float) -> bool:
    """Whether so many floating-point operations have one thread whatever the load is."""
    return work <= SMALL_WORK


class OtherLoad:
    """Reads how many cores, of those that this process may run on, other processes left idle."""

    def __init__(self) -> None:
        import psutil

        self._psutil = psutil
        process = psutil.Process()
        # Not all systems know affinities; those that do not run a process on any core.
        self._cores = process.cpu_affinity() if hasattr(process, "cpu_affinity") else None
        self._last = self._read()

    @property
    def n_cores(self) -> int:
        """Cores that this process may run on."""
        return len(self._cores) if self._cores else os.cpu_count() or 1

    def _read(self) -> tuple[float, float, float]:
        """Seconds: the clock, busy time of the cores, this process's own part of it."""
        times = self._psutil.cpu_times(percpu=True)
        mine = [times[k] for k in self._cores if k < len(times)] if self._cores else times
        busy = sum(sum(core) - core.idle - getattr(core, "iowait", 0.0) for core in mine)
        # Guests' time is in user time already.
        busy -= sum(getattr(core, "guest", 0.0) + getattr(core, "guest_nice", 0.0) for core in mine)
        return time.monotonic(), busy, time.process_time()

    def idle_cores(self) -> float | None:
        """Cores that others left idle since the last answer; None if too little time has passed."""
        now = self._read()
        elapsed, busy, ours = (b - a for a, b in zip(self._last, now, strict=True))
        if elapsed < MIN_WINDOW:
            return None
        self._last = now
        return self.n_cores - max(0.0, busy - ours) / elapsed


class AdaptiveThreads:
    """Sets torch's threads before each piece of work; a context manager that restores all pools.

    Parameters
    ----------
    most
        Threads that may be used at most; None takes torch's present setting.
    load
        Where idle cores are read from; None reads this machine's.

    Attributes
    ----------
    most
        The same, as a number.
    now
        Threads of the work at hand. One, until the load is known.
    """

    def __init__(self, most: int | None = None, load: Any | None = None) -> None:
        import torch

        self._before = torch.get_num_threads()
        self.most, self.now = most or self._before, 1
        self._load, self._is_small = load, False
        if load is None and self.most > 1:
            try:
                self._load = OtherLoad()
            except (OSError, RuntimeError) as error:  # no /proc, or none that may be read
                logger.debug("the machine's load cannot be read: %s", error)
                self.now = self.most

    def __enter__(self) -> AdaptiveThreads:
        import torch
        from threadpoolctl import threadpool_limits

        self._before = torch.get_num_threads()
        self._pools = threadpool_limits(1)
        torch.set_num_threads(self.now)
        return self

    def __exit__(self, *error: object) -> None:
        import torch

        self._pools.restore_original_limits()
        torch.set_num_threads(self._before)

    def expect(self, work: float) -> None:
        """Say what each of the next pieces of work takes, in floating-point operations."""
        self._is_small = is_small(work)
        if self._is_small:
            self._set(1)
        elif self._load is None:
            self._set(self.most)

    def adapt(self) -> int:
        """Choose the threads of the next piece of work; returns them."""
        if self._load is not None and not self._is_small:
            idle = self._load.idle_cores()
            if idle is not None:
                self._set(max(1, min(self.most, int(idle + TOLERATED_LOAD))))
        return self.now

    def _set(self, wanted: int) -> None:
        if wanted != self.now:
            import torch

            torch.set_num_threads(wanted)
            self.now = wanted
