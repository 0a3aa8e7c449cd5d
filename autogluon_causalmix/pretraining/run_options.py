"""What a pretraining run is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import CheckpointError

__all__ = ["LATER_OPTIONS", "TrainOptions"]

#: Options that a resumed run may change. All but the target leave what is computed as it was.
FREE_OPTIONS = ("out", "tokens", "eval_every", "save_seconds", "workers")
#: Options that the states of earlier versions lack, with the values that held then.
LATER_OPTIONS = {"init": "", "decay_share": 0.45}


@dataclass(frozen=True)
class TrainOptions:
    """Options of a run; a resumed run may change `FREE_OPTIONS` alone.

    Attributes
    ----------
    out
        Folder of the state, the log and the checkpoint.
    task
        "classification" or "regression".
    tokens
        Table cells to read in all; curriculum and decay follow it.
    processes
        Processes that average their gradients after every step.
    cells_per_step
        Cells that each process reads in a step.
    eval_every
        Steps between two evaluations on held-out tables.
    save_seconds
        At most about so much work is lost when a run is killed.
    workers
        Processes that draw tables ahead for each training process; 0 draws them in it, which is
        right on a CPU, where drawing takes a hundredth of a step.
    init
        Folder of a checkpoint of the same sizes to start from, "" for random weights. Such a run
        skips the curriculum: every table may be of full difficulty.
    decay_share
        Last part of the tokens, over which the learning rate falls to zero; it is constant before.
    """

    out: Path
    task: str = "classification"
    tokens: float = 100e6
    processes: int = 1
    cells_per_step: int = 4096
    dim: int = 64
    n_layers: int = 5
    n_heads: int = 2
    lr_muon: float = 5e-3
    lr_adam: float = 3e-3
    warmup_steps: int = 150
    eval_every: int = 1000
    save_seconds: float = 120.0
    workers: int = 0
    seed: int = 0
    device: str = "cpu"
    init: str = ""
    decay_share: float = 0.45

    def __post_init__(self) -> None:
        check_number("decay_share", self.decay_share, 1e-6, 1)
        check_number("tokens", self.tokens, 1)
        for name in ("processes", "cells_per_step", "eval_every"):
            check_number(name, getattr(self, name), 1, whole=True)
        if self.init and not Path(self.init).is_dir():
            raise CheckpointError(f"--init {self.init!r} is no folder of a checkpoint")

    def binding(self) -> dict[str, Any]:
        """The options that a resumed run must share."""
        return {k: v for k, v in dataclasses.asdict(self).items() if k not in FREE_OPTIONS}
