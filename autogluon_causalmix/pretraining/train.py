"""Pretraining of a bundled checkpoint: one command, resumable, on one GPU or some CPU cores.

    python -m autogluon_causalmix.pretraining.train --task regression --out runs/mini_regressor --tokens 100e6

* ``out/state.pt`` holds everything that a killed run needs: the same command continues it.
* ``out/log.jsonl`` gets one line per evaluation: tokens, seconds, held-out synthetic loss.
* ``out/checkpoint/`` holds the averaged weights as ``Tab2D.save_pretrained`` writes them.

Processes average their gradients after every step (gloo), so n processes are one run with an n
times larger batch. On a GPU (``--device cuda``, the default where there is one) ``--workers``
processes draw the tables ahead. A token is one table cell. The error of a full disk, a damaged
state or a changed option names the way out; the state saved before stays as it was.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist

from autogluon_causalmix.errors import CheckpointError, OptionError
from autogluon_causalmix.pretraining.loop import Pretraining
from autogluon_causalmix.pretraining.prior import TASKS
from autogluon_causalmix.pretraining.run_options import TrainOptions

__all__ = ["TrainOptions", "main", "run"]


def _worker(rank: int, options: TrainOptions, meeting_point: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if options.device == "cpu":
        torch.set_num_threads(1)  # one thread a process: two threads on one small step lose to two processes
    if options.processes > 1:
        dist.init_process_group("gloo", init_method=meeting_point, rank=rank, world_size=options.processes)
    try:
        Pretraining(options, rank).run()
    finally:
        if options.processes > 1:
            dist.destroy_process_group()


def run(options: TrainOptions) -> None:
    """Train until ``options.tokens`` have been read, continuing what ``options.out`` holds."""
    options.out.mkdir(parents=True, exist_ok=True)
    if options.processes == 1:
        return _worker(0, options, "")
    meeting_point = options.out / f"rendezvous-{os.getpid()}"
    try:
        torch.multiprocessing.spawn(_worker, (options, meeting_point.resolve().as_uri()), nprocs=options.processes)
    except torch.multiprocessing.ProcessRaisedException as error:
        raise _as_here(error) from error
    finally:
        meeting_point.unlink(missing_ok=True)
    return None


def _as_here(error: Exception) -> Exception:
    """What a process raised, if it is ours: it comes as the text of a traceback, the error in its last lines."""
    _, found, message = str(error).rpartition(f"{CheckpointError.__module__}.{CheckpointError.__qualname__}: ")
    return CheckpointError(message.strip()) if found else error


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; a GPU is used when there is one, else ``--processes`` cores."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--task", choices=TASKS, default=TrainOptions.task)
    parser.add_argument("--tokens", type=float, default=TrainOptions.tokens)
    parser.add_argument("--processes", type=int, default=1 if cuda else min(2, os.cpu_count() or 1))
    parser.add_argument("--cells-per-step", type=int, default=131_072 if cuda else TrainOptions.cells_per_step)
    parser.add_argument("--dim", type=int, default=TrainOptions.dim)
    parser.add_argument("--n-layers", type=int, default=TrainOptions.n_layers)
    parser.add_argument("--n-heads", type=int, default=TrainOptions.n_heads)
    parser.add_argument("--lr-muon", type=float, default=TrainOptions.lr_muon)
    parser.add_argument("--lr-adam", type=float, default=TrainOptions.lr_adam)
    parser.add_argument("--eval-every", type=int, default=TrainOptions.eval_every)
    parser.add_argument("--save-seconds", type=float, default=TrainOptions.save_seconds)
    parser.add_argument("--workers", type=int, default=min(12, max(0, (os.cpu_count() or 1) - 2)) if cuda else 0)
    parser.add_argument("--seed", type=int, default=TrainOptions.seed)
    parser.add_argument("--decay-share", type=float, default=TrainOptions.decay_share)
    parser.add_argument("--init", default=TrainOptions.init, help="checkpoint folder to start from")
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    try:
        run(TrainOptions(**vars(parser.parse_args(arguments))))
    except (CheckpointError, OptionError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
