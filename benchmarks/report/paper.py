"""The report of the paper's study and of its sisters: does it pay, is it the causes, does fidelity foretell it?"""

from __future__ import annotations

import pandas as pd

from benchmarks.report import figures
from benchmarks.report.bags import body as bags
from benchmarks.report.choice import by_validation
from benchmarks.report.comparison import FEWEST_SETS, Verdict, against, verdicts
from benchmarks.report.foretold import foretold
from benchmarks.report.gains import by_dataset, normalised, paired
from benchmarks.report.gains import summary as gains_summary
from benchmarks.report.gaps import gaps
from benchmarks.report.log_losses import DEFAULT, MIXED, NEARLY_ALL, UNTUNED, by_half, in_log_loss, in_nats
from benchmarks.report.paper_500 import answers
from benchmarks.report.results import Results, measured

__all__ = ["body", "fidelity_by_method", "summary"]

#: arXiv 2601.04110: median and spread of the normalised ROC-AUC in %; of the other two it says "negative".
PUBLISHED = {
    MIXED: "+0.12 ± 0.63",
    DEFAULT: "+0.10 ± 0.98",
    "ctgan_only": "-0.01",
    "tabebm_only": "-0.04",
    "table_augment_only": "-0.09",
    "scm_only": "negative",
    "mixed_model_only": "negative",
}
PUBLISHED_GAP = {DEFAULT: 0.67, MIXED: 0.30}


def body(results: Results) -> list:
    """Everything; the first paragraph says what the controls say."""
    rows = results.good
    if UNTUNED not in set(rows["label"]):
        return ["No row of the method 'untuned', which the others are compared with.", *_counts(results)]
    together = pd.concat([rows, results.sister("controls")], ignore_index=True)
    everything = normalised(together)
    of_study = everything[[label for label in everything if label in set(rows["label"])]]
    gain, short = paired(of_study, NEARLY_ALL)
    parts = [controls_verdict(results, everything), *_incomplete(results), *_counts(results)]
    if short:
        parts.append(
            f"Left out of the paired tables, for they lack more than a twentieth of the runs: {', '.join(short)}; the "
            "runs that they share with the others have tables of their own."
        )
    if not len(gain):
        return [*parts, "No run has all methods yet: there is nothing to pair."]
    parts += summary_of(rows, gain)
    parts += _ranking(gain)
    parts += _wins(gain)
    parts += in_log_loss(together, list(gain))
    parts += in_nats(together)
    parts += by_half(together)
    parts += by_validation(together)
    common = of_study.dropna()
    if short and len(common):
        parts += ["## All methods, on the runs that every one of them has", gains_summary(common)]
        saved = normalised(together, score="log_loss", sign=-1)
        parts += ["Against the untuned model, on these runs:", against(common, UNTUNED)]
        parts += ["The same in log loss:", against(saved.loc[common.index, list(common)], UNTUNED)]
    parts += ["## Does validation choose well?", _gap_text(), _gap_table(rows)]
    parts += _calibration(rows, list(gain))
    parts += _controls(results, everything)
    parts += foretold(together, everything)
    if len(results.sister("paper_500")):
        below = body_500(Results(results.sisters["paper_500"]))
        parts += ["## 500 training rows"]
        parts += [f"#{part}" if isinstance(part, str) and part.startswith("## ") else part for part in below]
    if len(results.sister("leaderboard")):
        parts += ["## 8-fold bags through TabularPredictor", *bags(Results(results.sisters["leaderboard"]))]
    caveat = "Medians. Where methods were measured on different days, machines and their load differ too."
    return [*parts, "## Seconds by stage", caveat, _stages(rows)]


# -- what is there ------------------------------------------------------------------------------------


def controls_verdict(results: Results, gain: pd.DataFrame) -> str:
    """The first paragraph: whether a control ties the SCM."""
    labels = [label for label in dict.fromkeys(results.sister("controls").get("label", [])) if label in gain]
    if not labels or MIXED not in gain:
        return "**Whether a control ties the SCM is open: no control was measured** (`studies.controls`)."
    compared = verdicts(gain, MIXED, labels)
    few = [verdict for verdict in compared if verdict.result == "too few sets"]
    if len(few) == len(compared):
        return f"**Whether a control ties the SCM is open: fewer than {FEWEST_SETS} data sets have both.**"
    by_result = {result: [v for v in compared if v.result == result] for result in ("tie", "behind", "ahead")}
    parts = []
    if by_result["tie"]:
        parts.append(f"{_names(by_result['tie'])} cannot be told apart from the SCM's rows")
    if by_result["behind"]:
        parts.append(f"{_names(by_result['behind'])} gained more than the SCM's rows")
    if by_result["ahead"]:
        parts.append(f"the SCM's rows gained more than {_names(by_result['ahead'])}")
    head = "A control does as well as the SCM" if by_result["tie"] or by_result["behind"] else "No control ties the SCM"
    return (
        f"**{head}:** {'; '.join(parts)} (mixed in alike; Wilcoxon's test over data sets, Holm's correction, level "
        f".05). {'. '.join(verdict.sentence for verdict in compared)}."
    )


def _names(compared: list[Verdict]) -> str:
    return ", ".join(verdict.second for verdict in compared)


def _expected(results: Results) -> pd.Series:
    study = results.study
    return pd.Series(len(study.datasets) * study.folds, index=list(study.methods), name="declared")


def _incomplete(results: Results) -> list[str]:
    missing = int(_expected(results).sum()) - len(results.good)
    if missing <= 0:
        return []
    return [
        f"**This grid is incomplete: {missing:,} of {int(_expected(results).sum()):,} cells have no result.** What "
        "follows describes the runs that are there, and may change."
    ]


def _counts(results: Results) -> list:
    expected, good = _expected(results), results.good["label"].value_counts()
    failed = (results.rows["status"] == "error").groupby(results.rows["label"]).sum()
    table = expected.to_frame()
    table["measured"] = good.reindex(expected.index, fill_value=0)
    table["failed"] = failed.reindex(expected.index, fill_value=0)
    table["not begun"] = table["declared"] - table["measured"] - table["failed"]
    tuned = table.drop(index=UNTUNED, errors="ignore").sum()
    baseline = table.reindex([UNTUNED]).fillna(0).sum()
    text = (
        f"Rows: {tuned['measured']:,.0f} of {tuned['declared']:,.0f} runs of fine-tuning and "
        f"{baseline['measured']:,.0f} of {baseline['declared']:,.0f} of the untuned model."
    )
    incomplete = table[table["measured"] < table["declared"]]
    return [text] if incomplete.empty else [text, "What is missing:", incomplete]


# -- tables ---------------------------------------------------------------------------------------------


def body_500(results: Results) -> list:
    """What was asked of 500 training rows, and the summary."""
    return [answers(results), *summary(results)]


def summary(results: Results) -> list:
    """The main table, and how default and CausalMixFT differ in log loss."""
    rows = results.good
    if UNTUNED not in set(rows["label"]):
        return ["No row of the method 'untuned', which the others are compared with."]
    gain, short = paired(normalised(rows))
    left_out = [f"Left out for a lack of runs: {', '.join(short)}."] if short else []
    if not len(gain):
        return [*left_out, "No run has all methods yet."]
    parts = [*left_out, *summary_of(rows, gain), *_wins(gain), *in_log_loss(rows, list(gain)), *in_nats(rows)]
    return [*parts, *by_validation(rows)]


def summary_of(rows: pd.DataFrame, gain: pd.DataFrame) -> list:
    """Normalised ROC-AUC, and what else runs are judged by, over the paired runs."""
    here = rows.set_index(["dataset", "fold"]).loc[lambda frame: frame.index.isin(gain.index)]
    groups = here.groupby("label")
    table = gains_summary(gain)
    table.insert(2, "paper", [PUBLISHED.get(label, "") for label in table.index])
    other = pd.DataFrame(
        {
            "ROC-AUC": groups["auc"].mean(),
            "log loss": groups["log_loss"].mean(),
            "calibration error": here["reliability"].map(lambda bins: bins["error"]).groupby(here["label"]).mean(),
            "untuned kept": groups["kept"].agg(lambda kept: (kept == 0).mean()),
            "seconds": groups["seconds"].median(),
            "peak MB": here["memory"].map(lambda memory: memory["peak_mb"]).groupby(here["label"]).median(),
        }
    ).loc[table.index]
    return [
        f"Test ROC-AUC (macro one-vs-rest) against the untuned model, (score / baseline - 1) x 100 %, over the "
        f"{len(gain)} runs on {gain.index.get_level_values(0).nunique()} data sets that every method has. "
        "'sets': over data-set means. Ranks: seeds averaged first.",
        table,
        "Means over the same runs; seconds (without watching) and peak resident memory: medians.",
        other,
        _differs(rows),
    ]


def _differs(rows: pd.DataFrame) -> str:
    """What differs between the paper's table and ours."""
    return (
        "The paper: Mitra's official weights (AutoGluon), 33 classification sets of TabArena that it does not name, 10 "
        f"folds of the whole tables. Here: the weights named above, {rows['dataset'].nunique()} sets of the KEEL "
        f"repository, {rows['rows'].iloc[0]} training rows of which a fifth chooses the step, tests on at most 2,000 "
        "others; TabEBM's chains take 100 steps of its 200. Its validation-test gap is not defined in public: ours are "
        "two readings of it, so the numbers are no replication of each other."
    )


def _ranking(gain: pd.DataFrame) -> list:
    picture, text = figures.critical_difference(by_dataset(gain))
    return ["## Ranks", text, *([picture] if picture else []), figures.box_plot(gain)]


def _wins(gain: pd.DataFrame) -> list:
    parts = []
    for other in (UNTUNED, DEFAULT):
        if other in gain:
            note = "wins, ties and losses over data sets; Wilcoxon's signed-rank test, Holm's correction."
            parts += [f"## Against {other}", f"Against {other}: {note}", against(gain, other)]
    return parts


def _gap_text() -> str:
    return (
        "Medians over runs. (a) 1 - Spearman of validation and test score over the steps of a run (250 test rows), by "
        "the log loss that chooses the step and by ROC-AUC; (b) |what validation says that the kept step gained - "
        "what test rows say|, hundredths of ROC-AUC. The paper gives .67 for default and .30 for CausalMixFT."
    )


def _gap_table(rows: pd.DataFrame) -> pd.DataFrame:
    table = gaps(rows)
    table["paper"] = [PUBLISHED_GAP.get(label) for label in table.index]
    return table


def _calibration(rows: pd.DataFrame, labels: list[str]) -> list:
    return ["## Calibration", figures.reliability(rows, labels)]


def _controls(results: Results, gain: pd.DataFrame) -> list:
    labels = [label for label in dict.fromkeys(results.sister("controls").get("label", [])) if label in gain]
    if not labels or MIXED not in gain:
        return []
    chosen = [label for label in (UNTUNED, DEFAULT, MIXED) if label in gain]
    together, short = paired(gain[[*chosen, *labels]])
    parts = [
        "## Controls",
        f"Each control against {MIXED}, on the data sets that both have:",
        against(gain[[MIXED, *labels]], MIXED),
    ]
    if len(together):
        parts += [f"Over the {len(together)} runs that all of them have:", gains_summary(together)]
    common = gain[[*chosen, *labels]].dropna()
    if short and len(common):
        parts += [f"With {', '.join(short)}, over the {len(common)} runs that they share:", gains_summary(common)]
    return parts


def _stages(rows: pd.DataFrame) -> pd.DataFrame:
    stages = pd.DataFrame(list(rows["stages"]), index=rows.index)
    return stages.groupby(rows["label"], sort=False).median()


def fidelity_by_method(results: Results) -> list:
    """Means of the rows' fidelity by method; the comparison with the SCM is in the paper's report."""
    rows = measured(results.rows)
    drawn = rows[rows["fidelity_on_test"].map(lambda fidelity: isinstance(fidelity, dict))]
    if drawn.empty:
        return ["No row has a measured fidelity."]
    means = (
        pd.DataFrame(list(drawn["fidelity_on_test"]), index=drawn.index).astype(float).groupby(drawn["label"]).mean()
    )
    return ["Means over runs, on test rows. How the controls fare beside the SCM is in the report of `paper`.", means]
