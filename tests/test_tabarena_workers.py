"""The Ray runner of TabArena's jobs: what it asks for, and what a dead worker costs."""

import sys
import types

import pytest

pytest.importorskip("tabarena", reason="the extra `tabarena` is not installed")
from benchmarks.tabarena import workers


class FakeRay(types.ModuleType):
    """Ray on a cluster of so many GPUs, of which the second task's worker dies."""

    def __init__(self, gpus):
        super().__init__("ray")
        self.exceptions = types.SimpleNamespace(RayError=type("RayError", (Exception,), {}))
        self.gpus, self.asked, self.tasks = gpus, {}, []

    def is_initialized(self):
        return True

    def cluster_resources(self):
        return {"CPU": 2.0, **({"GPU": self.gpus} if self.gpus else {})}

    def remote(self, **asked):
        self.asked = asked
        return lambda function: types.SimpleNamespace(remote=lambda *share: self.tasks.append(share) or share)

    def get(self, task):
        if task is self.tasks[1]:
            raise self.exceptions.RayError("the worker died")
        return len(task[2])


@pytest.mark.parametrize(("gpus", "asked"), [(0, 0), (2.0, 1)])
def test_a_dead_worker_ends_nobody_elses_jobs_and_gpus_are_asked_for(tmp_path, monkeypatch, caplog, gpus, asked):
    ray = FakeRay(gpus)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(workers.JobBatch, "load", lambda folder: None)
    monkeypatch.setattr(workers, "unfinished", lambda batch, results: list(range(6)))
    assert workers.run_batch(tmp_path, 3) == (6, 4)
    assert ray.asked == {"num_cpus": 1, "num_gpus": asked, "max_retries": 0}
    assert len(ray.tasks) == 3 and "its jobs are left for the next run" in caplog.text
