"""Work in bundles on warm Ray workers: what a dead worker had in hand is tried once more, the rest goes on.

A worker is an actor that lives for the whole run, because a fresh process takes some 20 s to import
everything. Bundles keep items together that can share work in one process; within a bundle items are
handed over one by one, and each result comes back to the caller at once. So whatever dies, at most
the items in hand are lost, and no shared file system is needed for results.

On a cluster every machine needs the same environment and the same checkout at the same path.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from benchmarks.grid.cell import Resources

__all__ = ["WorkError", "run_bundles", "worker_options"]

Item = TypeVar("Item")
#: Tries of an item whose worker dies.
ATTEMPTS = 2
#: Seconds after which the loop looks whether it may still begin something.
TICK = 2.0
#: Ray's shared memory on one machine: results are small, and its default is a third of the memory.
OBJECT_STORE_BYTES = 200_000_000


class WorkError(Exception):
    """An item that ended without a result: its worker died, or what it returned could not be sent."""


class Worker:
    """Runs one item at a time in a process of its own."""

    def run(self, work: Callable[[Any], Any], item: Any) -> Any:
        """Return ``work(item)``."""
        return work(item)


def worker_options(resources: Resources) -> dict[str, Any]:
    """Options of a Ray actor: CPUs and GPUs, never restarted by Ray, as many threads as CPUs."""
    threads = {name: str(resources.cpus) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return {
        "num_cpus": resources.cpus,
        "num_gpus": resources.gpus,
        "max_restarts": 0,
        "runtime_env": {"env_vars": threads},
    }


def run_bundles(
    work: Callable[[Item], Any],
    bundles: Iterable[Sequence[Item]],
    *,
    resources: Resources | None = None,
    workers: int | None = None,
    address: str | None = None,
    until: float = float("inf"),
) -> Iterator[tuple[Item, Any]]:
    """Yield ``(item, work(item))`` as results come; a `WorkError` stands for a result that never will.

    Parameters
    ----------
    work
        A function of an importable module (or a partial of one) that catches its own exceptions.
    resources
        What each worker asks for; one CPU by default.
    workers
        Workers at most; None fills this machine or the cluster, 0 works here and without Ray.
    address
        A Ray cluster's address, ``"auto"`` for the one this machine belongs to; None starts Ray here,
        or takes the Ray that this process is connected to.
    until
        No item is begun after this moment of ``time.monotonic()``.

    Raises
    ------
    ValueError
        If there is no room for a single worker.
    """
    resources = resources or Resources()
    if workers == 0:
        for item in (item for bundle in bundles for item in bundle):
            if time.monotonic() > until:
                return
            yield item, work(item)
        return
    begun_here = _connect(resources, workers, address)
    try:
        yield from _distribute(work, bundles, resources, _room(resources, workers), until)
    finally:
        if begun_here:
            import ray

            ray.shutdown()


def _connect(resources: Resources, workers: int | None, address: str | None) -> bool:
    """Join a cluster or start Ray on this machine; returns whether this call did."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray

    if ray.is_initialized():
        return False
    if address is not None:
        ray.init(address=address, log_to_driver=False)
    else:
        ray.init(
            num_cpus=None if workers is None else workers * resources.cpus,  # GPUs are found by Ray
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=OBJECT_STORE_BYTES,
        )
    return True


def _room(resources: Resources, workers: int | None) -> int:
    import ray

    there = ray.cluster_resources()
    room = int(there.get("CPU", 0) // resources.cpus)
    if resources.gpus:
        room = min(room, int(there.get("GPU", 0) / resources.gpus + 1e-9))
    if room < 1:
        raise ValueError(
            f"a worker asks for {resources.cpus} CPUs and {resources.gpus:g} GPUs, but Ray has "
            f"{there.get('CPU', 0):g} CPUs and {there.get('GPU', 0):g} GPUs: ask for less or give a cluster's address"
        )
    return room if workers is None else min(room, workers)


def _distribute(work, bundles, resources: Resources, n_workers: int, until: float) -> Iterator[tuple[Any, Any]]:
    import ray

    make = ray.remote(**worker_options(resources))(Worker)
    queue, deaths = deque(list(bundle) for bundle in bundles), Counter()
    idle: list[Any] = []
    in_hand: dict[Any, tuple[Any, list]] = {}

    def hand_over(worker: Any, bundle: list) -> None:
        in_hand[worker.run.remote(work, bundle[0])] = worker, bundle

    try:
        while in_hand or (queue and time.monotonic() <= until):
            while queue and len(in_hand) < n_workers and time.monotonic() <= until:
                hand_over(idle.pop() if idle else make.remote(), queue.popleft())
            ended, _ = ray.wait(list(in_hand), num_returns=1, timeout=TICK)
            for reference in ended:
                worker, (item, *rest) = in_hand.pop(reference)
                try:
                    result = ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    result = WorkError(f"{type(error.cause).__name__}: {error.cause}")
                except ray.exceptions.RayError as error:
                    ray.kill(worker)  # dead already, or unreachable: its place is free
                    deaths[id(item)] += 1
                    if deaths[id(item)] < ATTEMPTS:
                        queue.appendleft([item, *rest])
                        continue
                    if rest:
                        queue.appendleft(rest)
                    yield item, WorkError(f"its worker died {ATTEMPTS} times: {' '.join(str(error).split())[:500]}")
                    continue
                if rest and time.monotonic() <= until:
                    hand_over(worker, rest)
                else:
                    idle.append(worker)
                yield item, result
    finally:
        for worker in [*idle, *(worker for worker, _ in in_hand.values())]:
            ray.kill(worker)
