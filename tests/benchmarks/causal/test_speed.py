"""A rival that is stopped, or fails, is said to be."""

import subprocess

import pytest

from benchmarks.causal import speed
from benchmarks.costs import fresh


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (3.5, (3.5, "ended")),
        (speed.STOP + 5, (speed.STOP, "stopped")),
        (subprocess.TimeoutExpired("python", 135), (speed.STOP, "stopped")),
        (fresh.FreshError("ValueError: singular"), (None, "failed: ValueError: singular")),
    ],
)
def test_how_a_rival_ends(monkeypatch, outcome, expected):
    def call(function, *arguments, timeout):
        assert function == "benchmarks.causal.speed:upstream_scm" and callable(speed.upstream_scm)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(fresh, "call", call)
    assert speed.upstream_seconds("upstream_scm", "heart") == expected
