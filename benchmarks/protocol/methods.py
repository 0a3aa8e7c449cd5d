"""Methods with every default filled in: what a cell's key is made of.

Weights count by their content, so that a retrained checkpoint under the same name makes new cells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from autogluon_causalmix.checkpoints import MINI_FOLDERS
from autogluon_causalmix.checkpoints.resolve import FILES, REVISIONS
from autogluon_causalmix.options import OPTION_NAMES, CausalMixOptions

__all__ = ["Setting", "causalmix", "causalmix_or_model", "in_predictor", "peer", "weights_digest"]


@dataclass(frozen=True)
class Setting:
    """What a run fixes for all of its methods: seed, weights, device ("cpu" or "cuda"), and the task of "mini"."""

    seed: int = 0
    checkpoint: str = "mini"
    device: str = "cpu"
    task: str = "classification"


def causalmix(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Resolved options of CAUSALMIX; a generator that is a class of ours is given as ``"module:Class"``.

    Methods that do not name their views have one: it was the default when most rows were measured.
    The learning rate that depends on the weights is left open here, as ``None``: the weights' digest
    and the code's version, both in the key, determine it.
    """
    given = {"hf_model": setting.checkpoint, "seed": setting.seed, "device": setting.device, "n_views": 1}
    given |= hyperparameters
    options = CausalMixOptions.from_hyperparameters(given).to_dict()
    return options | {"weights": weights_digest(str(options["hf_model"]), setting.task)}


def in_predictor(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """A model in ``TabularPredictor.fit``: ``model`` is AutoGluon's key, ``bag_folds`` 0 holds rows out.

    CAUSALMIX's options are resolved; those of AutoGluon's own models are what AutoGluon's version,
    which is in every row, makes of them. MITRA takes the weights of the setting.
    """
    model, bag_folds = hyperparameters["model"], hyperparameters.get("bag_folds", 0)
    options = {k: v for k, v in hyperparameters.items() if k not in ("model", "bag_folds")}
    if model == "CAUSALMIX":
        options = causalmix(options, setting)
    elif model == "MITRA":
        options |= {"hf_model": setting.checkpoint, "weights": weights_digest(setting.checkpoint, setting.task)}
        options |= {"device": setting.device}
    return {"model": model, "bag_folds": bag_folds, "seed": setting.seed, "options": options}


def causalmix_or_model(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of CAUSALMIX or, where ``model`` is given, those of AutoGluon's model in ``TabularPredictor.fit``.

    That model is not told what only CAUSALMIX knows, as a smoke run's few steps.
    """
    if "model" not in hyperparameters:
        return causalmix(hyperparameters, setting)
    return in_predictor({k: v for k, v in hyperparameters.items() if k not in OPTION_NAMES}, setting)


def peer(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """A scikit-learn model of `protocol.peers`, or the untuned checkpoint with ``n_estimators`` views."""
    if hyperparameters["model"] != "untuned":
        return dict(hyperparameters) | {"seed": setting.seed}
    views = {k: v for k, v in hyperparameters.items() if k != "model"}
    return {"model": "untuned", "options": causalmix(views | {"fine_tune": False}, setting)}


@cache
def weights_digest(checkpoint: str, task: str = "classification") -> str:
    """Digest of a checkpoint's files (the task's "mini" or a folder), or the commit of one on the hub.

    Raises
    ------
    ValueError
        If there is neither such a folder nor a commit pinned for such a hub id.
    """
    folder = MINI_FOLDERS[task] if checkpoint == "mini" else Path(checkpoint)
    if all((folder / file).is_file() for file in FILES):
        total = hashlib.sha256()
        for file in FILES:
            total.update((folder / file).read_bytes())
        return total.hexdigest()[:16]
    if checkpoint in REVISIONS:
        return REVISIONS[checkpoint]
    raise ValueError(
        f"checkpoint={checkpoint!r} is neither 'mini', nor a folder with {' and '.join(FILES)}, nor one of "
        f"{list(REVISIONS)}"
    )
