"""Body of the studies under shift: what was found, in a sentence and a figure, and the tables that it is read from.

The comparison that decides, and what counts as found, were fixed beforehand: see `benchmarks/studies/shift.py`.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.report.comparison import LEVEL
from benchmarks.report.results import Results
from benchmarks.report.shift_figure import figure
from benchmarks.report.shift_runs import (
    BASELINE,
    CONTROL,
    KINDS,
    SCORES,
    Comparison,
    by_table,
    closeness,
    compare,
    holm,
    pair,
    residuals,
    rounded,
    runs,
    size_table,
    wide,
)
from benchmarks.report.shift_sources import by_source

__all__ = ["against_default", "body", "closer", "finding", "overview"]

PRIMARY, TWIN = "environments", "moved rows + environments"
#: Share of default's distance that the goal asks for.
GOAL = 0.1
#: Pairs that say whether it is the causes: first less second, on all kinds of shift or on one.
PAIRS = (
    (PRIMARY, TWIN, None),
    ("shift_strength", "moved rows", None),
    ("shift_strength", "causalmix", None),
    (PRIMARY, "causalmix", "intervention"),
    ("causalmix", "jitter", None),
    ("causalmix", "mixup", None),
    ("causalmix", "SMOTE", None),
    ("causalmix", "bootstrap", None),
    ("causalmix", "copula", None),
    ("causalmix", "untuned", None),
    ("causalmix", "half rate", None),
    ("causalmix", "random forest", None),
    ("causalmix", "LightGBM", None),
    ("causalmix", "reversed graph", None),
    ("causalmix", "permuted graph", None),
    ("half untuned", "causalmix", None),
    ("half untuned", "half rate", None),
    ("half untuned", "untuned", None),
    ("causalmix half untuned", "half untuned", None),
    ("environment_column", BASELINE, "natural"),
    ("environment_column", "default + domain", "natural"),
)


def overview(table: pd.DataFrame) -> pd.DataFrame:
    """Scores of both tests by method: means over tables, of runs that every method has."""
    columns: dict[str, pd.Series] = {}
    means = {name: by_table(wide(table, name)[0]) for name in [*_columns(), "worst_log_loss"]}
    for score in ("log_loss", "auc", "ece"):
        inside, outside = means[f"in_{score}"], means[f"out_{score}"]
        name = {"log_loss": "log loss", "auc": "ROC-AUC", "ece": "calibration error"}[score]
        columns |= {f"{name} in": inside.mean(), f"{name} out": outside.mean()}
        columns[f"{name} out - in"] = (outside - inside).mean()
        if score != "ece":
            columns[f"{name} out beyond the trend"] = residuals(inside, outside).mean()
    columns["worst domain log loss"] = means["worst_log_loss"].mean()
    return pd.DataFrame(columns).sort_values("log loss out")


def against_default(table: pd.DataFrame, score: str = "out_log_loss") -> pd.DataFrame:
    """Every method less default in a score, over tables; p of Wilcoxon's test, and after Holm's correction."""
    found = {label: compare(*pair(table, score, label, BASELINE)) for label in dict.fromkeys(table["label"])}
    rows = {label: vars(one) for label, one in found.items() if label != BASELINE and one is not None}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    if len(frame):
        frame["p (Holm)"] = holm(frame["p"])
        frame = frame.rename(columns={"mean": "difference", "low": "95 % low", "high": "95 % high"})
    return frame


def by_kind(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`against_default` in the second test's log loss for each kind of shift, Holm's correction over all of them.

    Splits without a shift, which are no question of ours, have their own correction.
    """
    found = {kind: against_default(table[table["kind"] == kind]) for kind in dict.fromkeys(KINDS.values())}
    found = {kind: one for kind, one in found.items() if len(one)}
    shifted = [one for kind, one in found.items() if kind != CONTROL]
    if shifted:
        corrected = iter(holm([p for one in shifted for p in one["p"]]))
        for one in shifted:
            one["p (Holm)"] = [next(corrected) for _ in range(len(one))]
    return found


def closer(table: pd.DataFrame) -> pd.DataFrame:
    """By method: how much closer the second test's log loss is to the first one's than default's, and the goal."""
    rows = {}
    for label in dict.fromkeys(table["label"]):
        if label == BASELINE:
            continue
        means = [pair(table, score, label, BASELINE)[0] for score in ("in_log_loss", "out_log_loss")]
        first = compare(means[0], label, BASELINE)
        if first is None:
            continue
        share, low, high = closeness(*means, label)
        reached = share >= GOAL and low > 0 and not first.low > 0
        rows[label] = {
            "tables": first.tables,
            "closer": share,
            "95 % low": low,
            "95 % high": high,
            "log loss in": first.mean,
            "in low": first.low,
            "in high": first.high,
            "goal": "reached" if reached else "not reached",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def finding(table: pd.DataFrame) -> str:
    """One sentence: what the primary comparison says, and nothing more than that."""
    shifted = table[table["kind"] != CONTROL]
    primary = compare(*pair(shifted, "out_log_loss", PRIMARY, BASELINE))
    if primary is None or not primary.decides:
        n = 0 if primary is None else primary.tables
        return f"Open: {n} tables have both {PRIMARY!r} and {BASELINE!r}, and too few decide nothing."
    base = by_table(wide(shifted[shifted["label"] == BASELINE], "out_log_loss")[0])[BASELINE].mean()
    figures = f"log loss on shifted rows {primary.words}, default {base:.4f}"
    if primary.p >= LEVEL:
        return f"No effect of causal environments under shift was found beside default fine-tuning: {figures}."
    if primary.mean > 0:
        return f"Causal environments harm under shift beside default fine-tuning: {figures}."
    twin = compare(*pair(shifted, "out_log_loss", PRIMARY, TWIN))
    if twin is None or not twin.decides:
        why = "whether that is due to causes was not measured on enough tables"
    elif twin.p < LEVEL and twin.mean < 0:
        why = f"rows moved at random without a causal model do less ({twin.words})"
    else:
        why = f"but it cannot be put down to causes: rows moved at random are not clearly worse ({twin.words})"
    return f"Causal environments make fine-tuning more robust under shift: {figures}; {why}."


def beside_others(table: pd.DataFrame) -> list[str]:
    """One paragraph: CausalMixFT on shifted rows beside default, standard augmentation, and rows that know no graph."""
    tests = against_default(table[table["kind"] != CONTROL])
    pairs = _paired(table)
    if "causalmix" not in tests.index:
        return []
    told = {"default fine-tuning": tests.loc["causalmix"].rename({"difference": "mean"})} | {
        second: pairs.loc[name] for name, second in _other_of_causalmix(pairs).items()
    }
    words = [
        f"{name} {row['mean']:+.4f} (p {row['p (Holm)']:.2g}, {row['tables']:.0f} tables)" for name, row in told.items()
    ]
    return [
        "CausalMixFT with rows as the SCM draws them, in log loss on shifted rows, less each of these (below zero it "
        f"is ahead; p after Holm's correction): {'; '.join(words)}.{_first_test(table)}"
    ]


def _first_test(table: pd.DataFrame) -> str:
    """What CausalMixFT costs or gains on rows like those of training, beside those that do as well on shifted rows."""
    shifted = table[table["kind"] != CONTROL]
    found = {other: compare(*pair(shifted, "in_log_loss", "causalmix", other)) for other in ("untuned", BASELINE)}
    words = [f"less {other} {one.words}" for other, one in found.items() if one is not None]
    return f" On the first test, rows like those of training: {'; '.join(words)} (uncorrected)." if words else ""


def body(results: Results) -> list:
    """The sentence, the figure, sizes of the shifts, scores, tests, kinds of shift, the goal, and the controls."""
    rows = pd.concat([results.good, *map(results.sister, results.sisters)], ignore_index=True)
    table = runs(rows)
    if BASELINE not in set(table["label"]):
        return [f"No row of the method {BASELINE!r}, which the others are compared with.", *_sizes(rows)]
    shifted = table[table["kind"] != CONTROL]
    kinds = by_kind(table)
    parts: list = [f"**{finding(table)}**", *beside_others(table), *_incomplete(results)]
    if len(shifted):
        parts += [
            figure({"all shifts": against_default(shifted)} | kinds),
            *_sizes(rows),
            *_overview(shifted),
            *_tests(shifted),
        ]
    for kind, one in kinds.items():
        over = "this table" if kind == CONTROL else "all kinds of shift"
        parts += [f"**{kind.capitalize()}**: the same differences; Holm's correction over {over}.", rounded(one)]
    return [*parts, *_goal(shifted), *_pairs(table), *by_source(shifted)]


def _columns() -> list[str]:
    return [f"{side}_{name}" for name in SCORES for side in ("in", "out")]


def _incomplete(results: Results) -> list[str]:
    """How many cells of the whole are missing, where it is known."""
    from importlib import import_module

    if results.study is None:
        return []
    names = [results.study.name, *results.study.sisters]
    declared = sum(import_module(f"benchmarks.studies.{name}").STUDY.n_cells for name in names)
    there = len(results.good) + sum(len(results.sister(name)) for name in results.study.sisters)
    return [] if there >= declared else [f"This grid is incomplete: {there:,} of {declared:,} cells were measured."]


def _sizes(rows: pd.DataFrame) -> list:
    found = size_table(rows)
    if found.empty:
        return ["The shifts were not measured, so that no split is known to be a control."]
    return [
        "Sizes of the shifts. A classifier tells the two tests apart by features with the ROC-AUC that is shown; "
        "shares of splits in which a change of P(x), and of P(y given x), is told from none (p <= .05), and in which "
        "too few rows could be from either side for the latter. Controls: neither is told; they are 'no shift' below.",
        rounded(found.reset_index(), index=False),
    ]


def _overview(shifted: pd.DataFrame) -> list:
    _, short = wide(shifted, "out_log_loss")
    n = len(wide(shifted, "out_log_loss")[0])
    apart = f" Left out, for they have too few of the runs: {', '.join(short)}." if short else ""
    return [
        f"Scores on both tests: means over tables of the {n} shifted runs that every method has, a table's runs "
        "averaged first. 'Beyond the trend': the second test's score less what the line through all methods and "
        "tables foretells from the first one's. 'Worst domain': each world of a simulated table and each made shift is "
        f"a run of its own, so natural shifts alone have several domains. Calibration is the expected calibration "
        f"error.{apart}",
        rounded(overview(shifted)),
    ]


def _tests(shifted: pd.DataFrame) -> list:
    parts: list = []
    for score, name in (
        ("out_log_loss", "log loss on the second test"),
        ("in_log_loss", "log loss on the first test"),
        ("worst_log_loss", "log loss of the worst domain"),
        ("out_auc", "ROC-AUC on the second test (above zero is better)"),
        ("out_ece", "calibration error on the second test"),
    ):
        frame = against_default(shifted, score)
        if score == "out_auc":
            frame = frame.rename(columns={"wins": "losses", "losses": "wins"})
        parts += [f"Less default, {name}, by tables; intervals are a bootstrap's over tables.", rounded(frame)]
    return parts


def _goal(shifted: pd.DataFrame) -> list:
    parts = []
    for name, kinds in (("covariate shift", ("covariate",)), ("interventions", ("intervention",))):
        frame = closer(shifted[shifted["kind"].isin(kinds)])
        if len(frame):
            reached = list(frame.index[frame["goal"] == "reached"])
            told = f"reached by {', '.join(reached)}" if reached else "reached by no method"
            parts += [
                f"The goal under {name} ({GOAL:.0%} closer to the first test than default, and no worse there): "
                f"{told}. 'log loss in' is the difference from default on the first test.",
                rounded(frame),
            ]
    return parts


def _paired(table: pd.DataFrame) -> pd.DataFrame:
    """`PAIRS` that were measured, by what they are called; Holm's correction over them."""
    rows = {}
    for first, second, kind in PAIRS:
        some = table[table["kind"] == kind] if kind else table[table["kind"] != CONTROL]
        one: Comparison | None = compare(*pair(some, "out_log_loss", first, second))
        if one is not None:
            rows[f"{first} less {second}, {kind or 'all shifts'}"] = vars(one)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.assign(**{"p (Holm)": holm(frame["p"])}) if len(frame) else frame


def _other_of_causalmix(pairs: pd.DataFrame) -> dict[str, str]:
    """Names of the pairs in which CausalMixFT comes first, under all shifts, and whom it is compared with."""
    named = {f"causalmix less {second}, all shifts": second for first, second, _ in PAIRS if first == "causalmix"}
    return {name: second for name, second in named.items() if name in pairs.index}


def _pairs(table: pd.DataFrame) -> list:
    pairs = _paired(table)
    if pairs.empty:
        return []
    return ["Is it the causes? Log loss on the second test, one method less another.", rounded(pairs)]
