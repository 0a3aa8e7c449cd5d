"""Notes of a fit: seconds that add up, and reasons that are said once."""

import time

import pytest

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.journal import Journal


def test_a_stage_adds_up_also_when_it_fails():
    journal = Journal()
    with journal.stage("work"):
        time.sleep(0.01)
    first = journal.seconds["work"]
    with pytest.raises(KeyError), journal.stage("work"):
        raise KeyError
    journal.took("work", 5.0)
    assert journal.seconds["work"] >= first + 5.0 and first >= 0.01


def test_a_reason_is_noted_and_said_once():
    warnings = []
    journal = Journal(warnings.append)
    for _ in range(2):
        journal.remark("no rows", "There are no rows.")
    journal.remark("quietly")
    assert journal.remarks == ["no rows", "quietly"] and warnings == ["There are no rows."]


def test_parts_of_a_budget_are_equal_and_end_with_it():
    assert Budget().left() is None and Budget().part(3).left() is None and Budget.within(None).allows(1e9)
    budget = Budget.within(100.0)
    assert budget.part(4).left() == pytest.approx(25.0, abs=0.5) and budget.part(1).deadline == pytest.approx(
        budget.deadline
    )
    assert budget.allows(50.0) and not budget.allows(101.0) and not Budget.within(-1.0).allows(0.0)
    assert Budget.within(10.0, started=time.monotonic() - 4.0).spent() == pytest.approx(4.0, abs=0.5)
