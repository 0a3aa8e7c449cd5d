"""Threads follow what other processes leave idle, and the caller's setting comes back."""

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch

from autogluon_causalmix.threads import SMALL_WORK, AdaptiveThreads, OtherLoad

from .conftest import blobs, estimator


class Load:
    """Answers in turn."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def idle_cores(self):
        return self.answers.pop(0)


@pytest.fixture
def three_threads():
    torch.set_num_threads(3)  # `_one_thread` restores


@pytest.mark.parametrize(("idle", "threads"), [(8.0, 4), (4.0, 4), (3.7, 4), (3.5, 3), (1.2, 1), (0.1, 1), (-0.3, 1)])
def test_as_many_as_are_idle_and_never_more_than_allowed(idle, threads, three_threads):
    with AdaptiveThreads(4, Load(idle)) as adaptive:
        assert torch.get_num_threads() == 1, "one until the load is known"
        assert adaptive.adapt() == threads == torch.get_num_threads()
    assert torch.get_num_threads() == 3


def test_load_that_comes_and_goes(three_threads):
    with AdaptiveThreads(2, Load(2.0, None, 0.8, None, 1.9)) as adaptive:
        assert [adaptive.adapt() for _ in range(5)] == [2, 2, 1, 1, 2]


def test_small_work_has_one_thread_whatever_the_load(three_threads):
    with AdaptiveThreads(4, Load(4.0, 4.0)) as adaptive:
        adaptive.expect(SMALL_WORK)
        assert [adaptive.adapt() for _ in range(5)] == [1] * 5
        adaptive.expect(1.01 * SMALL_WORK)
        assert adaptive.adapt() == 4 == torch.get_num_threads()
        adaptive.expect(0.0)
        assert adaptive.adapt() == 1 == torch.get_num_threads()
    assert torch.get_num_threads() == 3


@pytest.mark.parametrize(("small_work", "n_threads"), [(SMALL_WORK, 1), (0.0, 3)])
def test_a_fit_on_an_idle_machine(small_work, n_threads, three_threads, tiny_classifier, monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.threads.SMALL_WORK", small_work)
    monkeypatch.setattr(OtherLoad, "idle_cores", lambda self: 3.0)
    X, y = blobs(60)
    seen = []
    estimator(tiny_classifier, fine_tune_steps=2).fit(X, y, observe=lambda _: seen.append(torch.get_num_threads()))
    assert seen == [n_threads] * 3
    assert torch.get_num_threads() == 3


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model_on_any_number_of_threads(three_threads, monkeypatch):
    """The bundled weights, mixing, 12 columns: the size that the documentation names."""
    monkeypatch.setattr(OtherLoad, "idle_cores", lambda self: 3.0)
    rng = np.random.default_rng(0)
    y = pd.Series(rng.integers(0, 2, 200), name="y")
    X = pd.DataFrame(rng.standard_normal((200, 12)) + 0.5 * y.to_numpy()[:, None], columns=list("abcdefghijkl"))

    def predicted(n_threads, small_work):
        torch.set_num_threads(n_threads)
        monkeypatch.setattr("autogluon_causalmix.threads.SMALL_WORK", small_work)
        fitted = estimator("mini", fine_tune_steps=8, mix_ratio=0.5, holdout_share=0.0).fit(X, y)
        assert fitted.report.rows_synthetic_used > 0
        return fitted.predict_proba(X)

    one = predicted(1, SMALL_WORK)
    assert np.array_equal(one, predicted(3, SMALL_WORK))
    assert not np.array_equal(one, predicted(3, 0.0)), "threads do change the model where they are let"


def test_restored_after_an_error(three_threads):
    with pytest.raises(ZeroDivisionError), AdaptiveThreads(2, Load(2.0)) as adaptive:
        adaptive.adapt()
        1 / 0  # noqa: B018
    assert torch.get_num_threads() == 3


def test_the_callers_setting_is_the_most(three_threads):
    assert AdaptiveThreads().most == 3


def test_one_thread_reads_no_load():
    with AdaptiveThreads() as adaptive:
        assert (adaptive.most, adaptive.adapt()) == (1, 1)


def test_without_a_reading_the_callers_threads_are_used(monkeypatch, three_threads):
    def refused(*args, **kwargs):
        raise PermissionError("/proc/stat")

    monkeypatch.setattr("psutil.cpu_times", refused)
    with AdaptiveThreads() as adaptive:
        assert adaptive.adapt() == torch.get_num_threads() == 3
        adaptive.expect(0.0)
        assert adaptive.adapt() == torch.get_num_threads() == 1


def test_other_processes_are_seen_and_own_work_is_not_counted():
    load = OtherLoad()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(load.n_cores)]
    try:
        time.sleep(0.2)
        load.idle_cores()
        time.sleep(0.3)
        beside_others = load.idle_cores()
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert beside_others <= 0.5, "a busy process per core leaves nothing idle"

    before = load._read()
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    elapsed, busy_seconds, ours = (b - a for a, b in zip(before, load._read(), strict=True))
    assert ours == pytest.approx(0.3, abs=0.05)
    assert busy_seconds >= ours - 0.1, "own work is part of the cores' busy time, so it can be taken off"
    assert elapsed >= ours - 0.05


def test_too_short_a_window_says_nothing():
    load = OtherLoad()
    assert load.idle_cores() is None


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("case", [(200, 10, 20, "scm"), (200, 10, 5, "mixed_model")])
def test_a_fit_beside_busy_processes_takes_at_most_ten_times_as_long(case):
    """1.5 times is ideal on two cores. Before threads followed the load, three fits at once took 20 times."""
    from benchmarks.costs.load import busy_cores, fit_seconds

    alone = fit_seconds(case)[0]
    with busy_cores():
        assert fit_seconds(case)[0] <= 10 * alone
    assert max(fit_seconds(case, 3)) <= 10 * alone
