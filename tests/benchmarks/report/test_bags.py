"""The report of bags: it is paired, it says whether the goal is reached, and it names what is missing."""

from itertools import pairwise

import pytest

from benchmarks.report.bags import AS_IT_COMES, RIVALS, body
from benchmarks.report.results import Results

from .made_up import grid


def rows(mine=1.0):
    return grid({AS_IT_COMES: mine, "LightGBM": -3.0, "CatBoost": -2.0, "random forest": 0.5}, n_sets=8, folds=3)


def test_bags_are_paired_and_compared_with_ours_and_with_the_untuned_bag():
    _, counted, means, *parts = body(Results(rows()))
    assert "24 runs on 8 data sets" in counted and "lacks" not in counted
    assert means.index[0] == AS_IT_COMES and means.loc[AS_IT_COMES, "rank"] == 1
    assert means.loc["LightGBM", "rank"] == len(means) == 5
    tables = {text: table for text, table in pairwise(parts) if isinstance(text, str)}
    auc = tables[f"ROC-AUC against the bag of '{AS_IT_COMES}':"]
    assert auc.loc["LightGBM", "losses"] == 8 and auc.loc["LightGBM", "mean difference %"] == pytest.approx(-4, abs=0.3)
    assert tables["ROC-AUC against the bag of 'untuned':"].loc[AS_IT_COMES, "wins"] == 8
    assert len([text for text in tables if text.startswith("Log loss against")]) == 2
    assert len(tables["Log loss by data set:"]) == 8 and set(tables["ROC-AUC by data set:"]) == set(means.index)


@pytest.mark.parametrize(("mine", "said"), [(1.0, "ROC-AUC reached (1.00"), (-1.0, "ROC-AUC missed (")])
def test_the_goal_is_said_first(mine, said):
    goal = body(Results(rows(mine)))[0]
    assert said in goal and "random forest" in goal


def test_a_model_that_failed_is_left_out_and_named_and_no_goal_is_claimed():
    failed = rows()
    failed.loc[failed["label"] == "CatBoost", "status"] = "error"
    left_out, counted, means, *_ = body(Results(failed))
    assert left_out == "Left out for a lack of runs: CatBoost." and "CatBoost" not in means.index
    assert "goal" not in counted


def test_tables_that_one_model_lacks_are_named():
    failed = rows()
    failed.loc[(failed["label"] == RIVALS[0]) & (failed["dataset"] == "set3"), "status"] = "error"
    assert "21 runs on 7 data sets" in body(Results(failed))[1]
    assert "(some model lacks runs of set3)" in body(Results(failed))[1]


def test_a_survey_that_is_there_twice_is_told_once_beside():
    twice = rows().replace({"dataset": {"set3": "crx"}})
    beside = {text: table for text, table in pairwise(body(Results(twice))) if isinstance(text, str)}
    table = beside[f"ROC-AUC against the bag of '{AS_IT_COMES}':"]
    once = {
        text: table for text, table in pairwise(body(Results(twice.query("dataset != 'crx'")))) if isinstance(text, str)
    }
    assert (
        table["p (Holm), no crx"].tolist() == once[f"ROC-AUC against the bag of '{AS_IT_COMES}':"]["p (Holm)"].tolist()
    )
    assert (table["p (Holm), no crx"] > table["p (Holm)"]).any()


def test_nothing_in_common_is_said():
    one = rows()
    one = one[(one["label"] == "LightGBM") == (one["dataset"].isin(["set0", "set1", "set2", "set3"]))]
    assert body(Results(one))[-1] == "No run has all models yet."
