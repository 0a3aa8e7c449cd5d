"""CM2xx fire at the figures that their pages name, and are absent without them."""

import pytest

from autogluon_causalmix.findings import row_checks as checks

from .reports import folds


def measured(**figures):
    return folds(fidelity=figures)


@pytest.mark.parametrize(
    ("auc", "low", "tab"),
    [(0.97, 0.93, "issue"), (0.93, 0.85, "tip"), (0.8, 0.76, "tip"), (0.8, 0.7, "passed"), (0.5, 0.4, "passed")],
)
def test_rows_that_a_classifier_tells_apart(auc, low, tab):
    found = checks.pass_for_real.judge(measured(two_sample_auc=auc, two_sample_low=low))
    assert found.tab == tab and f"{auc:.2f}" in found.explanation and f"{low:.2f}" in found.explanation


@pytest.mark.parametrize(
    ("check", "figure", "bad", "good"),
    [
        (checks.copies_nobody, "closer_to_training", 0.9, 0.55),
        (checks.repeats_nothing, "diversity", 0.3, 0.9),
        (checks.teaches_the_target, "usefulness", 0.51, 0.8),
    ],
)
def test_one_figure_on_both_sides(check, figure, bad, good):
    for value, tab in ((bad, "issue"), (good, "passed")):
        found = check.judge(measured(**{figure: value}))
        assert found.tab == tab and f"{value:.2f}" in found.explanation


def test_lost_categories_are_named():
    found = checks.has_all_levels.judge(folds(fidelity=({"lost_levels": {}}, {"lost_levels": {"job": ["smith"]}})))
    assert found.tab == "issue" and "1 of 2" in found.explanation and "job: smith in S1F2" in found.explanation
    assert checks.has_all_levels.judge(measured(lost_levels={})).tab == "passed"


def test_the_worst_fold_is_named_beside_the_mean():
    known = folds(fidelity=({"closer_to_training": 0.5}, None, {"closer_to_training": 0.7}))
    assert "0.60 in the mean over 2 folds, 0.70 in S1F3" in checks.copies_nobody.judge(known).explanation


@pytest.mark.parametrize("known", [folds(), measured(n_rows=30)])
@pytest.mark.parametrize("name", checks.__all__)
def test_what_was_not_measured_is_absent(name, known):
    assert getattr(checks, name).judge(known) is None


def test_of_rows_that_repeat_each_other_the_classifier_says_nothing():
    collapsed = measured(two_sample_auc=0.3, two_sample_low=0.2, diversity=0.01)
    assert checks.pass_for_real.judge(collapsed) is None
    assert checks.repeats_nothing.judge(collapsed).tab == "issue"
