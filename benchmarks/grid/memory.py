"""Peak memory of a block of work in a process that has done other work before."""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["peak_memory"]

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
#: What the kernel takes as "forget the high-water mark of the resident memory".
RESET_PEAK = "5"


@contextlib.contextmanager
def peak_memory() -> Iterator[dict[str, Any]]:
    """Yield a dictionary that holds, after the block, resident megabytes.

    ``peak_mb`` and ``start_mb``: at most, and at the start. ``peak_of`` is "block", or "process" where the
    mark cannot be reset (other systems than Linux): then what ran before counts too. ``gpu_peak_mb``:
    allocated by torch on the GPU, None without one.
    """
    megabytes: dict[str, Any] = {}
    try:
        CLEAR.write_text(RESET_PEAK)
        start, of = _status("VmRSS"), "block"
    except OSError:
        start, of = None, "process"
    cuda = _cuda()
    if cuda is not None:
        cuda.reset_peak_memory_stats()
    try:
        yield megabytes
    finally:
        peak = _status("VmHWM") if of == "block" else _high_mark()
        cuda = cuda or _cuda()  # a first measurement imports torch
        gpu = None if cuda is None else round(cuda.max_memory_allocated() / 1e6, 1)
        megabytes |= {"peak_mb": peak, "start_mb": start, "peak_of": of, "gpu_peak_mb": gpu}


def _status(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def _high_mark() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def _cuda() -> Any:
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_available() else None
