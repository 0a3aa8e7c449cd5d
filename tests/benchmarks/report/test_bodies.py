"""Gains are paired: only runs that every method has count."""

import pandas as pd

from benchmarks.report.bodies import (
    fidelity,
    gains,
    mixing,
    peers,
    predictors,
    regression_gains,
    regression_peers,
    summarise_gains,
    summarise_regression_gains,
)
from benchmarks.report.results import Results


def rows():
    data = [
        ("a", 0, "untuned", 0.5),
        ("a", 0, "mix 0", 0.55),
        ("a", 0, "mix .5", 0.6),
        ("b", 0, "untuned", 0.8),
        ("b", 0, "mix 0", 0.8),
        ("b", 0, "mix .5", 0.72),
        ("c", 0, "untuned", 0.9),  # the others failed here
    ]
    table = pd.DataFrame(data, columns=["dataset", "fold", "label", "auc"])
    fidelity = [{"two_sample_auc": value} for value in (0.6, 0.6, 0.6, 0.7, 0.7, 0.7, 0.5)]
    return table.assign(log_loss=1 - table["auc"], seconds=1.0, mix_ratio=0.5, fidelity=fidelity)


def test_gains_are_in_percent_of_the_untuned_model_over_complete_runs():
    gain, summary = summarise_gains(rows())
    assert list(gain["mix .5"].round(6)) == [20, -10] and list(gain["untuned"]) == [0, 0]
    assert summary.loc["mix .5", "share worse"] == 0.5 and summary.loc["mix 0", "mean rank"] == 1.75
    assert abs(summary.loc["untuned", "mean log loss"] - 0.35) < 1e-9, "the incomplete run does not count"


def test_reports_say_over_how_many_runs_and_need_the_baseline():
    assert "over the 2 runs" in gains(Results(rows()))[0]
    assert "No row of the method 'untuned'" in gains(Results(rows().query("label != 'untuned'")))[0]


def test_fidelity_against_gain_is_a_rank_correlation():
    (sentence,) = [part for part in mixing(Results(rows())) if isinstance(part, str) and part.startswith("Rank")]
    assert "-1.00 (2 pairs)" in sentence, "the less faithful rows gained less"


def test_other_bodies_average_over_runs():
    table = rows().assign(
        two_sample_auc=0.6, marginal_distance=0.1, association_distance=0.1, usefulness=0.8, closer_to_training=0.5
    )
    assert fidelity(Results(table.assign(usefulness_of_training=0.9)))[1].loc["mix 0", "two_sample_auc"] == 0.6
    assert "|    0.675  |" in peers(Results(table))[0]
    assert predictors(Results(table))[1].index[0] == "untuned"


def test_gains_in_regression_are_hundredths_of_r2_over_complete_runs():
    table = rows().rename(columns={"auc": "r2"})
    gain, summary = summarise_regression_gains(table)
    assert list(gain["mix .5"].round(6)) == [10, -8] and summary.loc["mix .5", "share worse"] == 0.5
    assert abs(summary.loc["untuned", "mean R²"] - 0.65) < 1e-9, "the incomplete run does not count"
    assert "over the 2 runs" in regression_gains(Results(table))[0]
    parts = regression_gains(Results(table.replace({"label": {"mix .5": "default"}})))
    assert "Less default" in parts[2] and "| untuned |" in parts[3]
    assert "No row of the method 'untuned'" in regression_gains(Results(table.query("label != 'untuned'")))[0]


def test_more_views_of_the_same_regressor_take_no_part_in_ranks():
    data = [("a", 0, "untuned", 0.5), ("a", 1, "untuned", 0.7), ("a", 0, "untuned 4 views", 0.9), ("a", 0, "kNN", 0.7)]
    lines = regression_peers(Results(pd.DataFrame(data, columns=["dataset", "fold", "label", "r2"])))[0].splitlines()
    cells = {line.split("|")[1].strip(): [entry.strip() for entry in line.split("|")[2:-1]] for line in lines[2:]}
    assert cells == {
        "untuned 4 views": ["0.9", "0.9", "nan"],
        "kNN": ["0.7", "0.7", "1"],
        "untuned": ["0.6", "0.6", "2"],
    }
