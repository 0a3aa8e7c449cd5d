"""Two fits of the same rows, with synthetic rows mixed in and on real rows alone: what of them predicts.

Mixing protects under shift and costs on rows like those of training; a second fit can have some of both. What was
tried, the mean of both fits' weights too, is told in benchmarks/results/hedges.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from autogluon_causalmix.finetune.members import Member
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.finetune.tuner import TunedMember
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.synthesis.supply import Supply

__all__ = ["ALONE", "KEPT_WITHIN", "MIXING", "Hedged", "hedged", "wants_two"]

#: Validation log loss by which real rows alone must be better, for mixing to be given up; chosen by a study.
KEPT_WITHIN = 0.01
#: The same as a share of the loss or score where that is no log loss.
KEPT_WITHIN_SHARE = 0.025
#: Names of the two fits in the report.
MIXING, ALONE = "mixing", "real rows alone"


@dataclasses.dataclass(frozen=True)
class Hedged:
    """What becomes of two fits, or of one.

    Attributes
    ----------
    members
        Those that predict.
    tuned
        Members that the report tells of: those of the fit that is kept, or of both.
    record
        ``how``, ``kept`` (a fit, or "both") and ``validation``: each fit's score of the validation rows at the step
        that it kept, lower is better, None without validation rows. None for a single fit.
    mixes
        Whether the fit with synthetic rows has a part in it.
    """

    members: list[Member]
    tuned: list[TunedMember]
    record: dict[str, Any] | None = None
    mixes: bool = True

    @classmethod
    def of_one(cls, tuned: Sequence[TunedMember], record: dict[str, Any] | None = None) -> Hedged:
        """One fit's members predict."""
        mixes = record is None or record["kept"] != ALONE
        return cls([one.member for one in tuned], list(tuned), record, mixes)


def wants_two(how: str, supplies: Sequence[Supply | None], splits: Sequence[Split]) -> bool:
    """Whether a second fit would differ from the first, and could be used."""
    mixes = any(supply is not None and supply.ratio > 0 for supply in supplies)
    can_choose = all(split.x_val is not None for split in splits)
    return how != "none" and mixes and (how != "chosen" or can_choose)


def hedged(
    how: str, mixing: Sequence[TunedMember], alone: Sequence[TunedMember], journal: Journal, *, is_log_loss: bool
) -> Hedged:
    """Choose or average two fits with the same members.

    Where the time ended for members of one fit, the other is kept, and where it did for both, the one that mixes.

    Parameters
    ----------
    how
        "chosen" or "averaged", see `TuningOptions.hedge`.
    journal
        Is told of what there was no time for.
    is_log_loss
        Whether the score that was asked for is the log loss.
    """
    record = {"how": how, "kept": "both", "validation": {MIXING: _validated(mixing), ALONE: _validated(alone)}}
    in_time = {MIXING: _in_time(mixing), ALONE: _in_time(alone)}
    if not in_time[MIXING] == in_time[ALONE] == len(mixing) == len(alone):
        kept, cut = (ALONE, MIXING) if in_time[ALONE] > in_time[MIXING] else (MIXING, ALONE)
        journal.remark(f"hedge={how!r}: the time ended before the fit of {cut!r} did")
        return Hedged.of_one(alone if kept == ALONE else mixing, record | {"kept": kept})
    if how == "chosen":
        kept = ALONE if _is_better(alone, mixing, is_log_loss) else MIXING
        return Hedged.of_one(alone if kept == ALONE else mixing, record | {"kept": kept})
    both = [*mixing, *alone]
    return Hedged([one.member for one in both], both, record)


def _in_time(tuned: Sequence[TunedMember]) -> int:
    return sum(one.result.had_time for one in tuned)


def _is_better(alone: Sequence[TunedMember], mixing: Sequence[TunedMember], is_log_loss: bool) -> bool:
    """Whether real rows alone validate better by more than the margin, mean over members."""
    theirs, ours = _validated(alone), _validated(mixing)
    if theirs is None or ours is None:
        return False
    failed = all(one.result.score_failure for one in mixing)  # the training loss stands in for the score
    return theirs < ours - (KEPT_WITHIN if is_log_loss or failed else KEPT_WITHIN_SHARE * abs(ours))


def _validated(tuned: Sequence[TunedMember]) -> float | None:
    """Score of the validation rows at the steps that were kept, mean over members; None where there is none."""
    results = [one.result for one in tuned]
    scores = [result.pooled or result.scores for result in results]
    if not all(scores):
        return None
    value = float(np.mean([of_steps[result.step_kept] for of_steps, result in zip(scores, results, strict=True)]))
    return value if np.isfinite(value) else None
