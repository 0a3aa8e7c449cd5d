"""CM1xx: what validation promises, and whether fine-tuning did anything."""

from __future__ import annotations

import numpy as np

from autogluon_causalmix.findings.finding import Folds, Tab, Verdict, check

__all__ = ["better_than_untuned", "confirmed_by_other_folds"]

#: Part of the promised gain that may be owed to choosing the step on the same rows.
OPTIMISM_MARGIN = 0.5
#: Fewer folds cannot confirm each other.
MIN_FOLDS = 3


@check(
    "CM101",
    "The gain that validation promises is confirmed by the other folds",
    "Expect less than the validation scores say. Use keep_untuned_within=1, fewer fine_tune_steps, or more validation "
    "rows.",
)
def confirmed_by_other_folds(folds: Folds) -> Verdict | None:
    """Validation promises more than a margin allows.

    The step that is kept is the best of many on the same validation rows, so its score flatters; where the untuned
    model is kept, nothing is promised, and nothing can be lost. Each fold's step is therefore chosen once more by the
    curves of the other folds, as far as its own members went, and its gain over the untuned model read off theirs. It
    is an issue if more than half of the promised gain is lost. Needs validation curves of at least three folds.
    """
    known = [report for report in folds.values() if any(len(curve) > 1 for curve in _gains(report))]
    if len(known) < MIN_FOLDS:
        return None
    promised = float(np.mean([_promised(report) for report in known]))
    confirmed = float(np.mean([_by_the_others(known, k) for k in range(len(known))]))
    if promised <= 0:
        return Verdict(Tab.PASSED, f"Validation promises no gain in any of {len(known)} folds.")
    text = (
        f"In the mean over {len(known)} folds the step that is kept promises {promised:.3g} less "
        f"than the untuned score; with each step chosen by the other folds it is {confirmed:.3g}."
    )
    return Verdict(Tab.ISSUE if promised - confirmed > OPTIMISM_MARGIN * promised else Tab.PASSED, text)


def _promised(report) -> float:
    """Gain over the untuned model at the step that is kept, mean over the members."""
    pairs = zip(report["validation_scores"], report["step_kept"], strict=True)
    return float(np.mean([scores[0] - scores[step] for scores, step in pairs]))


def _by_the_others(known: list, k: int) -> float:
    """Gain of a fold's members that were tuned, at the step that the other folds' mean curve would choose for it."""
    others = _mean_curve([_mean_curve(_gains(report)) for j, report in enumerate(known) if j != k])
    found = []
    for curve, kept in zip(_gains(known[k]), known[k]["step_kept"], strict=True):
        found.append(curve[others[: len(curve)].argmax()] if kept else 0.0)
    return float(np.mean(found))


def _mean_curve(curves: list[np.ndarray]) -> np.ndarray:
    """Mean at every step that some curve reaches, over those that do."""
    total, reached = np.zeros((2, max(map(len, curves))))
    for curve in curves:
        total[: len(curve)] += curve
        reached[: len(curve)] += 1
    return total / reached


def _gains(report) -> list[np.ndarray]:
    """Gain over the untuned model at every step ``(1 + steps,)`` of each member; none where a score is missing."""
    members = report["validation_scores"]
    if not all(members) or any(value is None for scores in members for value in scores):
        return []
    return [scores[0] - np.array(scores, dtype=float) for scores in members]


@check(
    "CM102",
    "The fine-tuned model is better than the untuned one",
    "Where the untuned model was kept, try another learning rate (lr), more patience or steps, mix_ratio=0 to see "
    "whether synthetic rows are the cause, or save the time with fine_tune=False.",
)
def better_than_untuned(folds: Folds) -> Verdict | None:
    """No better than the untuned model.

    A member keeps the step that validates best, and step 0 is the untuned model, which also stays where the two are
    compared once more, as predictions compute (in all views, in their precision), and it does better. It is an issue
    if every member of every fold kept step 0, and a tip if at least half of them did. Members that took no step, or
    had no validation rows, are not counted.
    """
    kept = [
        step
        for report in folds.values()
        for steps, step, scores in zip(
            report["steps_taken"], report["step_kept"], report["validation_scores"], strict=True
        )
        if steps and scores
    ]
    if not kept:
        return None
    untuned = kept.count(0)
    tab = Tab.ISSUE if untuned == len(kept) else Tab.TIP if 2 * untuned >= len(kept) else Tab.PASSED
    overruled = sum(word == "overruled" for report in folds.values() for word in report.get("last_word", ()))
    why = f", {overruled} of them by a last comparison, as predictions compute" if overruled else ""
    return Verdict(tab, f"{untuned} of {len(kept)} members (all folds) kept the untuned weights{why}.")
