"""An interval for every fold that measured one."""

import numpy as np
from matplotlib.figure import Figure

from autogluon_causalmix.pictures.fidelity import MAX_NAMES, draw_fidelity

from ..findings.reports import folds


def measured(value, half=0.05):
    return {"two_sample_auc": value, "two_sample_low": value - half, "two_sample_high": value + half}


def test_intervals_are_those_of_the_folds_that_have_one():
    ax = Figure().add_subplot()
    assert draw_fidelity(folds(fidelity=(measured(0.6), None, measured(0.3))), ax=ax) is ax
    (intervals,) = ax.collections
    assert np.allclose(intervals.get_segments(), [[[0.55, 0], [0.65, 0]], [[0.25, 1], [0.35, 1]]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["S1F1", "S1F3"]
    low, high = ax.get_xlim()
    assert low < 0.25 and high > 1, "below .5 is shown too"


def test_many_folds_and_none():
    many = draw_fidelity(folds(fidelity=tuple(measured(0.7) for _ in range(100))), ax=Figure().add_subplot())
    assert len(many.get_yticklabels()) <= MAX_NAMES and len(many.collections[0].get_segments()) == 100
    none = draw_fidelity(folds(fidelity=(None, None)), ax=Figure().add_subplot())
    assert none.texts[0].get_text() == "fidelity was not measured" and not none.collections
