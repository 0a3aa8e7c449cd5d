"""Two fits of the same rows, with synthetic rows mixed in and on real rows alone: what of them predicts.

Mixing protects under shift and costs on rows like those of training (benchmarks/results/hedges); a second fit can
have some of both. Averaged weights of two fits are a model soup (arXiv 2203.05482): both begin at the same weights.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from autogluon_causalmix.finetune.members import Member
from autogluon_causalmix.finetune.tuner import TunedMember

__all__ = ["ALONE", "KEPT_WITHIN", "MIXING", "Hedged", "hedged"]

#: Validation log loss by which real rows alone must be better, for mixing to be given up; chosen by a study.
KEPT_WITHIN = 0.01
#: The same as a share of the loss or score where that is no log loss.
KEPT_WITHIN_SHARE = 0.025
#: Names of the two fits in the report.
MIXING, ALONE = "mixing", "real rows alone"


@dataclasses.dataclass(frozen=True)
class Hedged:
    """What becomes of two fits.

    Attributes
    ----------
    members
        Those that predict.
    tuned
        Members that the report tells of: those of the chosen fit, or of both.
    record
        ``how``, ``kept`` (a fit, or "both") and ``validation``: each fit's score of the validation rows at the step
        that it kept, lower is better; None without validation rows.
    mixes
        Whether the fit with synthetic rows has a part in it.
    """

    members: list[Member]
    tuned: list[TunedMember]
    record: dict[str, Any] | None = None
    mixes: bool = True


def hedged(how: str, mixing: Sequence[TunedMember], alone: Sequence[TunedMember], *, is_log_loss: bool) -> Hedged:
    """Choose, average or merge two fits with the same members; merging alters the members of the first.

    Parameters
    ----------
    how
        "chosen", "averaged" or "merged", see `TuningOptions.hedge`.
    is_log_loss
        Whether validation scores are log losses.
    """
    scores = {MIXING: _validated(mixing), ALONE: _validated(alone)}
    record = {"how": how, "kept": "both", "validation": scores}
    both = [*mixing, *alone]
    if how == "averaged":
        return Hedged([one.member for one in both], both, record)
    if how == "merged":
        for one, other in zip(mixing, alone, strict=True):
            _merge(one.member, other.member)
        return Hedged([one.member for one in mixing], both, record)
    mixes = None in scores.values() or scores[MIXING] <= scores[ALONE] + _margin(scores[MIXING], is_log_loss)
    kept = list(mixing if mixes else alone)
    return Hedged([one.member for one in kept], kept, record | {"kept": MIXING if mixes else ALONE}, mixes)


def _margin(score: float, is_log_loss: bool) -> float:
    return KEPT_WITHIN if is_log_loss else KEPT_WITHIN_SHARE * abs(score)


def _validated(tuned: Sequence[TunedMember]) -> float | None:
    """Score of the validation rows at the steps that were kept, mean over members; None where there is none."""
    results = [one.result for one in tuned]
    scores = [result.pooled or result.scores for result in results]
    if not all(scores):
        return None
    value = float(np.mean([of_steps[result.step_kept] for of_steps, result in zip(scores, results, strict=True)]))
    return value if np.isfinite(value) else None


def _merge(member: Member, other: Member) -> None:
    """Give a member the mean of both members' weights."""
    import torch

    theirs = other.learner.model.state_dict()
    with torch.no_grad():
        for name, weight in member.learner.model.state_dict().items():
            weight.copy_((weight + theirs[name]) / 2)  # state_dict's tensors are the model's own
    member.forget()
