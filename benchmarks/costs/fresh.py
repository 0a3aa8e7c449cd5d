"""Calls an importable function in a fresh Python process: nothing is imported yet, no memory was used.

``python -m benchmarks.costs.fresh package.module:function '[1, "a"]'`` prints what it returns as JSON.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

__all__ = ["FreshError", "call"]

ROOT = Path(__file__).parents[2]


class FreshError(Exception):
    """The function raised; the message is the last line that the process wrote."""


def call(function: str, *arguments: Any, timeout: float | None = None, threads: int | None = None) -> Any:
    """Return ``function(*arguments)`` of a fresh process.

    Parameters
    ----------
    function
        ``"package.module:function"``; its module should import little, for the imports are not measured.
    arguments
        Numbers, strings, lists, None: they travel as JSON, as does the result.
    timeout, threads
        Seconds until the process is stopped, and threads of numeric libraries; None leaves both open.

    Raises
    ------
    FreshError
        If the function raises.
    subprocess.TimeoutExpired
        If it takes longer than ``timeout``.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    limits = {} if threads is None else dict.fromkeys(names, str(threads))
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | limits | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "benchmarks.costs.fresh", function, json.dumps(arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, env=environment, start_new_session=True, **pipes)
    try:
        output, errors = process.communicate(timeout=timeout)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it has started too: it would go on beside the next
        process.wait()
        raise
    if process.returncode:
        raise FreshError((errors.strip().splitlines() or [f"exit status {process.returncode}"])[-1])
    return json.loads(output.splitlines()[-1])


def main(function: str, arguments: str) -> None:
    """Call and print; whatever else the function prints comes before the last line."""
    warnings.simplefilter("ignore")
    module, _, name = function.partition(":")
    result = getattr(importlib.import_module(module), name)(*json.loads(arguments))
    sys.stdout.write(f"\n{json.dumps(result)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
