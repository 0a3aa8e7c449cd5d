"""A checkpoint's weights as a model, what the report says of them, and the untuned model as a source of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autogluon_causalmix.checkpoints.resolve import Checkpoint
from autogluon_causalmix.errors import CheckpointError
from autogluon_causalmix.finetune.learner import InContextModel, numpy_outputs
from autogluon_causalmix.finetune.mitra import load_tab2d
from autogluon_causalmix.finetune.report import FitReport

__all__ = ["check_outputs", "load_weights", "record_weights", "untuned_labels"]


def record_weights(checkpoint: Checkpoint, official: str, report: FitReport, warn: Callable[[str], None]) -> None:
    """Write into the report which weights are used; say so if they stand in for the official ones."""
    reason = checkpoint.fallback_reason
    report.weights = {
        "name": checkpoint.name,
        "source": checkpoint.source,
        "revision": checkpoint.revision,
        "parameters": checkpoint.n_parameters,
        "fallback_reason": reason,
    }
    if reason is not None:
        report.fall_back(f"bundled checkpoint instead of the official weights: {reason}")
        warn(
            "CausalMix uses its small bundled checkpoint, because the official Mitra weights cannot be had: "
            f'{reason}. Set hf_model="{official}" to require them, '
            'or hf_model="mini" to choose the bundled ones without this warning.'
        )


def check_outputs(checkpoint: Checkpoint, n_classes: int) -> None:
    """Raise `CheckpointError` if a classifier has fewer outputs than there are classes."""
    n_outputs = checkpoint.config["dim_output"]
    if n_classes > n_outputs:
        raise CheckpointError(
            f"{n_classes} classes, but checkpoint {checkpoint.name!r} has {n_outputs} outputs: "
            "merge rare classes or choose another model"
        )


def load_weights(checkpoint: Checkpoint) -> Any:
    """Load a Tab2D onto the CPU; `CheckpointError` says what is wrong with the files."""
    try:
        return load_tab2d(checkpoint.folder)
    except Exception as error:  # safetensors, torch and OS errors all mean the same to the user
        raise CheckpointError(
            f"the weights in {checkpoint.folder!r} cannot be loaded ({type(error).__name__}: {error}); "
            "download them again"
        ) from error


def untuned_labels(
    learner: InContextModel, x_support: np.ndarray, y_support: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Return ``label(x)``: what the untuned model makes of encoded rows ``(n, f)`` given real ones.

    Class probabilities ``(n, n_classes)`` or scaled targets ``(n,)``.
    """

    support = learner.encode(x_support, y_support)

    def label(x: np.ndarray) -> np.ndarray:
        return numpy_outputs(learner.predict(support, x), learner.n_classes)

    return label
