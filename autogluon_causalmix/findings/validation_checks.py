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
    "Expect less than the validation scores say. Use pooled_step=True, fewer fine_tune_steps, or more validation rows.",
)
def confirmed_by_other_folds(folds: Folds) -> Verdict | None:
    """Validation promises more than a margin allows.

    The step that is kept is the best of many on the same validation rows, so its score flatters; where the untuned
    model is kept, nothing is promised. Each fold's step is therefore chosen once more by the other folds' curves,
    and its gain over the untuned model read off the fold's own. It is an issue if more than half of the promised
    gain is lost. Needs validation curves of at least three folds.
    """
    known = [(curve, report) for report in folds.values() if (curve := _gains(report)) is not None]
    if len(known) < MIN_FOLDS:
        return None
    curves = [curve for curve, _ in known]
    length = min(map(len, curves))
    if length < 2:
        return None
    gains = np.array([curve[:length] for curve in curves])
    promised = float(np.mean([_promised(report) for _, report in known]))
    others = (gains.sum(axis=0) - gains) / (len(gains) - 1)
    confirmed = gains[np.arange(len(gains)), others.argmax(axis=1)].mean()
    if promised <= 0:
        return Verdict(Tab.PASSED, f"Validation promises no gain in any of {len(gains)} folds.")
    text = (
        f"In the mean over {len(gains)} folds the step that is kept promises {promised:.3g} less "
        f"than the untuned score; with each step chosen by the other folds it is {confirmed:.3g}."
    )
    return Verdict(Tab.ISSUE if promised - confirmed > OPTIMISM_MARGIN * promised else Tab.PASSED, text)


def _promised(report) -> float:
    """Gain over the untuned model at the step that is kept, mean over the members."""
    pairs = zip(report["validation_scores"], report["step_kept"], strict=True)
    return float(np.mean([scores[0] - scores[step] for scores, step in pairs]))


def _gains(report) -> np.ndarray | None:
    """Gain over the untuned model at every step ``(1 + steps,)``, mean over the members as far as all went."""
    members = report["validation_scores"]
    length = min(map(len, members), default=0)
    if not length or any(value is None for scores in members for value in scores[:length]):
        return None
    scores = np.array([one[:length] for one in members], dtype=float)
    return (scores[:, :1] - scores).mean(axis=0)


@check(
    "CM102",
    "The fine-tuned model is better than the untuned one",
    "The untuned model predicts here. Try another learning rate (lr), more patience or steps, mix_ratio=0 to see "
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
