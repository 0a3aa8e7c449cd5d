"""Pretraining for as long as there is time, from a saved state."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["pretrain"]

ROOT = Path(__file__).parents[2]
#: Seconds between two saved states: so much work is lost at most when the time is over.
SAVE_SECONDS = 15
#: A run that begins here, and its smoke form, which ends by itself.
NEW = {"tokens": 2e9, "cells_per_step": 131_072, "dim": 64, "n_layers": 5, "n_heads": 2, "workers": 12}
TINY = {"tokens": 6e3, "cells_per_step": 256, "dim": 16, "n_layers": 1, "n_heads": 2, "workers": 0}
#: Seconds that a stopped run has to leave.
GRACE = 5


def pretrain(
    device: str, smoke: bool, state: str | None, out: Path, seconds: float, tokens: float | None = None
) -> dict[str, Any]:
    """Run `autogluon_causalmix.pretraining.train` for ``seconds`` and stop it.

    Parameters
    ----------
    state
        Folder of a run (``state.pt``, maybe ``log.jsonl``), which is copied and left as it is; None begins anew.
    out
        Folder of the run, which is made.
    tokens
        Where the run is to end; None keeps the state's target, or takes a new run's.

    Returns
    -------
    Tokens before and after, tokens a second between the first and the last saved state of this run, and the
    latest loss on held-out tables.
    """
    out.mkdir(parents=True, exist_ok=True)
    options = dict(TINY if smoke else NEW)
    moved = None
    if state is not None:
        options, moved = _continued(Path(state), out, device)
    if tokens is not None:
        options["tokens"] = tokens
    before = _counters(out)
    command = [sys.executable, "-m", "autogluon_causalmix.pretraining.train", "--out", str(out), "--device", device]
    command += ["--save-seconds", "1" if smoke else str(SAVE_SECONDS), "--eval-every", "20" if smoke else "500"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        _, errors = process.communicate(timeout=seconds)
        ended = f"ended by itself with status {process.returncode}"
        if process.returncode:
            ended += f": {errors.strip()[-300:]}"
    except subprocess.TimeoutExpired:
        ended = "stopped when the time was over"
        os.killpg(process.pid, signal.SIGTERM)  # the processes that draw tables too
        try:
            process.communicate(timeout=GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    after = _counters(out)
    spent = after["seconds"] - before["seconds"]
    lines = (out / "log.jsonl").read_text().splitlines() if (out / "log.jsonl").exists() else []
    return {
        "moved": moved,
        "tokens before": before["tokens"],
        "tokens after": after["tokens"],
        "tokens a second": (after["tokens"] - before["tokens"]) / spent if spent > 0 else None,
        "held-out loss": json.loads(lines[-1])["held_out_loss"] if lines else None,
        "ended": ended,
    }


def _continued(state: Path, out: Path, device: str) -> tuple[dict[str, Any], str | None]:
    """Copy a run to ``out``; its options for the command line, and a remark if it came from another device.

    The device is one of the options that a run must keep, because its arithmetic is then the same to the bit.
    Here that is given up, knowingly, and said.
    """
    from autogluon_causalmix.pretraining.state import read_state, write_state

    saved = read_state(state / "state.pt")
    options, moved = dict(saved["options"]), None
    if options["device"] != device:
        moved = f"from {options['device']} to {device}: not the bits of a run that stayed"
        saved.pop("format", None)
        write_state(out / "state.pt", saved | {"options": options | {"device": device}})
    else:
        shutil.copy2(state / "state.pt", out / "state.pt")
    if (state / "log.jsonl").exists():
        shutil.copy2(state / "log.jsonl", out / "log.jsonl")
    for name in ("device", "warmup_steps"):  # given already; no option of the command line
        options.pop(name)
    return options | {"tokens": float(saved["targets"][-1][1])}, moved


def _counters(out: Path) -> dict[str, float]:
    from autogluon_causalmix.pretraining.state import read_state

    if not (out / "state.pt").exists():
        return {"tokens": 0, "seconds": 0.0}
    saved = read_state(out / "state.pt")
    return {"tokens": saved["tokens"], "seconds": saved["seconds"]}
