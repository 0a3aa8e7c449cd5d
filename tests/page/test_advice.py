"""Advice follows from findings, each remedy once, then from what was not tried."""

import pandas as pd

from autogluon_causalmix.findings import Finding, Tab
from autogluon_causalmix.page.advice import MOST, advice

from ..findings.reports import folds


def finding(code, tab, remedy, model="m"):
    return Finding(code, tab, "title", "explanation", remedy, model)


def texts(*arguments):
    return [one.text for one in advice(*arguments)]


def test_remedies_come_first_each_once_with_its_codes():
    found = [finding("CM101", Tab.ISSUE, "Do this."), finding("CM101", Tab.ISSUE, "Do this.", "other")]
    found += [finding("CM202", Tab.TIP, "Do this."), finding("CM203", Tab.PASSED, "")]
    first = advice(found, {"m": folds()}, {})[0]
    assert (first.text, first.why) == ("Do this.", "CM101, CM202")


def test_what_was_not_tried_is_named():
    mixing = {"mix_ratio": 0.5}
    edges = pd.DataFrame({"from": ["a", "b"], "to": ["b", "c"], "probability": [0.5, 0.95], "stated": False})
    untried = texts([], {"m": folds(options=mixing, rows_synthetic_used=9)}, {"m": edges})
    assert ["beside it" in text for text in untried] == [True, False, False]
    assert "a <-> b." in untried[1] and "b <-> c" not in untried[1] and "Bag over folds" in untried[2]


def test_a_pair_of_columns_is_one_question_whatever_its_direction_and_model():
    both = pd.DataFrame({"from": ["a", "b"], "to": ["b", "a"], "probability": [0.5, 0.4], "stated": False})
    models = {name: folds(options={"mix_ratio": 0.5}, rows_synthetic_used=9) for name in ("m", "n")}
    (asked,) = [text for text in texts([], models, {"m": both, "n": both}) if "State what you know" in text]
    assert asked.count("a <-> b") + asked.count("b <-> a") == 1 and "more" not in asked


def test_what_was_tried_is_not_named():
    tried = folds(options=({"mix_ratio": 0.5, "known_roots": ["a"]},) * 3, rows_synthetic_used=9)
    default = folds(options=({"mix_ratio": 0},) * 3)
    edges = pd.DataFrame({"from": ["a"], "to": ["b"], "probability": [0.5], "stated": False})
    assert texts([], {"m": tried, "n": default}, {"m": edges}) == []
    assert texts([], {}, {}) == []


def test_the_list_is_short():
    many = [finding(f"MY{k}", Tab.ISSUE, f"Do {k}.") for k in range(100, 120)]
    assert len(advice(many, {"m": folds()}, {})) == MOST
