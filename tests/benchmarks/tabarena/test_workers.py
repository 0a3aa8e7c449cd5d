"""A batch of jobs on workers: what they ask for, and what becomes of a job whose worker died."""

from types import SimpleNamespace

import pytest

pytest.importorskip("tabarena", reason="the extra `tabarena` is not installed")

from benchmarks.grid.cell import Resources
from benchmarks.grid.workers import WorkError
from benchmarks.tabarena import workers


@pytest.fixture
def batch(monkeypatch):
    """Three jobs, of which the second is finished."""
    jobs = [SimpleNamespace(experiment=SimpleNamespace(name=f"job {k}")) for k in range(3)]
    three_jobs = SimpleNamespace(jobs=jobs, task_metadata=None)
    monkeypatch.setattr(workers.JobBatch, "load", lambda folder: three_jobs)
    monkeypatch.setattr(workers, "_load", lambda folder: three_jobs)
    monkeypatch.setattr(workers, "unfinished", lambda batch, results: [0, 2])
    return three_jobs


def test_workers_ask_for_gpus_and_a_dead_one_does_not_end_the_run(batch, monkeypatch, tmp_path, capsys):
    asked = {}

    def run_bundles(work, bundles, **options):
        asked.update(options)
        yield bundles[0][0], WorkError("its worker died 2 times")
        yield bundles[1][0], None

    monkeypatch.setattr(workers, "run_bundles", run_bundles)
    assert workers.run_batch(tmp_path, 4, Resources(2, 0.5), "auto") == (2, 1)
    assert asked == {"resources": Resources(2, 0.5), "workers": 4, "address": "auto"}
    assert "lost: job 0: its worker died 2 times" in capsys.readouterr().err


def test_a_job_that_fails_or_raises_leaves_the_others(batch, monkeypatch, tmp_path, capsys):
    class Runner:
        def __init__(self, *arguments, **options):
            pass

        def run_jobs(self, jobs):
            if jobs[0].experiment.name == "job 0":
                raise OSError("disk full")
            return []

    monkeypatch.setattr(workers, "ExperimentBatchRunner", Runner)
    assert workers.run_batch(tmp_path, 0) == (2, 0)
    shown = capsys.readouterr().err
    assert "failed: job 0" in shown and "OSError: disk full" in shown and "failed: job 2: its fit failed" in shown
