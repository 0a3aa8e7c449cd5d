"""Pretraining of the bundled checkpoint: one command, resumable, on one GPU or some CPU cores.

    python -m autogluon_causalmix.pretraining.train --out runs/mini --tokens 100e6 --processes 2

Contract
--------
* ``out/state.pt`` holds everything a killed run needs; the same command continues it. Batch
  ``(seed, rank, step)`` is a function of these three numbers, so a resumed run reads the
  batches that the uninterrupted one would have read.
* ``out/log.jsonl`` gets one line per evaluation: tokens, seconds, held-out synthetic loss.
* ``out/checkpoint/`` holds the averaged weights as ``Tab2D.save_pretrained`` writes them.
* Processes average their gradients after every step (gloo), so n processes are one run with
  an n times larger batch. A token is one table cell.

Optimiser: Muon on the layers' matrices, Adam on the rest, warm-up, constant rate, linear decay
over the last 45 % of the tokens, and an exponential moving average of the weights. Computation
is bfloat16 with float32 master weights.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from autogluon_causalmix.finetune.mitra import in_context_logits, new_tab2d
from autogluon_causalmix.pretraining.prior import Difficulty, TableBatch, sample_batch

logger = logging.getLogger(__name__)

HELD_OUT_SEED = 987_654_321
DECAY_SHARE = 0.45
EMA_DECAY = 0.999


@dataclass(frozen=True)
class TrainOptions:
    """What a run is; a resumed run may change ``tokens`` alone."""

    out: Path
    tokens: float = 100e6
    processes: int = 2
    cells_per_step: int = 4096
    dim: int = 64
    n_layers: int = 5
    n_heads: int = 2
    lr_muon: float = 5e-3
    lr_adam: float = 3e-3
    warmup_steps: int = 150
    eval_every: int = 500
    seed: int = 0
    device: str = "cpu"


class Pretraining:
    """State of one process of a run: master weights, optimisers, average, counters."""

    def __init__(self, options: TrainOptions, rank: int) -> None:
        self.options, self.rank = options, rank
        self.master = new_tab2d(options.dim, options.n_layers, options.n_heads, seed=options.seed).to(options.device)
        with torch.no_grad():
            for layer in self.master.layers:  # layers start close to the identity
                for out in (layer.attention1.o, layer.attention2.o, layer.linear2, layer.linear4):
                    out.weight.mul_(0.2)
                    out.bias.zero_()
            self.master.x_embedding.x_embedding.weight.mul_(0.5)
            self.master.final_layer.weight.mul_(0.2)
        self.compute = copy.deepcopy(self.master).to(torch.bfloat16)
        self.average = copy.deepcopy(self.master)
        matrices = [p for p in self.master.layers.parameters() if p.ndim == 2]
        chosen = {id(p) for p in matrices}
        others = [p for p in self.master.parameters() if id(p) not in chosen]
        self.muon = torch.optim.Muon(matrices, lr=options.lr_muon, weight_decay=0.0, momentum=0.95)
        self.adam = torch.optim.Adam(others, lr=options.lr_adam, betas=(0.9, 0.98))
        self.step, self.tokens, self.seconds = 0, 0, 0.0

    @property
    def state_path(self) -> Path:
        return self.options.out / "state.pt"

    def load(self) -> None:
        if self.state_path.exists():
            state = torch.load(self.state_path, map_location=self.options.device, weights_only=True)
            for name in ("master", "average", "muon", "adam"):
                getattr(self, name).load_state_dict(state[name])
            self.step, self.tokens, self.seconds = state["step"], state["tokens"], state["seconds"]

    def save(self) -> None:
        state = {name: getattr(self, name).state_dict() for name in ("master", "average", "muon", "adam")}
        state |= {"step": self.step, "tokens": self.tokens, "seconds": self.seconds}
        part = self.state_path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.state_path)
        folder = self.options.out / "checkpoint"
        copy.deepcopy(self.average).cpu().save_pretrained(str(folder))
        # safetensors writes with mode 0600, which an installed package must not have.
        (folder / "model.safetensors").chmod(0o644)

    def rate(self) -> float:
        """Factor on both learning rates."""
        warm = min(1.0, (self.step + 1) / self.options.warmup_steps)
        left = (1 - self.tokens / self.options.tokens) / DECAY_SHARE
        return warm * max(0.0, min(1.0, left))

    def loss(self, model: torch.nn.Module, batch: TableBatch) -> torch.Tensor:
        device, s = self.options.device, batch.n_support
        x, y = torch.from_numpy(batch.x).to(device), torch.from_numpy(batch.y).to(device)
        logits = in_context_logits(model, x[:, :s], y[:, :s], x[:, s:])
        return F.cross_entropy(logits.flatten(0, 1), y[:, s:].flatten(), ignore_index=-100)

    def train_step(self) -> float:
        progress = self.tokens / self.options.tokens
        rng = np.random.default_rng([self.options.seed, self.rank, self.step])
        batch = sample_batch(rng, Difficulty.at(progress), self.options.cells_per_step)
        with torch.no_grad():
            torch._foreach_copy_(list(self.compute.parameters()), list(self.master.parameters()))
        loss = self.loss(self.compute, batch)
        loss.backward()
        gradients = [p.grad for p in self.compute.parameters()]
        flat = torch.cat([g.float().flatten() for g in gradients] + [loss.new_tensor([batch.n_cells]).float()])
        self.compute.zero_grad(set_to_none=True)
        if self.options.processes > 1:
            dist.all_reduce(flat)
        self.tokens += int(flat[-1])
        flat = flat[:-1] / self.options.processes
        norm = flat.norm()
        if torch.isfinite(norm):
            flat *= min(1.0, 1.0 / (float(norm) + 1e-9))
            at = 0
            for p in self.master.parameters():
                p.grad = flat[at : at + p.numel()].view_as(p)
                at += p.numel()
            for optimiser, base in ((self.muon, self.options.lr_muon), (self.adam, self.options.lr_adam)):
                optimiser.param_groups[0]["lr"] = base * self.rate()
                optimiser.step()
            decay = min(EMA_DECAY, (self.step + 1) / (self.step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(self.average.parameters()), list(self.master.parameters()), 1 - decay)
        self.step += 1
        return float(loss.detach())

    def held_out_loss(self, n_batches: int = 40) -> float:
        """Mean loss of the averaged weights on fixed tables of full difficulty."""
        losses = []
        with torch.no_grad():
            for i in range(n_batches):
                batch = sample_batch(np.random.default_rng([HELD_OUT_SEED, i]), Difficulty.at(1.0), 4096)
                losses.append(float(self.loss(self.average, batch)))
        return float(np.mean(losses))

    def run(self) -> None:
        self.load()
        started, recent = time.monotonic() - self.seconds, []
        while self.tokens < self.options.tokens:
            recent.append(self.train_step())
            self.seconds = time.monotonic() - started
            done = self.tokens >= self.options.tokens
            if self.rank == 0 and (done or self.step % self.options.eval_every == 0):
                line = {
                    "step": self.step,
                    "tokens": self.tokens,
                    "seconds": round(self.seconds, 1),
                    "cpu_seconds": round(time.process_time(), 1),
                    "train_loss": round(float(np.mean(recent)), 4),
                    "held_out_loss": round(self.held_out_loss(), 4),
                    "rate": round(self.rate(), 4),
                }
                recent.clear()
                self.save()
                with open(self.options.out / "log.jsonl", "a") as file:
                    file.write(json.dumps(line) + "\n")
                logger.info("%s", line)


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
    torch.multiprocessing.spawn(_worker, (options, meeting_point.resolve().as_uri()), nprocs=options.processes)
    meeting_point.unlink(missing_ok=True)
    return None


def main() -> None:
    """Read the command line; a GPU is used when there is one, else ``--processes`` cores."""
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=TrainOptions.tokens)
    parser.add_argument("--processes", type=int, default=1 if cuda else min(2, os.cpu_count() or 1))
    parser.add_argument("--cells-per-step", type=int, default=131_072 if cuda else TrainOptions.cells_per_step)
    parser.add_argument("--dim", type=int, default=TrainOptions.dim)
    parser.add_argument("--n-layers", type=int, default=TrainOptions.n_layers)
    parser.add_argument("--n-heads", type=int, default=TrainOptions.n_heads)
    parser.add_argument("--seed", type=int, default=TrainOptions.seed)
    parser.add_argument("--device", default="cuda" if cuda else "cpu")
    run(TrainOptions(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
