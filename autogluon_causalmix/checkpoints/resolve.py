"""Find the checkpoint that a fit asks for, before any other work, and fast when it is not available.

A name is "mini" (bundled, one per task), a local folder with ``config.json`` and ``model.safetensors``, or a
hub id. Hub files that are cached are used without asking the network. Otherwise the hub is
probed once with a deadline: offline, the hub's own client retries for much longer.
"""

from __future__ import annotations

import dataclasses
import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from autogluon_causalmix.checkpoints import MINI_FOLDERS
from autogluon_causalmix.errors import CheckpointError

__all__ = [
    "OFFICIAL",
    "REVISIONS",
    "Checkpoint",
    "check_available",
    "fetch_official",
    "official_name",
    "resolve_checkpoint",
    "stand_in_name",
]

OFFICIAL = {"classification": "autogluon/mitra-classifier", "regression": "autogluon/mitra-regressor"}
#: The commits of the official weights that are used, so that a later upload changes no result. As
#: stated, in agreement, by several public repositories; the hub could not be asked where this was written.
REVISIONS = {
    "autogluon/mitra-classifier": "c425e9fa0910a6be1c494321792e7ba2a1367b1a",
    "autogluon/mitra-regressor": "5f277aa8f69042d39d6ac3612aed18bb9279bd95",
}
FILES = ("config.json", "model.safetensors")
#: Seconds to wait for the hub to answer anything, and to remember that it did not, or that a download failed.
PROBE_SECONDS, FORGET_SECONDS = 3.0, 120.0

#: When a hub, or the official weights on it, could not be had, and why.
_unreachable: dict[str, tuple[float, str]] = {}


@dataclass(frozen=True)
class Checkpoint:
    """Where weights lie and what they are.

    Attributes
    ----------
    name
        As given, or the official id.
    folder
        Local folder with the two files.
    source
        "bundled", "folder" or "hub".
    config
        Contents of ``config.json``: dim, dim_output, n_layers, n_heads, task.
    fallback_reason
        Why the official weights were not used; None if nothing was replaced.
    """

    name: str
    folder: str
    source: str
    config: dict
    fallback_reason: str | None = None

    @property
    def revision(self) -> str | None:
        """Commit of a hub checkpoint: the name of its folder in the cache; None for others."""
        return Path(self.folder).name if self.source == "hub" else None

    @property
    def n_parameters(self) -> int:
        """Number of parameters, from the shape of a Tab2D layer."""
        d, n_outputs = self.config["dim"], self.config["dim_output"]
        per_layer = 24 * d * d + 26 * d
        target = 2 * d if n_outputs == 1 else n_outputs * d  # a line, or a vector per class
        return self.config["n_layers"] * per_layer + target + 5 * d + n_outputs * (d + 1)


def resolve_checkpoint(name: str | None, problem_type: str) -> Checkpoint:
    """Return the checkpoint called ``name`` for a problem type, downloaded if need be.

    Raises
    ------
    CheckpointError
        If a named checkpoint is not available or is for another task. Without a name the bundled
        one stands in for official weights that are not available.
    """
    task = _task(problem_type)
    if name is not None:
        return _named(name, task, FILES)
    try:
        return _check_task(_find(OFFICIAL[task], task, patient=True), task)
    except CheckpointError as error:
        mini = _find("mini", task)
        return dataclasses.replace(mini, fallback_reason=str(error.__cause__ or error))


def official_name(problem_type: str) -> str:
    """Hub id of the official weights for a problem type."""
    return OFFICIAL[_task(problem_type)]


def fetch_official(problem_type: str) -> str:
    """Put the official weights for a problem type into the hub's cache; return their local folder.

    Raises
    ------
    CheckpointError
        If they can neither be found nor downloaded.
    """
    return _named(OFFICIAL[_task(problem_type)], _task(problem_type), FILES).folder


def check_available(name: str, problem_type: str) -> None:
    """Raise `CheckpointError` if a named checkpoint is not available; fetches its small config only."""
    _named(name, _task(problem_type), FILES if os.path.isdir(name) or name == "mini" else FILES[:1])


def stand_in_name(problem_type: str) -> str | None:
    """Name of the bundled weights that a fit without a name would take; None if it takes the official ones.

    Nothing large is fetched for a name: of a hub that answers, its small file stands for all, until a download fails.
    """
    task = _task(problem_type)
    repo_id = OFFICIAL[task]
    folder = _cached(repo_id, FILES, REVISIONS[repo_id])
    here = folder is not None and _has_whole_weights(folder, FILES)
    out_of_reach = not here and (_why_unreachable() or _remembered(repo_id))
    if not out_of_reach:
        try:
            _named(repo_id, task, FILES[:1])
            return None
        except CheckpointError:
            pass
    try:
        checkpoint = resolve_checkpoint(None, problem_type)
    except CheckpointError:
        return None  # no weights at all: the fit will say so
    return None if checkpoint.fallback_reason is None else checkpoint.name


def _task(problem_type: str) -> str:
    return "regression" if problem_type == "regression" else "classification"


def _named(name: str, task: str, files: tuple[str, ...]) -> Checkpoint:
    try:
        return _check_task(_find(name, task, files), task)
    except CheckpointError as error:
        raise CheckpointError(f"{error}. {_three_ways(task)}") from error.__cause__


def _find(name: str, task: str, files: tuple[str, ...] = FILES, *, patient: bool = False) -> Checkpoint:
    """Locate a named checkpoint; ``files`` says what of a hub repository is fetched, ``patient`` see `_from_hub`."""
    if name == "mini":
        return _read(str(MINI_FOLDERS[task]), name, "bundled", files)
    if os.path.isdir(name):
        return _read(name, name, "folder", files)
    looks_like_hub_id = name.count("/") == 1 and not name.startswith((".", "/", "~")) and "\\" not in name
    if not looks_like_hub_id:
        raise CheckpointError(f"no folder {name!r}")
    try:
        return _read(_from_hub(name, files, patient=patient), name, "hub", files)
    except (OSError, ValueError) as error:  # the hub's client calls a name with a space, or none, an impossible one
        raise CheckpointError(f"checkpoint {name!r} is not available: {error}") from error


def _three_ways(task: str) -> str:
    return (
        f"Three ways to get weights: (1) download: hf_model={OFFICIAL[task]!r} with network access, or once with "
        f"`hf download {OFFICIAL[task]}` into the cache; (2) a local folder with config.json and "
        f"model.safetensors: hf_model='/path/to/folder'; (3) hf_model=\"mini\" (bundled with this package)."
    )


def _from_hub(repo_id: str, files: tuple[str, ...] = FILES, *, patient: bool = False) -> str:
    """Return the local folder of a hub repository's files; OSError says why there is none.

    ``patient``: a download that failed a short while ago is not begun again, as for weights that nobody asked for.
    """
    from huggingface_hub import hf_hub_download

    pinned = REVISIONS.get(repo_id)
    folder = _cached(repo_id, files, pinned)
    damaged = folder is not None and not _has_whole_weights(folder, files)
    if folder is not None and not damaged:
        return folder
    reason, cause = _why_unreachable() or (_remembered(repo_id) if patient else None), None
    if reason is None:
        try:
            paths = [hf_hub_download(repo_id, file, revision=pinned, force_download=damaged) for file in files]
            return str(Path(paths[0]).parent)
        except Exception as error:  # the hub client raises its own, httpx's and OS errors alike
            reason, cause = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}", error
            if pinned:  # the name of a model and each of its folds would begin the download again
                _unreachable[repo_id] = (time.monotonic(), reason)
    # What AutoGluon has fetched lies under "main", whatever its commit (the report tells it).
    folder = _cached(repo_id, files, None) if pinned else None
    if folder is not None and _has_whole_weights(folder, files):
        return folder
    raise OSError(f"{reason}; the file in the cache is damaged" if damaged else reason) from cause


def _cached(repo_id: str, files: tuple[str, ...], revision: str | None) -> str | None:
    """The local folder of a hub repository's files, if its cache has all of them."""
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(repo_id, file, revision=revision) for file in files]
    return str(Path(paths[0]).parent) if all(isinstance(path, str) for path in paths) else None


def _remembered(what: str) -> str | None:
    """Why a hub or a repository could not be had a short while ago."""
    began, reason = _unreachable.get(what, (-FORGET_SECONDS, None))
    return reason if time.monotonic() - began < FORGET_SECONDS else None


def _why_unreachable() -> str | None:
    """Ask the hub for anything, with a deadline that also covers name resolution."""
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    if constants.HF_HUB_OFFLINE:
        return "the hub is switched off (HF_HUB_OFFLINE) and the files are not in its cache"
    endpoint = constants.ENDPOINT
    remembered = _remembered(endpoint)
    if remembered is not None:
        return remembered
    outcome: list[str | None] = []

    def probe() -> None:
        try:
            get_session().head(endpoint, timeout=PROBE_SECONDS)
            outcome.append(None)
        except Exception as error:  # whatever the transport raises is the answer
            outcome.append(f"{endpoint} cannot be reached ({type(error).__name__}: {error})")

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS + 0.5)
    reason = outcome[0] if outcome else f"{endpoint} did not answer within {PROBE_SECONDS:.0f} s"
    if reason is not None:
        _unreachable[endpoint] = (time.monotonic(), reason)
    return reason


def _has_whole_weights(folder: str, files: tuple[str, ...]) -> bool:
    """Whether the weights, if they are among ``files``, are as long as their own header says."""
    if FILES[1] not in files:
        return True
    path = os.path.join(folder, FILES[1])
    try:
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            left = os.path.getsize(path) - 8 - length
            header = json.loads(file.read(length)) if left >= 0 else {}
        return left == max(about["data_offsets"][1] for name, about in header.items() if name != "__metadata__")
    except (ValueError, TypeError, KeyError):  # not the format at all
        return False


def _read(folder: str, name: str, source: str, files: tuple[str, ...]) -> Checkpoint:
    for file in files:
        if not os.path.isfile(os.path.join(folder, file)):
            raise CheckpointError(f"the checkpoint folder {folder!r} has no {file}; `save_pretrained` writes both")
    if not _has_whole_weights(folder, files):
        raise CheckpointError(f"{folder}/{FILES[1]} is cut short or damaged: copy or download it again")
    try:
        with open(os.path.join(folder, FILES[0])) as file:
            config = json.load(file)
    except ValueError as error:
        raise CheckpointError(f"{folder}/config.json is no JSON ({error}): download it again") from error
    if not isinstance(config, dict):
        raise CheckpointError(f"{folder}/config.json holds no settings: download it again")
    absent = [key for key in ("dim", "dim_output", "n_layers", "n_heads", "task") if key not in config]
    if absent:
        raise CheckpointError(f"{folder}/config.json lacks {absent}: it is no Mitra (Tab2D) checkpoint")
    return Checkpoint(name, folder, source, config)


def _check_task(checkpoint: Checkpoint, task: str) -> Checkpoint:
    its_task = str(checkpoint.config["task"]).lower().rsplit(".", 1)[-1]
    if its_task != task:
        raise CheckpointError(f"checkpoint {checkpoint.name!r} is for {its_task}, the problem is {task}")
    return checkpoint
