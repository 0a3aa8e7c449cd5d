"""The second confirmation: verdicts by its rule, on both tests."""

import pytest

from benchmarks.report.results import Results
from benchmarks.report.shift_runs import runs
from benchmarks.report.views_confirmed import body, claims, twins, verdict
from benchmarks.report.writer import markdown_of
from benchmarks.studies.views_confirmed import CLAIMS, STUDY
from tests.benchmarks.report.test_shift import grid

PAIR = (("six", "default"),)


def said(n=4, **effects):
    rows = grid(effects.get("outside", {"six": 0.0}), n=n, inside=effects.get("inside"))
    return verdict(claims(runs(rows), PAIR), *PAIR[0])


def test_ahead_is_better_on_the_first_test_and_not_worse_on_the_shifted_one():
    assert said(inside={"six": -0.05}) == "ahead"
    assert said(inside={"six": 0.05}) == "behind"
    assert said(inside={"six": 0.0}) == "undecided"
    assert said(inside={"six": -0.05}, outside={"six": -0.1}) == "undecided"
    assert said(inside={"six": 0.05}, outside={"six": 0.1}) == "undecided"
    assert said(n=1, inside={"six": -0.05}) == "undecided", "three tables decide nothing"
    rows = claims(runs(grid({"six": 0.0}, n=4, inside={"six": -0.05})), PAIR)
    assert verdict(rows, *PAIR[0], level=1e-9) == "undecided", "a stricter level"
    assert verdict(claims(runs(grid({"other": 0.1})), PAIR), *PAIR[0]) == "not measured"


def test_below_zero_is_better_in_every_measure():
    found = claims(runs(grid({"six": 0.03}, inside={"six": -0.05})), PAIR).set_index("measure")
    assert found["mean"].to_dict() == pytest.approx(
        {"in_auc": -0.025, "in_log_loss": -0.05, "out_log_loss": -0.03}, abs=0.002
    )
    assert (found["wins"] == 30).all() and found["p (Holm)"].notna().tolist() == [True, True, False]


def test_a_method_is_told_beside_its_twins_on_the_shifted_test():
    table = runs(grid({"six": 0.05, "twin": 0.05, "other": 0.0}))
    (said,) = twins(table, "six", ("twin", "other", "absent"))
    near, far = said.split("; ")
    assert "less twin" in near and "less other -0.0" in far and far.endswith("e-09 after Holm's correction.")
    assert twins(table, "six", ("absent",)) == []


def test_the_body_has_every_claim_and_both_tests():
    labels = {label for pair in CLAIMS for label in pair}
    assert labels <= set(STUDY.methods)
    rows = grid(dict.fromkeys(labels - {"default"}, 0.0), inside=dict.fromkeys(labels - {"default"}, -0.02))
    text = markdown_of(body(Results(rows)))
    assert text.count("**") == 2 * len(CLAIMS) and "log loss out" in text
