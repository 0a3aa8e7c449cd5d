"""Checks are asked once, can be added and muted, and every code stands in the docs."""

import logging
import pickle
import runpy
from pathlib import Path

import pytest

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.findings import Check, Tab, Verdict, all_checks, check, register, unregister
from autogluon_causalmix.findings.registry import CHECKS
from autogluon_causalmix.predictor_report import PredictorReport

from .reports import folds

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.fixture
def counted():
    """A check of the user's that counts how often it is asked, and is taken back after the test."""
    asked = []

    @register
    @check("MY101", "The table has enough rows", "Collect more rows.")
    def enough_rows(known):
        """Fewer than 100 training rows."""
        asked.append(1)
        return Verdict("tip", f"{known['']['rows_training']} training rows.")

    yield asked
    if enough_rows in all_checks():
        unregister("MY101")


def shown(**figures):
    return PredictorReport({"CausalMix": folds(rows_training=60, steps_taken=[], **figures)})


def test_a_check_of_the_users_is_asked_once_and_only_for_findings(counted):
    report = shown()
    report.summary(), str(report)
    assert not counted
    first, second = report.findings(), report.findings()
    assert first == second and len(counted) == 1
    (found,) = [one for one in first if one.code == "MY101"]
    assert (found.tab, found.explanation, found.model) == (Tab.TIP, "60 training rows.", "CausalMix")
    assert found.remedy == "Collect more rows."


def test_issues_come_first_and_what_passed_needs_no_remedy(counted):
    report = shown(weights={"name": "mini", "fallback_reason": "no network"})
    tabs = [(one.code, one.tab) for one in report.findings()]
    assert tabs == [("CM401", "issue"), ("MY101", "tip"), ("CM402", "passed")]
    assert [bool(one.remedy) for one in report.findings()] == [True, True, False]


def test_muted_codes_are_not_asked(counted):
    assert "MY101" not in [one.code for one in shown().findings(mute=["MY101"])] and not counted
    assert "CM402" not in [one.code for one in shown().findings(mute="CM402")]
    with pytest.raises(OptionError, match="mute holds 'CM999'"):
        shown().findings(mute=["CM999"])


def test_a_check_taken_back_is_not_asked(counted):
    report = shown()
    report.findings()
    unregister("MY101")
    assert "MY101" not in [one.code for one in report.findings()]
    with pytest.raises(OptionError, match="MY101"):
        unregister("MY101")


def test_a_cell_that_runs_twice_replaces_its_check(counted):
    for answer in ("first", "second"):

        @register
        @check("MY102", "mine", "")
        def again(known, answer=answer):
            return Verdict("tip", answer)

    assert [one.explanation for one in shown().findings() if one.code == "MY102"] == ["second"]
    unregister("MY102")
    with pytest.raises(OptionError, match="'CM999' begins with 'CM'"):
        register(Check("CM999", "mine", "", lambda known: None))
    with pytest.raises(OptionError, match="the code 'MY101' is that of"):
        register(Check("MY101", "mine", "", lambda known: None))


def test_codes_are_unique_and_of_one_form(counted):
    with pytest.raises(OptionError, match="the code 'CM101' is that of"):
        register(Check("CM101", "mine", "", lambda known: None))
    with pytest.raises(OptionError, match="'my-check'"):
        check("my-check", "mine", "")(lambda known: None)


def test_a_check_that_breaks_is_told_and_the_others_answer(caplog):
    @register
    @check("MY102", "breaks", "")
    def breaks(known):
        """Raises."""
        return known["no such fold"]

    try:
        with caplog.at_level(logging.WARNING, logger="autogluon.causalmix"):
            assert [one.code for one in shown().findings()] == ["CM402"]
    finally:
        unregister("MY102")
    assert "MY102 failed on CausalMix (KeyError" in caplog.text


def test_a_report_is_pickled_after_its_findings(counted):
    report = shown()
    report.findings()
    again = pickle.loads(pickle.dumps(report))
    assert again == report and again.findings() == report.findings()


def test_the_page_of_codes_is_the_checks():
    page = runpy.run_path(str(DOCS / "findings.py"))["page"]()
    assert (DOCS / "findings.md").read_text() == page, "python docs/findings.py --write"
    for one in CHECKS:
        assert f"### {one.code}: " in page and one.remedy in page and one.judge.__doc__
