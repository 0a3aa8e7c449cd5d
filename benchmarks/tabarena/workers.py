"""Runs a saved batch of TabArena jobs on Ray workers; what is finished is not run again.

TabArena ships no Ray runner. Warm workers (`grid.workers`) load the batch from the run's folder, run
one job after another with folds in turn, and leave the results in TabArena's cache, which on a
cluster must lie on a shared file system. A killed run goes on where it was; a worker that dies costs
the job it had in hand, after a second try.
"""

from __future__ import annotations

import functools
import sys
import traceback
from pathlib import Path

from tabarena.benchmark.experiment import ExperimentBatchRunner
from tabarena.benchmark.experiment.experiment_runner_api import job_cache_exists
from tabarena.benchmark.experiment.job import JobBatch
from tqdm import tqdm

from benchmarks.grid.cell import Resources
from benchmarks.grid.workers import WorkError, run_bundles

__all__ = ["gather", "run_batch", "run_job", "unfinished"]

_load = functools.lru_cache(maxsize=1)(JobBatch.load)


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


def run_job(batch_folder: str, results: str, position: int) -> str | None:
    """Run one job of a saved batch here; returns None, or why it is left without a result."""
    import autogluon_causalmix  # noqa: F401  (registers CAUSALMIX in this process)

    try:
        batch = _load(batch_folder)
        runner = ExperimentBatchRunner(results, batch.task_metadata, raise_on_failure=False)
        return None if runner.run_jobs([batch.jobs[position]]) else "its fit failed"
    except Exception:
        return traceback.format_exc()


def run_batch(
    folder: Path, workers: int | None = 0, resources: Resources | None = None, address: str | None = None
) -> tuple[int, int]:
    """Run what is unfinished of ``folder/batch``; returns how many jobs were waiting and were run.

    Parameters
    ----------
    workers, resources, address
        See `grid.workers.run_bundles`; 0 workers run here.
    """
    batch_folder, results = (folder / "batch").resolve(), (folder / "results").resolve()
    batch = JobBatch.load(batch_folder)
    waiting = unfinished(batch, results)
    work = functools.partial(run_job, str(batch_folder), str(results))
    done = 0
    with tqdm(total=len(waiting), unit="job", desc="jobs", dynamic_ncols=True) as progress:
        bundles = [[position] for position in waiting]
        for position, why in run_bundles(work, bundles, resources=resources, workers=workers, address=address):
            if why is None:
                done += 1
            else:
                kind = "lost" if isinstance(why, WorkError) else "failed"
                progress.write(f"{kind}: {batch.jobs[position].experiment.name}: {why}", file=sys.stderr)
            progress.update()
    return len(waiting), done


def gather(folder: Path) -> list[dict]:
    """Load every result there is."""
    batch = JobBatch.load(folder / "batch")
    runner = ExperimentBatchRunner(str(folder / "results"), batch.task_metadata, cache_mode="only")
    return runner.run_jobs(batch.jobs)
