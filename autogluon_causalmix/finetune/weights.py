"""The weights that a fit starts from: where they lie, whether they serve, and models made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autogluon_causalmix.checkpoints.resolve import Checkpoint, official_name, resolve_checkpoint
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.incontext.weights import check_outputs, load_weights
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import WeightsOptions

__all__ = ["Weights"]


@dataclass(frozen=True)
class Weights:
    """A checkpoint with the device and the precision that it is used in."""

    checkpoint: Checkpoint
    device: str
    precision: str

    @classmethod
    def resolve(
        cls, options: WeightsOptions, problem_type: str, n_classes: int, device: str, journal: Journal
    ) -> Weights:
        """Find the weights that the options name; a stand-in for the official ones is noted.

        Raises
        ------
        CheckpointError
            If there are none, or a classifier has fewer outputs than there are classes.
        """
        with journal.stage("checkpoint"):
            checkpoint = resolve_checkpoint(options.checkpoint_name(problem_type), problem_type)
        reason = checkpoint.fallback_reason
        if reason is not None:
            journal.remark(
                f"bundled checkpoint instead of the official weights: {reason}",
                "CausalMix uses its small bundled checkpoint, because the official Mitra weights cannot be loaded: "
                f'{reason}. Set hf_model="{official_name(problem_type)}" to require them, '
                'or hf_model="mini" to choose the bundled ones without this warning.',
            )
        if problem_type != "regression":
            check_outputs(checkpoint, n_classes)
        return cls(checkpoint, device, options.precision)

    def learner(self, n_classes: int) -> InContextModel:
        """Load an untuned model of its own for ``n_classes`` classes (0: a regression)."""
        return InContextModel(load_weights(self.checkpoint), n_classes, self.device, self.precision)

    def record(self) -> dict[str, Any]:
        """What the fit report says of them."""
        return {
            "name": self.checkpoint.name,
            "source": self.checkpoint.source,
            "revision": self.checkpoint.revision,
            "parameters": self.checkpoint.n_parameters,
            "fallback_reason": self.checkpoint.fallback_reason,
        }
