"""A function in a process of its own."""

import os
import subprocess
import time

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


def sleeping_beside_a_child(path):
    import subprocess
    import sys
    import time

    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(path, "w") as file:
        file.write(str(child.pid))
    time.sleep(60)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


HERE = "tests.benchmarks.costs.test_fresh"


def test_what_a_fresh_process_returns():
    pid, threads, *values = fresh.call(f"{HERE}:echo", 1, "a", None, [2.5], threads=3)
    assert pid != os.getpid() and threads == "3" and values == [1, "a", None, [2.5]]


def test_an_exception_is_its_message_and_a_slow_function_is_stopped():
    with pytest.raises(fresh.FreshError, match="RuntimeError: no such luck"):
        fresh.call(f"{HERE}:raising")
    with pytest.raises(subprocess.TimeoutExpired):
        fresh.call(f"{HERE}:sleeping", timeout=3)


def test_what_a_stopped_process_started_is_stopped_too(tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        fresh.call(f"{HERE}:sleeping_beside_a_child", str(tmp_path / "pid"), timeout=5)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)
