"""The file that a run continues from: written whole or not at all, read whole or refused.

It starts with a magic word and the SHA-256 digest of the rest, so that a damaged file is told
from a good one. It is written beside the old one, forced to the disk and then renamed: whatever
goes wrong on the way, a full disk included, the old state stays as it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from autogluon_causalmix.errors import CheckpointError

__all__ = ["FORMAT", "check_options", "read_state", "trim_log", "write_state", "writing"]

#: Raised whenever a state's entries change their meaning.
FORMAT = 2
_MAGIC = b"CAUSALMIX-STATE\n"
_DIGEST_BYTES = 32


@contextlib.contextmanager
def writing(what: str, path: Path) -> Iterator[None]:
    """Turn what a full disk or a folder that cannot be written raises into a `CheckpointError`."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(
            f"{what} cannot be written to {str(path)!r} ({reason}); the state saved before is untouched: "
            "make room, then start the same command again"
        ) from error


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Replace ``path`` by ``state``.

    Raises
    ------
    CheckpointError
        If the disk is full or the folder cannot be written; the old file is untouched.
    """
    buffer = io.BytesIO()
    torch.save({"format": FORMAT, **state}, buffer)
    payload = buffer.getvalue()
    part = path.with_suffix(".part")
    try:
        with writing("the state of the run", path):
            with open(part, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(payload).digest())
                file.write(payload)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
    except CheckpointError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def read_state(path: Path) -> dict[str, Any]:
    """Return what `write_state` wrote, on the CPU: each part's `load_state_dict` brings it to where it belongs.

    Raises
    ------
    CheckpointError
        If the file is damaged or was written by another version; it is left as it is.
    """
    content = path.read_bytes()
    start = len(_MAGIC) + _DIGEST_BYTES
    way_out = "start with another --out, or move the file away to begin anew"
    if not content.startswith(_MAGIC):
        raise CheckpointError(f"{str(path)!r} is no state of this version's pretraining: {way_out}")
    payload = content[start:]
    if hashlib.sha256(payload).digest() != content[len(_MAGIC) : start]:
        raise CheckpointError(
            f"{str(path)!r} is damaged (its digest does not match its {len(payload)} bytes): {way_out}"
        )
    state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    if state["format"] != FORMAT:
        raise CheckpointError(f"{str(path)!r} has format {state['format']}, this version reads {FORMAT}: {way_out}")
    return state


def check_options(saved: dict[str, Any], given: dict[str, Any]) -> None:
    """Raise `CheckpointError` that names every option that differs from the run's."""
    changed = [
        f"{name} (the run has {saved.get(name)!r}, given is {value!r})"
        for name, value in given.items()
        if saved.get(name) != value
    ]
    if changed:
        raise CheckpointError(
            f"a run continues with the options that it began with; changed: {', '.join(changed)}. "
            "Give the old values, or another --out for a new run"
        )


def trim_log(path: Path, step: int) -> None:
    """Leave the lines of a log up to ``step``: later ones, and half ones, are told anew."""

    def is_kept(line: str) -> bool:
        try:
            return json.loads(line)["step"] <= step
        except ValueError:  # cut when the disk was full
            return False

    kept = [f"{line}\n" for line in path.read_text().splitlines() if is_kept(line)]  # the last may lack its end
    part = path.with_suffix(".part")
    with writing("the log", path):
        part.write_text("".join(kept))
        os.replace(part, path)
