"""CM2xx: what the synthetic rows are worth, by the fidelity that was measured during the fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autogluon_causalmix.findings.finding import Folds, Tab, Verdict, check

__all__ = ["copies_nobody", "has_all_levels", "pass_for_real", "repeats_nothing", "teaches_the_target"]

#: Two-sample ROC-AUC from which fewer than half, and fewer than a fifth, of the rows pass for real:
#: the share that does is ``2 * (1 - auc)``, as in `synthesis.mixing`.
TOLD_APART, PLAINLY_TOLD_APART = 0.75, 0.9
#: Half of the way from no copying (.5) to copies (1).
COPIED = 0.75
#: Different rows, over those of as many draws from the training rows.
REPEATED = 0.5
#: A model trained on synthetic rows must order real ones better than by chance, by this much; as in `synthesis.mixing`.
LEAST_USEFULNESS = 0.55


def _measured(folds: Folds, figure: str) -> dict[str, Any]:
    """The figure in the folds whose fidelity has it."""
    known = {fold: (report["fidelity"] or {}).get(figure) for fold, report in folds.items()}
    return {fold: value for fold, value in known.items() if value is not None}


def _in(fold: str) -> str:
    return f" in {fold}" if fold else ""


def _mean(values: dict[str, float]) -> float:
    return sum(values.values()) / len(values)


def _spread(values: dict[str, float], worst: Callable = max) -> str:
    """Mean of the folds, and the worst of them."""
    if len(values) == 1:
        return f"{_mean(values):.2f}"
    fold = worst(values, key=values.get)
    return f"{_mean(values):.2f} in the mean over {len(values)} folds, {values[fold]:.2f}{_in(fold)}"


@check(
    "CM201",
    "A classifier hardly tells synthetic rows from real ones",
    "State what you know of the graph (generator='scm'), or try another generator; and compare with mix_ratio=0, "
    "since on real tables this figure did not foretell what mixing gains.",
)
def pass_for_real(folds: Folds) -> Verdict | None:
    """Synthetic rows that a classifier tells apart.

    The two-sample ROC-AUC of a forest on rows that the generator has not seen; .5 is indistinguishable, and
    ``2 * (1 - auc)`` of the rows pass for real. Judged by the lower end of its 95 % interval, mean over folds: a
    tip from .75 (fewer than half pass), an issue from .9 (fewer than a fifth). Of rows that repeat each other it
    tells nothing: see CM203.
    """
    values, low = _measured(folds, "two_sample_auc"), _measured(folds, "two_sample_low")
    if not values or not low or _repeats(folds):
        return None
    least = _mean(low)
    tab = Tab.ISSUE if least >= PLAINLY_TOLD_APART else Tab.TIP if least >= TOLD_APART else Tab.PASSED
    return Verdict(tab, f"Two-sample ROC-AUC {_spread(values)}; lower end of its interval {least:.2f}.")


@check(
    "CM202",
    "Synthetic rows copy no training rows",
    "Copies teach nothing new, and must not be passed on where the rows are private: try another generator.",
)
def copies_nobody(folds: Folds) -> Verdict | None:
    """Rows that copy training rows.

    The share of synthetic rows that lie nearer to a training row than to any row that the generator has not
    seen, rescaled so that .5 is no copying and 1 copies (`metrics.fidelity`). An issue from .75, mean over folds.
    """
    values = _measured(folds, "closer_to_training")
    if not values:
        return None
    text = f"Closeness to training rows {_spread(values)} (.5: no copying, 1: copies)."
    return Verdict(Tab.ISSUE if _mean(values) >= COPIED else Tab.PASSED, text)


@check(
    "CM203",
    "Synthetic rows differ from each other",
    "The generator has collapsed onto few rows: try another one, or a smaller mix_ratio.",
)
def repeats_nothing(folds: Folds) -> Verdict | None:
    """Rows that repeat each other.

    Different rows among the synthetic ones, over those of as many draws from the training rows. An issue below
    .5, mean over folds.
    """
    values = _measured(folds, "diversity")
    if not values:
        return None
    text = f"Diversity {_spread(values, min)} (1: as diverse as training)."
    return Verdict(Tab.ISSUE if _repeats(folds) else Tab.PASSED, text)


def _repeats(folds: Folds) -> bool:
    values = _measured(folds, "diversity")
    return bool(values) and _mean(values) < REPEATED


@check(
    "CM204",
    "The generator kept every category and class",
    "What it never draws, the model sees in real rows alone: merge rare categories, try another generator, or set "
    "balance_classes for a class that it draws rarely.",
)
def has_all_levels(folds: Folds) -> Verdict | None:
    """A generator that lost a category or a class.

    Categories of the training rows, the target's classes among them, that no synthetic row has, though as many
    draws from the training rows would have missed them with a probability below .001. Of classes nothing is said
    where rows are balanced or labelled by another model. An issue if any fold has one.
    """
    values = _measured(folds, "lost_levels")
    if not values:
        return None
    worst = max(values, key=lambda fold: sum(map(len, values[fold].values())))
    lost = values[worst]
    if not lost:
        return Verdict(Tab.PASSED, "Every category that should have been drawn was.")
    named = "; ".join(f"{column}: {_first(levels)}" for column, levels in list(lost.items())[:5])
    named += f"; and {len(lost) - 5} more columns" if len(lost) > 5 else ""
    folds_with = sum(bool(one) for one in values.values())
    return Verdict(
        Tab.ISSUE, f"In {folds_with} of {len(values)} measured fits categories are lost: {named}{_in(worst)}."
    )


def _first(levels: list) -> str:
    more = f" and {len(levels) - 5} more" if len(levels) > 5 else ""
    return ", ".join(map(str, levels[:5])) + more


@check(
    "CM205",
    "The target can be learned from synthetic rows",
    "The rows carry no signal, or the target is as hard to learn from real ones: try another generator, or "
    'label_source="model".',
)
def teaches_the_target(folds: Folds) -> Verdict | None:
    """Rows from which the target cannot be learned.

    ROC-AUC (or rank correlation, scaled to 0-1) on real rows of a forest trained on synthetic ones; .5 is
    chance. An issue below .55, mean over folds, where ``mix_ratio="auto"`` mixes none in.
    """
    values = _measured(folds, "usefulness")
    if not values:
        return None
    text = f"Usefulness {_spread(values, min)} (.5: chance)."
    return Verdict(Tab.ISSUE if _mean(values) < LEAST_USEFULNESS else Tab.PASSED, text)
