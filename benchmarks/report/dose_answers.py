"""The rule in `benchmarks/studies/dose.py`, of gains by size and model: is knowing the truth worth anything?"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from benchmarks.report.comparison import LEVEL
from benchmarks.report.shift_runs import Comparison, compare, holm, rounded

__all__ = [
    "ASKED",
    "BESIDE_WRONG",
    "PRIMARY",
    "SECONDARY",
    "TREND",
    "answers",
    "beside_wrong",
    "by_size",
    "confirmed",
    "table_of_gains",
    "trend",
]

#: First less second at every size, each with a correction over sizes of its own.
PRIMARY = ("true graph", "copula")
SECONDARY = (
    ("true SCM", "no synthetic rows"),
    ("true graph", "discovered graph"),
    ("discovered graph", "copula"),
)
#: Sizes that the rule is about; the pair whose worth may fall from the first to the last of them.
SIZES = FEW, _, _, MANY = (50, 100, 200, 500)
TREND = ("true SCM", "no synthetic rows")
#: Sizes that the second fold is to confirm.
CONFIRMED = (200, 500)
#: Graphs that are wrong on purpose, with the true one's mechanisms and as many edges; the size at which they are asked.
WRONG, ALL_WRONG, WRONG_AT = ("reversed edges", "permuted columns"), "wrong graphs", 200
#: The true graph and what it is compared with there, all with tree mechanisms.
BESIDE_WRONG = ("true graph", *WRONG, "one discovered DAG")
#: Methods that the rule needs, and no other.
ASKED = tuple(dict.fromkeys(label for pair in (PRIMARY, *SECONDARY, TREND) for label in pair))


def by_size(loss: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """A row per size: the first's drop in log loss less the second's, with p after Holm's correction over sizes.

    Parameters
    ----------
    loss
        ``(size, model) x method``, higher is worse.
    """
    found = {size: compare(part.droplevel(0), first, second) for size, part in loss.groupby(level=0)}
    name = f"{first} less {second}"
    return table_of_gains([({"first less second": name, "rows": size}, one) for size, one in found.items()])


def table_of_gains(named: Iterable[tuple[dict, Comparison | None]]) -> pd.DataFrame:
    """A row for each comparison of losses that was made, after its name, as gains; Holm's correction over all."""
    table = [
        about
        | {
            "models": one.tables,
            "better": one.wins,
            "worse": one.losses,
            "mean": -one.mean,
            "95 % low": -one.high,
            "95 % high": -one.low,
            "p": one.p,
        }
        for about, one in named
        if one is not None
    ]
    frame = pd.DataFrame(table)
    return frame.assign(**{"p (Holm)": holm(frame["p"])}) if len(frame) else frame


def trend(loss: pd.DataFrame) -> str | None:
    """What `TREND` is worth at `FEW` rows less the same at `MANY`, in words; None without these methods."""
    if not set(TREND) <= set(loss):
        return None
    first, second = TREND
    worth = loss[second] - loss[first]
    sides = pd.concat({"few": worth.loc[FEW], "many": worth.loc[MANY]}, axis=1)
    less = compare(-sides, "few", "many")  # as losses: lower is worth more
    return (
        f"What {first} is worth beside {second} at {FEW} rows less the same at {MANY}, within a model: "
        f"{-less.mean:+.4f}, 95 % interval {-less.high:+.4f} to {-less.low:+.4f}, p = {less.p:.2g}, more on "
        f"{less.wins} of {less.tables} models."
    )


def answers(gain: pd.DataFrame) -> list:
    """The rule's answers from gains ``(size, model) x method``; none before every size has the same models."""
    counts = gain.groupby(level=0).size().reindex(SIZES, fill_value=0)
    if counts.nunique() > 1 or not set(PRIMARY) <= set(gain):
        have = ", ".join(f"{count} at {size} rows" for size, count in counts.items())
        return [f"The rule is not asked yet: models that every method has are {have}."]
    loss = -gain
    primary = by_size(loss, *PRIMARY)
    certain = primary[(primary["p (Holm)"] < LEVEL)]
    ahead, behind = (certain[certain["mean"] * sign > 0]["rows"] for sign in (1, -1))
    said = [
        f"at {', '.join(map(str, sizes))} rows {what}"
        for sizes, what in ((ahead, "yes"), (behind, "less than nothing"))
        if len(sizes)
    ]
    parts: list = [
        "By the rule that was fixed beforehand, on the first fold, is a user's knowledge of the whole graph worth "
        f"anything, beside rows that know no graph? **{'; '.join(said) if said else 'Not shown at any size'}.** The "
        "first's drop in log loss less the second's, over models; Wilcoxon's test, Holm's correction over the sizes of "
        "a pair:",
        rounded(pd.concat([primary, *(by_size(loss, *pair) for pair in SECONDARY)]), index=False),
    ]
    told = trend(loss)
    return [*parts, told] if told else parts


def confirmed(gain: pd.DataFrame) -> list:
    """What the second fold says of `PRIMARY`, from its gains ``(size, model) x method``; nothing before it is there."""
    found = gain[gain.index.isin(CONFIRMED, level=0)]
    counts = found.groupby(level=0).size().reindex(CONFIRMED, fill_value=0)
    if counts.nunique() > 1 or not counts.any() or not set(PRIMARY) <= set(found):
        return []
    table = by_size(-found, *PRIMARY)
    passed = table[(table["p (Holm)"] < LEVEL) & (table["mean"] > 0)]["rows"]
    said = f"confirmed at {', '.join(map(str, passed))} rows" if len(passed) else "not confirmed"
    return [
        f"On the second fold, by the rule that was fixed when the first had answered: **{said}**.",
        rounded(table, index=False),
    ]


def beside_wrong(first: pd.DataFrame, second: pd.DataFrame) -> list:
    """What the graph itself is worth at `WRONG_AT` rows, by gains ``(size, model) x method`` of either fold.

    The rule is of the second. A copula knows no graph, and has other mechanisms, too: its dependence is monotone.
    """
    tables = [_beside(gain) for gain in (first, second)]
    if any(table is None for table in tables):
        return []
    passed = tables[1][(tables[1]["p (Holm)"] < LEVEL) & (tables[1]["mean"] > 0)]["first less second"]
    said = f"more than nothing of {'; '.join(passed)}" if len(passed) else "not shown"
    named = [table.assign(fold=fold) for fold, table in zip(("first", "second, the rule's"), tables, strict=True)]
    return [
        f"What is the graph itself worth at {WRONG_AT} rows, beside graphs that are wrong on purpose (the mean of "
        f"{' and '.join(WRONG)}), and one that was found, with the same mechanisms? On the second fold, by the rule "
        f"that was fixed before these were measured there: **{said}**. The first fold was known then.",
        rounded(pd.concat(named), index=False),
    ]


def _beside(gain: pd.DataFrame) -> pd.DataFrame | None:
    if not set(BESIDE_WRONG) <= set(gain) or WRONG_AT not in gain.index.get_level_values(0):
        return None
    loss = -gain.loc[WRONG_AT]
    loss = loss.assign(**{ALL_WRONG: loss[list(WRONG)].mean(axis=1)})
    pairs = [(BESIDE_WRONG[0], second) for second in (ALL_WRONG, BESIDE_WRONG[-1])]
    return table_of_gains(({"first less second": f"{a} less {b}"}, compare(loss, a, b)) for a, b in pairs)
