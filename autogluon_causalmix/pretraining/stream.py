"""The tables that a run reads, in order, drawn in place or ahead on worker processes.

What step ``k`` of process ``rank`` reads is a function of the seed, ``rank``, ``k`` and the cells
that all processes read before it; sizes are drawn apart from contents, so that this count is known
before any table is drawn. Workers therefore change nothing but the time.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from autogluon_causalmix.pretraining.prior import Difficulty, TableBatch, draw_size, sample_batch
from autogluon_causalmix.pretraining.run_options import TrainOptions

__all__ = ["table_batches"]

#: Consecutive steps whose tables have one shape: matrix kernels are compiled once per shape, which
#: took a third of the time when every step had its own. Difficulty moves in as many grades.
SHAPE_STEPS, GRADES = 8, 200
#: Batches that each worker draws ahead.
AHEAD = 3


def table_batches(
    options: TrainOptions, rank: int = 0, step: int = 0, tokens: int = 0
) -> Iterator[tuple[TableBatch, int]]:
    """Yield for every step from ``step`` on the batch of ``rank`` and the cells read after it.

    ``tokens`` are the cells that all processes have read before ``step``. Ends with the target.
    """
    if options.workers == 0:
        for job, after in _jobs(options, rank, step, tokens):
            yield _draw(*job), after
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, context, initializer=_use_one_thread) as pool:
        waiting: deque = deque()
        try:
            for job, after in _jobs(options, rank, step, tokens):
                waiting.append((pool.submit(_draw, *job), after))
                if len(waiting) > AHEAD * options.workers:
                    future, after = waiting.popleft()
                    yield future.result(), after
            for future, after in waiting:
                yield future.result(), after
        finally:
            for future, _ in waiting:
                future.cancel()


def _use_one_thread() -> None:
    threadpool_limits(1)


def _jobs(options: TrainOptions, rank: int, step: int, tokens: int) -> Iterator[tuple[tuple, int]]:
    while tokens < options.tokens:
        difficulty = Difficulty.at(1.0 if options.init else int(GRADES * tokens / options.tokens) / GRADES)
        sizes = [
            draw_size(
                np.random.default_rng([options.seed, each, step // SHAPE_STEPS, 1]), difficulty, options.cells_per_step
            )
            for each in range(options.processes)
        ]
        tokens += sum(n_tables * n_rows * (n_features + 1) for n_tables, n_rows, _, n_features in sizes)
        yield ([options.seed, rank, step], difficulty, options.cells_per_step, options.task, sizes[rank]), tokens
        step += 1


def _draw(key: list[int], difficulty: Difficulty, cells: int, task: str, size: tuple[int, int, int, int]) -> TableBatch:
    return sample_batch(np.random.default_rng(key), difficulty, cells, task, size)
