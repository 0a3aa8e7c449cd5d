"""CM4xx: how the fit went: weights, fallbacks, time."""

from __future__ import annotations

from collections import Counter

from autogluon_causalmix.findings.finding import Folds, Tab, Verdict, check

__all__ = ["done_as_asked", "steps_in_time", "weights_as_asked"]

#: Chance of no synthetic episode at all, above which it explains that there was none.
RARE = 0.01


@check(
    "CM401",
    "The official weights were used, or others by choice",
    'Let the machine reach the hub once, or choose: hf_model="mini" takes the bundled weights without this finding.',
)
def weights_as_asked(folds: Folds) -> Verdict | None:
    """Weights that are a stand-in.

    The official weights could not be loaded, and the bundled checkpoint took their place, which is 150 times smaller.
    """
    weights = [report["weights"] for report in folds.values() if report["weights"]]
    if not weights:
        return None
    replaced = [one for one in weights if one.get("fallback_reason") is not None]
    if not replaced:
        names = ", ".join(sorted({str(one["name"]) for one in weights}))
        return Verdict(Tab.PASSED, f"Weights: {names}.")
    first = replaced[0]
    return Verdict(
        Tab.ISSUE,
        f"{len(replaced)} of {len(weights)} fits used {first['name']!r} as a stand-in: {first['fallback_reason']}.",
    )


@check(
    "CM402",
    "Everything was done as asked",
    "Each reason says what stood in the way: remove it, or choose what was done in its place, so that folds agree.",
)
def done_as_asked(folds: Folds) -> Verdict | None:
    """Fallbacks with reasons.

    What a fit did otherwise than asked; stand-in weights have a code of their own. It is an issue if a fold was
    asked for synthetic rows and used none, else a tip.
    """
    reasons: Counter[str] = Counter()
    without_rows = 0
    for report in folds.values():
        stand_in = report["weights"].get("fallback_reason")
        own = [one for one in report["fallbacks"] if stand_in is None or not one.endswith(str(stand_in))]
        reasons.update(own)
        asked = report["options"].get("mix_ratio") not in (0, None) and report["options"].get("fine_tune", True)
        # None are used by mix_ratio="auto" too, where rows were drawn and did not deserve better.
        drawn_in_vain = report["mix_ratio"] > 0 and not _by_chance(report)
        failed = not report["rows_synthetic_used"] and (not report["rows_synthetic_drawn"] or drawn_in_vain)
        without_rows += bool(own) and asked and any(report["steps_taken"]) and failed
    if not reasons:
        stand_ins = any(report["weights"].get("fallback_reason") for report in folds.values())
        return Verdict(Tab.PASSED, "No fallback but the weights' (CM401)." if stand_ins else "No fallback.")
    named = "; ".join(f"{reason} ({n} of {len(folds)} fits)" for reason, n in reasons.most_common(5))
    more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    lost = f" {without_rows} fits used no synthetic row." if without_rows else ""
    return Verdict(Tab.ISSUE if without_rows else Tab.TIP, f"{named}{more}.{lost}")


def _by_chance(report: dict) -> bool:
    """Whether so few steps may well have drawn no synthetic episode."""
    episodes = report["options"].get("mix_into") in ("episode", "whole_support")
    return episodes and (1 - report["mix_ratio"]) ** sum(report["steps_taken"]) > RARE


@check(
    "CM403", "No fine-tuning was cut short by the time limit", "Raise time_limit, or lower n_estimators or the folds."
)
def steps_in_time(folds: Folds) -> Verdict | None:
    """Fewer steps than asked because of time.

    Members whose fine-tuning ended with the time limit: a tip, and an issue if one of them took no step.
    """
    ends = [
        pair for one in folds.values() for pair in zip(one["stopped_by"], one["steps_taken"], strict=True) if any(pair)
    ]
    if not ends:
        return None
    cut = [steps for reason, steps in ends if reason == "time"]
    if not cut:
        return Verdict(Tab.PASSED, f"None of {len(ends)} members ran out of time.")
    text = f"{len(cut)} of {len(ends)} members ran out of time, the first of them after {min(cut)} steps."
    return Verdict(Tab.TIP if min(cut) else Tab.ISSUE, text)
