"""One sentence about the machine and the versions a result comes from."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

PACKAGES = ("autogluon.tabular", "torch", "numpy", "scikit-learn", "causal-learn", "dowhy")


def describe() -> str:
    """Return processor, cores, Python and package versions."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Machine: {model}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}."
