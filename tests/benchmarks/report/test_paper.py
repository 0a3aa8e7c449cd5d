"""The paper's report on made-up rows: what it says first, what is missing, which pictures it draws."""

import dataclasses
from itertools import takewhile

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.halves import FIRST_CHOICE, TUNING
from benchmarks.protocol.tables import DATASETS
from benchmarks.report import relation
from benchmarks.report.figures import Picture, critical_difference
from benchmarks.report.gains import by_dataset, normalised
from benchmarks.report.log_losses import in_nats
from benchmarks.report.paper import body, fidelity_by_method, summary
from benchmarks.report.results import Results
from benchmarks.report.study import write_report
from benchmarks.report.writer import markdown_of, write_rows
from benchmarks.studies.paper import STUDY

from .made_up import grid, row


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    """What intervals hold is tested where they are made."""
    monkeypatch.setattr(relation, "RESAMPLES", 20)
    monkeypatch.setattr(relation, "JOINT_RESAMPLES", 2)


METHODS = [label for label in STUDY.methods if label != "untuned"]
CONTROLS = ["bootstrap", "reversed graph"]


def made_up(controls=None, n_sets=12, folds=2):
    """Results of a whole study of the declared methods, and of controls with these effects."""
    study = dataclasses.replace(STUDY, datasets=[f"set{k}" for k in range(n_sets)], folds=folds)
    effects = dict.fromkeys(METHODS, 0.1) | {"causalmix": 0.6, "default": 0.4}
    ratio = dict.fromkeys(METHODS, 1.0) | {"causalmix": 0.5, "default": 0.0}

    def faithful(label, k, gain):
        return None if label == "default" else 0.5 + 0.1 * gain

    rows = grid(effects, n_sets, folds, noise=0.1, faithful=faithful, ratio=ratio)
    steps = {
        f"{side}_{score}": [0.5, 0.6, 0.55, 0.7] for side in ("validation", "test") for score in ("auc", "log_loss")
    }
    rows["steps"] = [None if label == "untuned" else steps for label in rows["label"]]
    sisters = {}
    if controls is not None:
        beside = grid(controls, n_sets, folds, noise=0.1, faithful=faithful)
        # The same runs: controls have the scores of the same untuned model.
        base = rows[rows["label"] == "untuned"].set_index(["dataset", "fold"])["auc"]
        untuned = beside[beside["label"] == "untuned"].set_index(["dataset", "fold"])["auc"]
        at = pd.MultiIndex.from_frame(beside[["dataset", "fold"]])
        beside["auc"] *= base[at].to_numpy() / untuned[at].to_numpy()
        sisters = {"controls": beside[beside["label"] != "untuned"]}
    return Results(rows, study, sisters)


def test_a_control_that_ties_is_named_in_the_first_paragraph():
    first = body(made_up({"bootstrap": 0.6, "reversed graph": 0.0}))[0]
    assert first.startswith("**A control does as well as the SCM:** bootstrap cannot be told apart from the SCM's rows")
    assert "the SCM's rows gained more than reversed graph" in first and "causalmix less reversed graph: +0." in first


def test_controls_that_lose_or_win_are_told_as_such():
    assert body(made_up({"bootstrap": 0.0}))[0].startswith("**No control ties the SCM:** the SCM's rows gained more")
    better = body(made_up({"bootstrap": 1.2}))[0]
    assert better.startswith("**A control does as well as the SCM:** bootstrap gained more than the SCM's rows")


def test_without_controls_the_question_is_open():
    assert "is open: no control was measured" in body(made_up())[0]
    assert "is open: fewer than 6 data sets" in body(made_up({"bootstrap": 0.6}, n_sets=3))[0]


def test_a_whole_grid_counts_its_rows_and_draws_its_pictures():
    parts = body(made_up(dict.fromkeys(CONTROLS, 0.3)))
    text = markdown_of(parts)
    assert (
        "incomplete" not in text and "Rows: 168 of 168 runs of fine-tuning and 24 of 24 of the untuned model." in text
    )
    pictures = [part.name for part in parts if isinstance(part, Picture)]
    assert pictures == ["ranks.png", "gains.png", "reliability.png", "fidelity.png"]
    tables = [part for part in parts if isinstance(part, pd.DataFrame)]
    main = next(table for table in tables if "paper" in table and "rank" in table)
    assert main.index[0] == "causalmix" and main.loc["causalmix", "paper"] == "+0.12 ± 0.63"
    assert main.loc["causalmix", "median %"] == pytest.approx(0.6, abs=0.1)
    gap = next(table for table in tables if "(b) x 100" in table)
    assert gap.loc["default", "(a) ROC-AUC"] == 0 and gap.loc["default", "paper"] == 0.67
    places = [k for k, part in enumerate(parts) if isinstance(part, str) and part == "Against default, over 24 runs:"]
    (place,) = places
    assert set(parts[place + 1].index) == {*METHODS, *CONTROLS, "untuned"} - {"default"}
    assert set(parts[place + 3].index) == set(CONTROLS), "controls are compared in log loss too"
    assert "Against default" in text and "Mixed in: " in text and "Purely synthetic: " in text


def test_what_was_tried_on_is_told_apart_from_what_was_not():
    rows = made_up().rows
    names = dict(zip(rows["dataset"].unique(), DATASETS, strict=False))
    better = rows["dataset"].map(names).isin(TUNING) & (rows["label"] == "causalmix")
    rows = rows.assign(dataset=rows["dataset"].map(names), log_loss=rows["log_loss"].mask(better, 0.1))
    parts = body(Results(rows, STUDY))
    place = next(k for k, part in enumerate(parts) if isinstance(part, str) and part == "## By halves")
    table = parts[place + 2]
    assert table["sets"].tolist() == [6, 6, 6, 6, 2, 2] and not {"chess", "crx"} & {*FIRST_CHOICE}
    assert table.loc["tuning half, log loss", "losses"] == 0
    tuned, other = (table.loc[f"{half} half, log loss", "mean difference %"] for half in ("tuning", "confirming"))
    assert tuned > other


def test_log_losses_are_told_as_they_are_and_the_tables_that_carry_them_are_named():
    rows = made_up().rows
    worse = (rows["dataset"] == "set4") & (rows["label"] == "causalmix")
    default = rows[rows["label"] == "default"].set_index(["dataset", "fold"])["log_loss"]
    rows["log_loss"] = [
        default[(r["dataset"], r["fold"])] + (0.6 if r["dataset"] == "set4" else -0.01)
        if r["label"] == "causalmix"
        else r["log_loss"]
        for r in rows.to_dict("records")
    ]
    assert worse.any()
    text = markdown_of(in_nats(rows))
    line = next(line for line in text.splitlines() if line.startswith("| causalmix"))
    _, difference, low, high, median = (float(cell) for cell in line.strip("| ").split("|")[1:])
    n = rows["dataset"].nunique()
    assert difference == pytest.approx((0.6 - 0.01 * (n - 1)) / n, abs=1e-4) and low < difference < high
    assert median == pytest.approx(-0.01, abs=1e-4)
    assert "farthest from default: set4 +0.600, " in text
    assert in_nats(rows[rows["label"] != "default"]) == []


def test_what_500_rows_say_stands_under_a_heading_of_its_own():
    whole = made_up({"bootstrap": 0.6})
    beside = whole.rows.assign(validation_log_loss=0.5)
    parts = body(dataclasses.replace(whole, sisters={**whole.sisters, "paper_500": beside}))
    headings = [part for part in parts if isinstance(part, str) and part.startswith("#")]
    below = headings[headings.index("## 500 training rows") + 1 :]
    own = list(takewhile(lambda heading: heading.startswith("### "), below))
    assert own == [
        "### Against untuned",
        "### Against default",
        "### In log loss",
        "### Mixing only where it validates better",
    ]
    assert headings.count("## In log loss") == 1


def test_the_declared_grid_is_the_papers():
    text = markdown_of(body(Results(made_up().rows, STUDY)))
    assert "of 2,310 runs of fine-tuning and 24 of 330 of the untuned model" in text


def test_an_incomplete_grid_says_so_and_what_is_missing():
    whole = made_up({"bootstrap": 0.6})
    rows = whole.rows.copy()
    failed = (rows["label"] == "ctgan_only") & (rows["fold"] == 1)
    rows.loc[failed, ["status", "auc"]] = ["error", np.nan]
    rows = rows[~((rows["label"] == "tabebm_only") & (rows["dataset"] != "set0"))]
    parts = body(dataclasses.replace(whole, rows=rows))
    text = markdown_of(parts)
    assert "**This grid is incomplete: 34 of 192 cells have no result.**" in text
    missing = parts[parts.index("What is missing:") + 1]
    assert missing.loc["ctgan_only"].tolist() == [24, 12, 12, 0] and missing.loc["tabebm_only"].tolist() == [
        24,
        2,
        0,
        22,
    ]
    assert "for they lack more than a twentieth of the runs: ctgan_only, tabebm_only; " in text
    assert "over the 24 runs on 12 data sets" in text, "the main tables are of the runs of all others"
    title = "## All methods, on the runs that every one of them has"
    place = next(k for k, part in enumerate(parts) if isinstance(part, str) and part == title)
    assert set(parts[place + 1].index) == set(STUDY.methods), "the left out are told of on the runs shared"
    for shift in (3, 5):  # in ROC-AUC and in log loss
        assert set(parts[place + shift].index) == set(STUDY.methods) - {"untuned"}
    assert title not in markdown_of(body(whole))


def test_a_few_rows_make_a_report_too():
    few = made_up({"bootstrap": 0.6}, n_sets=2, folds=1)
    text = markdown_of(body(few))
    assert "2 data sets and 8 methods are too few" in text
    assert "No row of the method 'untuned'" in body(Results(few.rows.query("label != 'untuned'"), few.study))[0]
    one = few.rows.query("label in ('untuned', 'default')").iloc[:1]
    assert "incomplete: 15 of 16" in markdown_of(body(Results(one, few.study)))


def test_the_critical_difference_is_nemenyis():
    gain = normalised(grid({"a": 1.0, "b": 0.0, "c": -1.0}, n_sets=20))
    picture, text = critical_difference(by_dataset(gain))
    assert picture is not None and "p = " in text
    assert "less than 1.05 " in text, "2.569 sqrt(4 * 5 / (6 * 20)), Demsar 2006"


def test_sister_summaries_and_fidelity_tables():
    whole = made_up({"bootstrap": 0.6})
    assert summary(whole)[1].index[0] == "causalmix"
    means = fidelity_by_method(Results(whole.sisters["controls"]))[1]
    assert means.loc["bootstrap", "usefulness"] == pytest.approx(0.56, abs=0.02)
    assert fidelity_by_method(Results(pd.DataFrame([row("a", 0, "m", 0.5)]))) == ["No row has a measured fidelity."]


def test_the_report_reads_its_sisters_and_repeats_its_bytes(tmp_path):
    whole = made_up({"bootstrap": 0.6}, n_sets=7, folds=1)
    write_rows(whole.rows, tmp_path / "paper")
    write_rows(whole.sisters["controls"], tmp_path / "controls")
    texts = [write_report(whole.study, tmp_path / "paper") for _ in range(2)]
    assert texts[0] == texts[1] and "bootstrap cannot be told apart" in texts[0] and "(ranks.png)" in texts[0]
    assert (tmp_path / "paper" / "ranks.png").stat().st_size > 1000
