"""Runs a saved batch of TabArena jobs on Ray workers; what is finished is not run again.

TabArena ships no Ray runner. Each Ray task loads the batch from the run's folder, runs its share of
the jobs with folds one after the other, and leaves the results in TabArena's cache; a killed run
goes on where it was. ``ray.init(address="auto")`` before `run_batch` uses a cluster.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from tabarena.benchmark.experiment import ExperimentBatchRunner
from tabarena.benchmark.experiment.experiment_runner_api import job_cache_exists
from tabarena.benchmark.experiment.job import JobBatch

logger = logging.getLogger(__name__)

#: Jobs of one Ray task: a fresh worker takes some 20 s to import everything.
BUNDLE = 6


def unfinished(batch: JobBatch, results: Path) -> list[int]:
    """Positions of the jobs that have no result yet."""
    ids = {name: task.task_id_str for name, task in batch.task_metadata.task_metadata_by_dataset().items()}
    return [
        k
        for k, job in enumerate(batch.jobs)
        if not job_cache_exists(
            output_dir=str(results),
            method_name=job.experiment.name,
            task_id_str=ids[job.task.dataset],
            fold=job.task.fold,
            repeat=job.task.repeat,
        )
    ]


def run_share(batch_folder: str, results: str, positions: list[int]) -> int:
    """Run some jobs of a saved batch here; a job that fails is left without a result."""
    import autogluon_causalmix  # noqa: F401  (registers CAUSALMIX in this process)

    batch = JobBatch.load(batch_folder)
    runner = ExperimentBatchRunner(results, batch.task_metadata, raise_on_failure=False)
    return len(runner.run_jobs([batch.jobs[k] for k in positions]))


def run_batch(folder: Path, n_workers: int) -> tuple[int, int]:
    """Run what is unfinished of ``folder/batch``; returns how many jobs were waiting and were run."""
    batch_folder, results = folder / "batch", folder / "results"
    waiting = unfinished(JobBatch.load(batch_folder), results)
    if not waiting:
        return 0, 0
    if n_workers <= 0:
        return len(waiting), run_share(str(batch_folder), str(results), waiting)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if not ray.is_initialized():
        ray.init(num_cpus=n_workers, include_dashboard=False, log_to_driver=False)
    size = max(1, min(BUNDLE, -(-len(waiting) // n_workers)))
    # A job with a GPU has it alone: two models beside each other could run out of its memory.
    gpus = int(ray.cluster_resources().get("GPU", 0) > 0)
    share = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)(run_share)
    arguments = str(batch_folder.resolve()), str(results.resolve())
    tasks = [share.remote(*arguments, waiting[at : at + size]) for at in range(0, len(waiting), size)]
    return len(waiting), sum(_jobs_run(task) for task in tasks)


def _jobs_run(task: Any) -> int:
    """Jobs that a task has run; a worker that died leaves its jobs to the next run and ends nobody else's."""
    import ray

    try:
        return ray.get(task)
    except ray.exceptions.RayError as error:
        logger.warning("a worker is gone, its jobs are left for the next run: %s", error)
        return 0


def gather(folder: Path) -> list[dict]:
    """Load every result there is."""
    batch = JobBatch.load(folder / "batch")
    runner = ExperimentBatchRunner(str(folder / "results"), batch.task_metadata, cache_mode="only")
    return runner.run_jobs(batch.jobs)
