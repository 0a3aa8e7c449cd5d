"""The machine and the versions that a result comes from."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["describe", "machine", "sentence"]

PACKAGES = ("autogluon.tabular", "torch", "numpy", "scikit-learn", "causal-learn", "dowhy")


@cache
def machine() -> dict[str, str | int | None]:
    """Return processor, cores, GPU (None without one that torch has seen), Python and package versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "gpu": _gpu(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def sentence(about: dict[str, str | int | None]) -> str:
    """Write what `machine` returned as one sentence."""
    versions = ", ".join(f"{name} {about[name]}" for name in PACKAGES if about.get(name))
    gpu = f", {about['gpu']}" if about.get("gpu") else ""
    return f"Machine: {about['processor']}, {about['cores']} cores{gpu}; Python {about['python']}, {versions}."


def describe() -> str:
    """Return the sentence for this machine."""
    return sentence(machine())


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _gpu() -> str | None:
    torch = sys.modules.get("torch")  # a measurement that used a GPU has imported it
    return torch.cuda.get_device_name() if torch is not None and torch.cuda.is_available() else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
