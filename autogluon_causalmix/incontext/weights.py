"""A checkpoint's weights as a model, and the untuned model as a source of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autogluon_causalmix.checkpoints.resolve import Checkpoint
from autogluon_causalmix.errors import CheckpointError
from autogluon_causalmix.incontext.learner import InContextModel, numpy_outputs
from autogluon_causalmix.incontext.mitra import load_tab2d

__all__ = ["check_outputs", "load_weights", "untuned_labels"]


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
