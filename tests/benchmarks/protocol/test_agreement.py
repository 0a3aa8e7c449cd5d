"""Rows that the parts of a generator label differently are not handed out."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.agreement import AgreeingCopulas, AgreeingSCM, Jury

from ...conftest import blobs, estimator


class Half:
    """The label is the sign of x where x is far from zero; near zero it is the part's own."""

    def __init__(self, near, table):
        self.near, self.table = near, table

    def sample(self, n, rng):
        x = rng.uniform(-1, 1, n)
        return self.table.with_values(np.column_stack((x, np.where(np.abs(x) < 0.3, self.near, x > 0))))


def line():
    x = np.linspace(-1, 1, 100)
    return TypedTable.from_frame(pd.DataFrame({"x": x, "y": (x > 0).astype(int)}), categorical=["y"])


def test_a_jury_disagrees_where_its_parts_teach_different_labels():
    table = line()
    jury = Jury([Half(0, table), Half(1, table)], table, np.random.default_rng(0))
    found = jury.disagreement(table.values)
    near = np.abs(table.values[:, 0]) < 0.25
    assert found[near].min() > 0.1 and found[np.abs(table.values[:, 0]) > 0.35].max() < 0.05


def test_a_jury_needs_classes():
    X, _ = blobs(40)
    with pytest.raises(DataError, match="a jury votes on classes, and the target 'd' is a number"):
        Jury([], TypedTable.from_frame(X[["a", "d"]]), np.random.default_rng(0))


@pytest.mark.parametrize(("cls", "few"), [(AgreeingSCM, {"n_dags": 3}), (AgreeingCopulas, {"n_parts": 3})])
def test_rows_that_are_handed_out_are_agreed_on(cls, few):
    X, y = blobs(80)
    table = TypedTable.from_frame(X.assign(y=y), categorical=["y"])
    target = {"target": "y"} if cls is AgreeingSCM else {}
    plain, picky = (cls(drop=drop, seed=1, **few, **target).fit(table) for drop in (0.0, 0.5))
    kept, all_rows = (generator.sample(200, np.random.default_rng(0)) for generator in (picky, plain))
    assert len(kept) == len(all_rows) == 200
    assert picky.jury.disagreement(kept.values).max() < np.quantile(picky.jury.disagreement(all_rows.values), 0.75)
    twice = [cls(drop=0.5, seed=1, **few, **target).fit(table).sample(30, np.random.default_rng(2)) for _ in range(2)]
    np.testing.assert_array_equal(twice[0].values, twice[1].values)
    assert len(picky.sample(0, np.random.default_rng(0))) == 0
    with pytest.raises(OptionError, match=r"drop=1 must be a number from 0 to 0.9"):
        cls(drop=1)


@pytest.mark.parametrize("name", ["AgreeingSCM", "AgreeingCopulas"])
def test_they_serve_a_fit(tiny_classifier, name):
    X, y = blobs(60, n_classes=3)
    fitted = estimator(
        tiny_classifier, "multiclass", 3, generator=f"benchmarks.protocol.agreement:{name}", mix_ratio=1.0
    )
    report = fitted.fit(X, y).report
    assert not report.fallbacks and report.rows_synthetic_used > 0
    assert (len(report.dags) > 1) == (name == "AgreeingSCM")
