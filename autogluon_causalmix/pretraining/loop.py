"""One process of a pretraining run: draw tables, step, average, save, report.

Contract
--------
* The state holds every number that a step depends on, the tables' seeds included: a run that was
  stopped and resumed with the same options ends in the same weights as one that was not (in one
  process on one kind of CPU).
* ``tokens``, the target that curriculum and decay follow, may be changed by a resume; the state
  keeps the list of targets with the tokens at which each came to hold.
* Optimiser: Muon on the layers' matrices, Adam on the rest, warm-up, constant rate, linear decay
  over the last part of the tokens, and an exponential moving average of the weights. Computation
  is bfloat16 with float32 master weights.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from autogluon_causalmix.errors import CheckpointError
from autogluon_causalmix.incontext.mitra import in_context_logits, load_tab2d, new_tab2d
from autogluon_causalmix.pretraining.muon import StackedMuon
from autogluon_causalmix.pretraining.prior import Difficulty, TableBatch, sample_batch
from autogluon_causalmix.pretraining.run_options import LATER_OPTIONS, TrainOptions
from autogluon_causalmix.pretraining.state import check_options, read_state, trim_log, write_state, writing
from autogluon_causalmix.pretraining.stream import table_batches

__all__ = ["Pretraining", "regression_losses"]

logger = logging.getLogger(__name__)

HELD_OUT_SEED, HELD_OUT_CELLS = 987_654_321, 4096
EMA_DECAY = 0.999
#: A table on which the model is worse than a constant counts as if its loss were this: one table
#: with an outlier must not drown the others.
WORST_TABLE = 1.5


class Pretraining:
    """State of one process of a run: master weights, optimisers, average, counters."""

    def __init__(self, options: TrainOptions, rank: int = 0) -> None:
        self.options, self.rank = options, rank
        self.master = _first_weights(options).to(options.device)
        self.compute = copy.deepcopy(self.master).to(torch.bfloat16)
        self.average = copy.deepcopy(self.master)
        matrices = [p for p in self.master.layers.parameters() if p.ndim == 2]
        chosen = {id(p) for p in matrices}
        others = [p for p in self.master.parameters() if id(p) not in chosen]
        self.muon = StackedMuon(matrices)
        self.adam = torch.optim.Adam(others, lr=options.lr_adam, betas=(0.9, 0.98))
        self.step, self.tokens, self.seconds, self.cpu_seconds = 0, 0, 0.0, 0.0
        self.targets: list[list[float]] = [[0, options.tokens]]

    @property
    def state_path(self) -> Path:
        """The file that the run continues from."""
        return self.options.out / "state.pt"

    @property
    def log_path(self) -> Path:
        """One JSON line per evaluation."""
        return self.options.out / "log.jsonl"

    def load(self) -> None:
        """Continue from the saved state, if there is one."""
        if not self.state_path.exists():
            if self.rank == 0 and self.log_path.is_file():
                trim_log(self.log_path, self.step)  # of a run that was begun before
            return
        state = read_state(self.state_path)
        check_options({**LATER_OPTIONS, **state["options"]}, self.options.binding())
        for name in ("master", "average", "muon", "adam"):
            getattr(self, name).load_state_dict(state[name])
        for name in ("step", "tokens", "seconds", "cpu_seconds", "targets"):
            setattr(self, name, state[name])
        if self.targets[-1][1] != self.options.tokens:
            if self.options.tokens <= self.tokens:
                raise CheckpointError(
                    f"--tokens {self.options.tokens:g}, but the run has read {self.tokens} already: its learning rate "
                    "could not fall to zero any more; give a higher target"
                )
            self.targets.append([self.tokens, self.options.tokens])
        if self.rank == 0 and self.log_path.exists():
            trim_log(self.log_path, self.step)

    def save(self) -> None:
        """Write the state; see `write_state`."""
        state = {name: getattr(self, name).state_dict() for name in ("master", "average", "muon", "adam")}
        counters = {name: getattr(self, name) for name in ("step", "tokens", "seconds", "cpu_seconds", "targets")}
        write_state(self.state_path, {**state, **counters, "options": self.options.binding()})

    def export(self) -> None:
        """Write the averaged weights as ``Tab2D.save_pretrained`` does."""
        folder = self.options.out / "checkpoint"
        part = self.options.out / "checkpoint.part"
        with writing("the checkpoint", folder):
            copy.deepcopy(self.average).cpu().save_pretrained(str(part))
            # safetensors writes with mode 0600, which an installed package must not have.
            (part / "model.safetensors").chmod(0o644)
            folder.mkdir(exist_ok=True)
            for file in part.iterdir():
                os.replace(file, folder / file.name)
            part.rmdir()

    def rate(self) -> float:
        """Factor on both learning rates."""
        warm = min(1.0, (self.step + 1) / self.options.warmup_steps)
        left = (1 - self.tokens / self.options.tokens) / self.options.decay_share
        return warm * max(0.0, min(1.0, left))

    def loss(self, model: torch.nn.Module, batch: TableBatch) -> torch.Tensor:
        """Mean loss of the query rows: cross-entropy, or 1 - R² averaged over tables."""
        device, s = self.options.device, batch.n_support
        x, y = torch.from_numpy(batch.x).to(device), torch.from_numpy(batch.y).to(device)
        outputs = in_context_logits(model, x[:, :s], y[:, :s], x[:, s:])
        if self.options.task == "classification":
            return F.cross_entropy(outputs.flatten(0, 1), y[:, s:].flatten(), ignore_index=-100)
        per_table = regression_losses(outputs[..., 0], y, s)
        return (per_table * (WORST_TABLE / per_table.detach()).clamp_max(1.0)).mean()

    def train_step(self, batch: TableBatch, tokens: int) -> float:
        """Move the weights by one batch, after which ``tokens`` cells are read; return the loss."""
        with torch.no_grad():
            torch._foreach_copy_(list(self.compute.parameters()), list(self.master.parameters()))
        loss = self.loss(self.compute, batch)
        loss.backward()
        gradients = [p.grad for p in self.compute.parameters()]
        flat = torch.cat([gradient.float().flatten() for gradient in gradients])
        self.compute.zero_grad(set_to_none=True)
        if self.options.processes > 1:
            dist.all_reduce(flat)
        self.tokens = tokens
        flat = flat / self.options.processes
        norm = flat.norm()
        if torch.isfinite(norm):
            flat *= min(1.0, 1.0 / (float(norm) + 1e-9))
            at = 0
            for p in self.master.parameters():
                p.grad = flat[at : at + p.numel()].view_as(p)
                at += p.numel()
            rate = self.rate()
            self.muon.step(self.options.lr_muon * rate)
            self.adam.param_groups[0]["lr"] = self.options.lr_adam * rate
            self.adam.step()
            decay = min(EMA_DECAY, (self.step + 1) / (self.step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(self.average.parameters()), list(self.master.parameters()), 1 - decay)
        self.step += 1
        return float(loss.detach())

    def held_out_loss(self, model: torch.nn.Module | None = None, n_batches: int = 40) -> float:
        """Mean loss of the averaged weights (or ``model``) on fixed tables of full difficulty."""
        losses, task = [], self.options.task
        with torch.no_grad():
            for i in range(n_batches):
                rng = np.random.default_rng([HELD_OUT_SEED, i])
                batch = sample_batch(rng, Difficulty.at(1.0), HELD_OUT_CELLS, task)
                losses.append(float(self.loss(model or self.average, batch)))
        return float(np.mean(losses))

    def run(self) -> None:
        """Train until the target number of tokens, from wherever the run stands."""
        self.load()
        began, cpu_began, first = time.monotonic() - self.seconds, time.process_time() - self.cpu_seconds, self.tokens
        started = saved = time.monotonic()
        recent: list[float] = []
        for batch, tokens in table_batches(self.options, self.rank, self.step, self.tokens):
            recent.append(self.train_step(batch, tokens))
            self.seconds, self.cpu_seconds = time.monotonic() - began, time.process_time() - cpu_began
            done = self.tokens >= self.options.tokens
            if self.rank:
                continue
            if done or self.step % self.options.eval_every == 0:
                speed = (self.tokens - first) / (time.monotonic() - started)
                self._report(recent, speed)
                recent.clear()
            if done or time.monotonic() - saved > self.options.save_seconds:
                self.save()
                saved = time.monotonic()
        if self.rank == 0:
            self.export()

    def _report(self, losses: list[float], speed: float) -> None:
        line = {
            "step": self.step,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 1),
            "cpu_seconds": round(self.cpu_seconds, 1),
            "train_loss": round(float(np.mean(losses)), 4),
            "held_out_loss": round(self.held_out_loss(), 4),
            "rate": round(self.rate(), 4),
        }
        with writing("the log", self.log_path), open(self.log_path, "a") as file:
            file.write(json.dumps(line) + "\n")
        minutes = max(0, self.options.tokens - self.tokens) / speed / 60
        logger.info(
            "%.1f of %.1f M tokens, %.0f a second, held-out loss %.4f, %d h %02d min left",
            self.tokens / 1e6,
            self.options.tokens / 1e6,
            speed,
            line["held_out_loss"],
            minutes // 60,
            minutes % 60,
        )


def _first_weights(options: TrainOptions) -> torch.nn.Module:
    """Those of ``options.init``, or random ones that start close to the identity."""
    model = new_tab2d(
        options.dim, options.n_layers, options.n_heads, regression=options.task == "regression", seed=options.seed
    )
    if options.init:
        given = load_tab2d(options.init).state_dict()
        mine = model.state_dict()
        differ = [name for name in mine if name not in given or given[name].shape != mine[name].shape]
        if differ or len(given) != len(mine):
            raise CheckpointError(
                f"--init {options.init!r} holds a model of other sizes or for another task (for example, "
                f"{(differ or sorted(set(given) - set(mine)))[0]!r} differs): "
                "give --task, --dim, --n-layers and --n-heads as in its config.json"
            )
        model.load_state_dict(given)
        return model
    with torch.no_grad():
        for layer in model.layers:
            for out in (layer.attention1.o, layer.attention2.o, layer.linear2, layer.linear4):
                out.weight.mul_(0.2)
                out.bias.zero_()
        model.x_embedding.x_embedding.weight.mul_(0.5)
        model.final_layer.weight.mul_(0.2)
    return model


def regression_losses(outputs: torch.Tensor, y: torch.Tensor, n_support: int) -> torch.Tensor:
    """Squared error of each table's query rows in units of the table's variance, ``(b,)``.

    Outputs have shape ``(b, n_query)``, ``y`` ``(b, n)``. A table whose targets are all equal
    teaches nothing: its loss is 0.
    """
    variance = y.var(dim=1, correction=0)
    error = (outputs - y[:, n_support:]).square().mean(dim=1)
    return torch.where(variance > 1e-7, error / variance.clamp_min(1e-7), 0.0 * error)
