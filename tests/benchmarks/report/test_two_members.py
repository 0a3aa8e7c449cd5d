"""Two members beside one fit and two fits averaged: the rule, and what is said where a study's rows lack."""

import pandas as pd

from benchmarks.report.results import Results
from benchmarks.report.two_members import PAIRS, body
from benchmarks.report.writer import markdown_of
from tests.benchmarks.report.made_up import row
from tests.benchmarks.report.test_hedges import cell, inside


def made(gain):
    """Two members whose log loss is lower by ``gain`` than that of `inside`, and whose ROC-AUC is higher by as much."""
    labels = list(dict.fromkeys(first for first, _ in PAIRS))
    return pd.DataFrame(
        row(f"set{k}", fold, label, inside(label, k)["auc"] + gain)
        for k in range(12)
        for fold in (3, 4)
        for label in labels
    )


def test_the_rule_asks_two_members_to_be_better_than_one():
    hedges = pd.DataFrame([cell(k, fold, {}, inside) for k in range(12) for fold in (3, 4)])
    for gain, answer in ((0.02, "yes"), (0.0, "no"), (-0.02, "no")):
        text = markdown_of(body(Results(made(gain), sisters={"hedges": hedges})))
        assert f"on 2 fold(s)? **{answer}**" in text
    assert all(f"| {first}" in text and f"| {second}" in text for first, second in PAIRS)


def test_seconds_are_compared_within_a_run():
    rows = made(0.02)
    one = rows[rows["label"] == "causalmix 2 members"].assign(label="causalmix")
    slow = one["dataset"].isin([f"set{k}" for k in range(5)]) * 90.0 + 10.0  # medians of all runs would say 10 / 10
    rows = pd.concat([rows.assign(seconds=10.0), one.assign(seconds=slow)], ignore_index=True)
    rows.loc[rows["label"] == "causalmix 2 members", "seconds"] = [2 * s for s in slow]
    line = next(line for line in body(Results(rows))[1].splitlines() if line.startswith("| causalmix 2 members"))
    assert float(line.split("|")[5]) == 2.0


def test_without_the_single_fits_nothing_is_said_of_the_rule():
    assert "**not measured**" in body(Results(made(0.02)))[0]
