"""A line for every fold and member, the untuned model at 0, and the kept steps on the lines."""

import numpy as np
from matplotlib.figure import Figure

from autogluon_causalmix.pictures.curves import LETTERS, curves, draw_curves

from ..findings.reports import folds


def drawn(reports):
    ax = Figure().add_subplot()
    assert draw_curves(reports, ax=ax) is ax
    return ax, {line.get_label(): line for line in ax.lines}


def test_every_fold_and_member_is_a_curve():
    reports = folds(
        validation_scores=([[1.0, 0.8, 0.9], [1.0, 0.7, 0.6]], [[2.0, 2.5], []]), step_kept=([1, 2], [0, 0])
    )
    assert [(one.name, one.kept) for one in curves(reports)] == [
        ("S1F1, member 1", 1),
        ("S1F1, member 2", 2),
        ("S1F2, member 1", 0),
    ]


def test_changes_are_drawn_with_their_mean_and_the_kept_steps():
    reports = folds(validation_scores=([[1.0, 0.8, 0.9]], [[2.0, 2.5, 1.0]]), step_kept=([1], [2]))
    ax, lines = drawn(reports)
    changes = [line.get_ydata() for line in ax.lines if line.get_label().startswith("_child")]
    assert np.allclose(changes, [[0, -0.2, -0.1], [0, 0.5, -1.0]])
    assert np.allclose(lines["mean"].get_ydata(), [0, 0.15, -0.55])
    assert np.allclose(lines["kept step"].get_xydata(), [[1, -0.2], [2, -1.0]])
    assert set(lines["untuned"].get_ydata()) == {0}
    assert ax.get_title() == "untuned: 1.5, mean of 2"


def test_a_single_curve_has_no_mean_and_gaps_stay_gaps():
    ax, lines = drawn(folds(validation_scores=[[1.0, None, 0.5]], step_kept=[2], validation_name="log loss"))
    assert "mean" not in lines and ax.get_title() == "untuned: 1"
    (change,) = [line.get_ydata() for line in ax.lines if line.get_label().startswith("_child")]
    assert np.array_equal(change, [0, np.nan, -0.5], equal_nan=True)
    assert "log loss" in ax.get_ylabel()


def test_without_a_validated_step_the_picture_says_so():
    for reports in ({}, folds(), folds(validation_scores=[[0.5]], step_kept=[0], steps_taken=[0])):
        ax, lines = drawn(reports)
        assert not lines and ax.texts[0].get_text() == "no step was validated"


def test_a_long_name_of_the_score_is_broken():
    name = "squared error (target scaled to 0-1)"
    ax, _ = drawn(folds(validation_scores=[[1.0, 0.5]], step_kept=[1], validation_name=name))
    assert max(map(len, ax.get_ylabel().split("\n"))) <= LETTERS
    assert name in ax.get_ylabel().replace("\n", " ")
