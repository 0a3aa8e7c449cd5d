"""A function in a process of its own."""

import os
import subprocess

import pytest

from benchmarks.costs import fresh


def echo(*values):
    print("something else")  # noqa: T201
    return [os.getpid(), os.environ["OMP_NUM_THREADS"], *values]


def raising():
    raise RuntimeError("no such luck")


def sleeping():
    import time

    time.sleep(60)


HERE = "tests.benchmarks.costs.test_fresh"


def test_what_a_fresh_process_returns():
    pid, threads, *values = fresh.call(f"{HERE}:echo", 1, "a", None, [2.5], threads=3)
    assert pid != os.getpid() and threads == "3" and values == [1, "a", None, [2.5]]


def test_an_exception_is_its_message_and_a_slow_function_is_stopped():
    with pytest.raises(fresh.FreshError, match="RuntimeError: no such luck"):
        fresh.call(f"{HERE}:raising")
    with pytest.raises(subprocess.TimeoutExpired):
        fresh.call(f"{HERE}:sleeping", timeout=3)
