"""What is measured of a generator's rows comes with pictures, and does not depend on them."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.synthesis import measurement
from autogluon_causalmix.synthesis.fitting import FittedGenerator
from autogluon_causalmix.table import TypedTable


@pytest.fixture
def measured():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((160, 2)), columns=["a", "b"]).assign(y=rng.integers(0, 2, 160))
    table = TypedTable.from_frame(frame, categorical=["y"])

    def measured(n_unseen=60, seconds=None):
        training, unseen = table.rows(np.arange(100)), table.values[100 : 100 + n_unseen]
        fitted = FittedGenerator.to(training, SynthesisOptions(generator="bootstrap"), FitContext(target="y"))
        return measurement.measure(fitted, unseen, np.random.default_rng(1), seconds)

    return measured


def test_all_real_rows_are_compared_with_all_drawn_ones(measured):
    for n_unseen in (60, 10):  # 10: a second generator is measured, on a third of the training rows too
        comparison = measured(n_unseen)["comparison"]
        assert comparison["rows_real"] == 100 + n_unseen and comparison["rows_synthetic"] >= 60


def test_figures_do_not_depend_on_the_comparison(measured, monkeypatch):
    with_it = measured()

    def fail(*_):
        raise ValueError("no picture")

    monkeypatch.setattr(measurement, "compare", fail)
    without = measured()
    assert without.pop("comparison") is None and with_it.pop("comparison") is not None
    assert without == with_it


def test_there_is_no_comparison_when_the_time_has_ended(measured, monkeypatch):
    clock = itertools.count(0, 10)
    monkeypatch.setattr(measurement, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    one = measured(seconds=5.0)
    assert one is not None and one["comparison"] is None
