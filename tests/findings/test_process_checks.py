"""CM4xx fire on what a fit did otherwise than asked."""

import pytest

from autogluon_causalmix.findings.process_checks import done_as_asked, steps_in_time, weights_as_asked

from .reports import folds

OFFICIAL = {"name": "autogluon/mitra-classifier", "fallback_reason": None}
STAND_IN = {"name": "mini", "fallback_reason": "no network"}


def test_a_stand_in_is_an_issue_and_a_choice_is_not():
    found = weights_as_asked.judge(folds(weights=(OFFICIAL, STAND_IN)))
    assert found.tab == "issue" and "1 of 2" in found.explanation and "no network" in found.explanation
    assert weights_as_asked.judge(folds(weights=OFFICIAL)).tab == "passed"
    assert weights_as_asked.judge(folds()) is None


def fallbacks(*reasons, **figures):
    asked = {"mix_ratio": 0.5, "fine_tune": True}
    return folds(**{"fallbacks": list(reasons), "weights": STAND_IN, "options": asked, "steps_taken": [3]} | figures)


def test_a_fallback_is_a_tip_with_its_reason():
    found = done_as_asked.judge(fallbacks("sample_weight ignored", rows_synthetic_used=10, rows_synthetic_drawn=10))
    assert found.tab == "tip" and "sample_weight ignored (1 of 1 fits)" in found.explanation


@pytest.mark.parametrize(
    ("figures", "tab"),
    [
        ({}, "issue"),
        ({"rows_synthetic_drawn": 9, "mix_ratio": 0.5}, "issue"),
        ({"rows_synthetic_drawn": 9, "mix_ratio": 0.0}, "tip"),
        ({"options": {"mix_ratio": 0.0, "fine_tune": True}}, "tip"),
        ({"steps_taken": [0]}, "tip"),
    ],
    ids=["none drawn", "none used", "auto wants none", "not asked for", "no step"],
)
def test_rows_that_were_asked_for_and_did_not_come_are_an_issue(figures, tab):
    assert done_as_asked.judge(fallbacks("the generator broke", **figures)).tab == tab


def test_few_steps_that_happened_to_draw_no_synthetic_episode_are_no_issue():
    episodes = {"mix_ratio": 0.5, "fine_tune": True, "mix_into": "episode"}
    by_chance = {"rows_synthetic_drawn": 9, "mix_ratio": 0.5, "options": episodes}
    for steps, tab in (([1], "tip"), ([3, 2], "tip"), ([4, 5], "issue")):
        assert done_as_asked.judge(fallbacks("sample_weight ignored", **by_chance, steps_taken=steps)).tab == tab


def test_stand_in_weights_have_a_code_of_their_own():
    found = done_as_asked.judge(fallbacks("bundled checkpoint instead of the official weights: no network"))
    assert found.tab == "passed"


@pytest.mark.parametrize(
    ("ends", "steps", "tab"),
    [
        (["steps", "patience"], [9, 4], "passed"),
        (["steps", "time"], [9, 4], "tip"),
        (["time", "time"], [4, 0], "issue"),
    ],
)
def test_members_that_ran_out_of_time(ends, steps, tab):
    assert steps_in_time.judge(folds(stopped_by=ends, steps_taken=steps)).tab == tab


def test_no_member_is_no_verdict():
    assert steps_in_time.judge(folds()) is None
