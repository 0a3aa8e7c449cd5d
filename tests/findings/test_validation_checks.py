"""CM1xx fire on promises that do not hold, and on fine-tuning that did nothing."""

import pytest

from autogluon_causalmix.findings.validation_checks import better_than_untuned, confirmed_by_other_folds

from .reports import folds


def curves(*scores):
    kept = tuple([min(range(len(one)), key=lambda k: one[k] if one[k] is not None else 9.0)] for one in scores)
    return folds(validation_scores=tuple([list(one)] for one in scores), step_kept=kept)


def test_a_gain_that_each_fold_finds_at_another_step_is_an_issue():
    lucky = curves((1.0, 0.8, 1.0, 1.0), (1.0, 1.0, 0.8, 1.0), (1.0, 1.0, 1.0, 0.8))
    found = confirmed_by_other_folds.judge(lucky)
    assert found.tab == "issue" and "promises 0.2 less" in found.explanation and "it is 0." in found.explanation


def test_a_gain_that_all_folds_find_at_the_same_step_passes():
    found = confirmed_by_other_folds.judge(curves((1.0, 0.9, 0.8), (2.0, 1.9, 1.8, 1.9), (1.0, 0.9, 0.8)))
    assert found.tab == "passed" and "promises 0.2 less" in found.explanation


def test_where_the_untuned_model_is_kept_nothing_is_promised():
    """The remedy, ``keep_untuned_within``, must mend what it is advised for."""
    luck = [[1.0, 0.8, 1.0, 1.0], [1.0, 1.0, 0.8, 1.0], [1.0, 1.0, 1.0, 0.8]]
    found = confirmed_by_other_folds.judge(folds(validation_scores=tuple([one] for one in luck), step_kept=([0],) * 3))
    assert found.tab == "passed" and "no gain" in found.explanation


def test_a_fold_that_time_cut_short_takes_nothing_from_the_others():
    """All gain alike, and one had time for two steps: nothing is owed to the choice of a step."""
    steady = [1.0 - 0.01 * step for step in range(51)]
    found = confirmed_by_other_folds.judge(curves(steady, steady, steady, steady[:3]))
    assert found.tab == "passed" and "promises 0.38 less" in found.explanation and "it is 0.38." in found.explanation


def test_a_member_that_time_cut_short_takes_nothing_from_the_others():
    steady = [1.0 - 0.01 * step for step in range(41)]
    members = [steady, steady, steady, steady[:3]]
    known = folds(validation_scores=(members,) * 3, step_kept=([40, 40, 40, 2],) * 3)
    found = confirmed_by_other_folds.judge(known)
    assert found.tab == "passed" and "promises 0.305 less" in found.explanation and "it is 0.305." in found.explanation


def test_folds_that_keep_the_untuned_model_confirm_nothing():
    """Two folds' curves rise, but a last comparison overruled them; the third keeps a step by luck."""
    rising, lucky = [1.0, 0.99, 0.98, 0.95], [1.0, 0.97, 1.0, 1.05]
    scores = ([rising], [rising], [lucky])
    found = confirmed_by_other_folds.judge(folds(validation_scores=scores, step_kept=([0], [0], [1])))
    assert found.tab == "issue" and "it is -0.0167" in found.explanation


def test_no_gain_promises_nothing():
    assert confirmed_by_other_folds.judge(curves(*[(1.0, 1.1)] * 3)).tab == "passed"


@pytest.mark.parametrize(
    "known",
    [curves((1.0, 0.8), (1.0, 0.8)), curves((1.0,), (1.0,), (1.0,)), curves((1.0, None), (1.0, 0.8), (1.0, 0.8))],
)
def test_fewer_than_three_curves_say_nothing(known):
    assert confirmed_by_other_folds.judge(known) is None


@pytest.mark.parametrize(
    ("kept", "tab"),
    [([0, 0, 0, 0], "issue"), ([0, 2, 0, 1], "tip"), ([0, 2, 1, 1], "passed"), ([3, 2, 1, 1], "passed")],
)
def test_members_that_kept_the_untuned_weights(kept, tab):
    known = folds(
        steps_taken=([3, 3], [3, 3]),
        step_kept=(kept[:2], kept[2:]),
        validation_scores=[[1.0, 0.9, 0.8, 0.9]] * 2,
    )
    found = better_than_untuned.judge(known)
    assert found.tab == tab and f"{kept.count(0)} of 4 members" in found.explanation


@pytest.mark.parametrize(
    "known", [{"steps_taken": [0], "validation_scores": [[1.0]]}, {"steps_taken": [3], "validation_scores": [[]]}]
)
def test_members_without_steps_or_validation_are_not_judged(known):
    assert better_than_untuned.judge(folds(step_kept=[0], **known)) is None
