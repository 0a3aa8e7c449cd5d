"""Rows for a table of any kind: dtypes, what the generator sees, sharing, fidelity, time."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.augmentation import rows as rows_module
from autogluon_causalmix.augmentation.cache import GeneratorCache
from autogluon_causalmix.augmentation.rows import draw_rows
from autogluon_causalmix.budget import Budget
from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.catalogue import GENERATORS
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import AugmentOptions

from ..conftest import blobs, messy_frame

SEEN = []


class Spy:
    """Copies rows; keeps what it was shown."""

    def fit(self, table):
        SEEN.append(table)
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


class Gaps(Spy):
    """Draws missing cells everywhere."""

    def sample(self, n, rng):
        values = super().sample(n, rng).values.copy()
        values[:, :-1] = np.nan
        return self.table.with_values(values)


class NoTarget(Spy):
    """Draws rows without a target."""

    def sample(self, n, rng):
        values = super().sample(n, rng).values.copy()
        values[0, -1] = np.nan
        return self.table.with_values(values)


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    SEEN.clear()
    fresh = GeneratorCache()
    monkeypatch.setattr(rows_module, "SHARED", fresh)
    return fresh


def options(generator="copula", **more):
    if generator == "scm":
        more = {"generator_options": {"n_dags": 2}, "discovery_resamples": 2} | more
    return AugmentOptions.from_hyperparameters({"generator": generator, **more})


def autogluon_frame(n=90):
    """Columns as AutoGluon hands them to a model, and classes 0 and 1."""
    messy = messy_frame(n)
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "number": messy["number"],
            "short": messy["number"].astype(np.float32),
            "gaps": messy["gaps"],
            "empty": np.nan,
            "constant": 7,
            "count": messy["count"].astype(np.int32),
            "flag": messy["flag"].astype(np.int8),  # booleans
            "boolean": messy["flag"],
            "colour": pd.Categorical.from_codes(messy["colour"].cat.codes, categories=[0, 1, 2, 3]),
            "class_gaps": messy["class_gaps"],
            "day": messy["day"].astype("int64"),  # dates, in nanoseconds
            "day.year": messy["day"].dt.year.astype(np.int16),
            "text.word_count": rng.integers(0, 30, n).astype(np.uint8),
            "__nlp__.the": rng.integers(0, 3, n).astype(np.uint8),
            "text": rng.choice(["a cat", "a dog and a cat", "no"], n).astype(object),
        }
    )
    return X, pd.Series((messy["label"] == "yes").astype(np.int64).to_numpy(), name="y")


@pytest.mark.parametrize("generator", ["scm", "copula", "mixup", "smote", "bootstrap", "jitter", "mixed_model"])
def test_rows_have_the_dtypes_and_categories_of_real_ones(generator):
    X, y = autogluon_frame()
    before = X.copy()
    drawn = draw_rows(X, y, 200, options(generator), "binary")
    assert drawn.X.dtypes.equals(X.dtypes) and drawn.y.dtype == y.dtype and drawn.y.name == "y"
    assert drawn.X["colour"].cat.categories.tolist() == [0, 1, 2, 3]
    assert len(drawn.X) == len(drawn.y) == 200 and set(drawn.y) == {0, 1}
    assert drawn.X["empty"].isna().all() and (drawn.X["constant"] == 7).all()
    assert drawn.X["count"].between(X["count"].min(), X["count"].max()).all()
    assert drawn.X["day"].between(X["day"].min(), X["day"].max()).all()
    assert set(drawn.X["text"]) <= set(X["text"])
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize("generator", ["scm", "copula", "bootstrap"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_a_regression_target_keeps_its_dtype(generator, dtype):
    X, _ = autogluon_frame()
    y = pd.Series((10 * X["number"]).round().astype(dtype), name="y")
    drawn = draw_rows(X, y, 50, options(generator), "regression")
    assert drawn.y.dtype == dtype and drawn.y.nunique() > 2
    assert drawn.y.between(y.min(), y.max()).all()


@pytest.mark.slow
@pytest.mark.parametrize("generator", sorted(GENERATORS))
def test_every_generator_of_the_catalogue_serves(generator):
    if GENERATORS[generator].package is not None:
        pytest.importorskip(GENERATORS[generator].package)
    X, y = blobs(80, n_classes=3)
    short = {"ctgan": {"epochs": 2}, "tabebm": {"n_steps": 5, "n_rows": 30}}.get(generator, {})
    more = {"generator_options": short} if short else {}
    drawn = draw_rows(X, y, 60, options(generator, **more), "multiclass")
    assert drawn.X.dtypes.equals(X.dtypes) and set(drawn.y) <= {0, 1, 2}


def test_a_target_called_like_a_column_does_no_harm():
    X, y = blobs(40)
    for name in ("a", None, 3):
        drawn = draw_rows(X, y.rename(name), 20, options(), "binary")
        assert list(drawn.X.columns) == list(X.columns) and drawn.y.name == name


def test_the_generator_sees_the_rows_it_is_given_and_no_others():
    X, y = blobs(80)
    draw_rows(X[:50], y[:50], 30, options(Spy), "binary", unseen=(X[50:], y[50:]))
    (seen,) = SEEN
    assert len(seen) == 50 and not set(seen.values[:, 0]) & set(X["a"][50:])


def test_the_generator_learns_from_a_sample_of_many_rows():
    X, y = blobs(80)
    drawn = draw_rows(X, y, 100, options(Spy, generator_rows=30), "binary")
    assert len(SEEN[0]) == 30 and len(drawn.X) == 100


def test_models_of_one_fold_share_a_generator_and_get_the_same_rows(cache):
    X, y = blobs(60)
    one, two = (draw_rows(X, y, 40, options(Spy), "binary") for _ in range(2))
    more = draw_rows(X, y, 80, options(Spy), "binary")
    assert len(SEEN) == 1 and (one.shared, two.shared, more.shared) == (False, True, True)
    pd.testing.assert_frame_equal(one.X, two.X)
    assert len(more.X) == 80
    draw_rows(X[:-1], y[:-1], 40, options(Spy), "binary")
    draw_rows(X, y, 40, options(Spy, seed=1), "binary")
    assert len(SEEN) == 3, "other rows and another seed are another fit"


@pytest.mark.parametrize("off", [{"cache": False}, {"seed": None}])
def test_nothing_is_shared_where_that_is_off_or_nothing_is_seeded(cache, off):
    X, y = blobs(60)
    for _ in range(2):
        assert not draw_rows(X, y, 20, options(Spy, **off), "binary").shared
    assert len(SEEN) == 2 and len(cache) == 0


def test_balanced_rows():
    X, _ = blobs(100)
    y = pd.Series([1] * 10 + [0] * 90)
    assert abs(draw_rows(X, y, 400, options("bootstrap", balance_classes=True), "binary").y.mean() - 0.5) < 0.1
    assert draw_rows(X, y, 400, options("bootstrap"), "binary").y.mean() < 0.2


def test_fidelity_is_measured_on_unseen_rows_once_per_generator(monkeypatch):
    X, y = blobs(120)
    calls = []
    measure = rows_module.two_sample_auc
    monkeypatch.setattr(rows_module, "two_sample_auc", lambda *args: calls.append(args) or measure(*args))
    unseen = X[60:], y[60:]
    real = [draw_rows(X[:60], y[:60], 60, options(Spy), "binary", unseen=unseen).fidelity for _ in range(2)]
    assert len(calls) == 1 and real[0] == real[1] and real[0]["lost_levels"] == {} and real[0]["n_rows"] == 60
    assert 0.2 < real[0]["two_sample_auc"] < 0.8
    assert draw_rows(X[:60], y[:60], 60, options(Spy, measure_fidelity=False), "binary", unseen=unseen).fidelity is None
    few = X[60:80], y[60:80]
    assert draw_rows(X[:60], y[:60], 60, options(Spy), "binary", unseen=few).fidelity is None
    assert len(calls) == 1


def test_a_measurement_that_fails_costs_the_figure_alone(monkeypatch):
    def broken(*args):
        raise ValueError("no forest")

    monkeypatch.setattr(rows_module, "two_sample_auc", broken)
    X, y = blobs(120)
    journal = Journal(lambda message: None)
    drawn = draw_rows(X[:60], y[:60], 60, options(), "binary", unseen=(X[60:], y[60:]), journal=journal)
    assert drawn.fidelity is None and journal.remarks == ["fidelity was not measured (ValueError: no forest)"]


def test_missing_cells_in_a_column_that_cannot_hold_them_are_refused_by_name():
    X, y = blobs(40)
    X["count"] = np.arange(40) % 7
    with pytest.raises(DataError, match=r"float64 cells in column 'count', which holds int64: missing cells"):
        draw_rows(X, y, 20, options(Gaps), "binary")


def test_rows_without_a_target_are_refused():
    X, y = blobs(40)
    with pytest.raises(DataError, match="without a target"):
        draw_rows(X, y, 20, options(NoTarget), "binary")


def test_without_time_there_is_no_generator():
    X, y = blobs(40)
    with pytest.raises(TimeoutError, match="no time for synthetic rows"):
        draw_rows(X, y, 20, options(Spy), "binary", budget=Budget.within(0.5))
    assert not SEEN


def test_seconds_are_noted_by_stage_and_only_by_who_fitted():
    X, y = blobs(60)
    journals = [Journal(), Journal()]
    for journal in journals:
        draw_rows(X, y, 20, options("scm"), "binary", journal=journal)
    assert {"discovery", "mechanisms", "drawing"} <= set(journals[0].seconds)
    assert "discovery" not in journals[1].seconds and "drawing" in journals[1].seconds


class Infinite(Spy):
    """Draws an infinite cell."""

    def sample(self, n, rng):
        values = super().sample(n, rng).values.copy()
        values[0, 0] = np.inf
        return self.table.with_values(values)


class Strange(Spy):
    """Draws a class that does not exist."""

    def sample(self, n, rng):
        values = super().sample(n, rng).values.copy()
        values[0, -1] = -1
        return self.table.with_values(values)


def test_values_that_no_column_can_hold_are_refused():
    X, y = blobs(60)
    with pytest.raises(DataError, match="drew inf in column 'a', which no model of float32 can read"):
        draw_rows(X, y, 20, options(Infinite), "binary")
    assert len(draw_rows(X.assign(a=np.where(np.arange(60) < 3, np.inf, X["a"])), y, 20, options(Infinite), "binary").X)
    with pytest.raises(DataError, match=r"Strange.sample drew -1 in column 'y', which holds codes from 0 to 1"):
        draw_rows(X, y, 20, options(Strange), "binary")
    with pytest.raises(DataError, match="drew inf in column 'a', which holds int8"):
        draw_rows(X.assign(a=np.arange(60, dtype=np.int8)), y, 20, options(Infinite), "binary")


def test_a_rare_class_is_drawn_for_until_it_is_balanced_and_what_lacks_is_said():
    X, y = blobs(400)
    y = pd.Series(np.where(np.arange(400) < 8, "rare", "common"), name="y")
    journal = Journal(lambda message: None)
    drawn = draw_rows(X, y, 60, options("bootstrap", balance_classes=True), "binary", journal=journal)
    assert drawn.y.value_counts().to_dict() == {"common": 30, "rare": 30}
    (remark,) = journal.remarks
    assert "the 30 rows of class 'rare' are" in remark and "repeated" in remark
    rarer = pd.Series(np.where(np.arange(400) < 399, "common", "rare"), name="y")
    journal = Journal(lambda message: None)
    draw_rows(X, rarer, 2, options(NoRare, balance_classes=True), "binary", journal=journal)
    assert journal.remarks == ["balance_classes: the generator drew no row of class 'rare'"]


class NoRare(Spy):
    """Draws the first level of the target alone."""

    def sample(self, n, rng):
        values = super().sample(n, rng).values.copy()
        values[:, -1] = 0
        return self.table.with_values(values)


def test_fidelity_is_that_of_the_rows_that_were_drawn():
    X, _ = blobs(300)
    rare = pd.Series((X["a"] > 1.8).astype(int), name="y")
    unseen = X[200:], rare[200:]
    found = [
        draw_rows(X[:200], rare[:200], 200, options("bootstrap", balance_classes=balance), "binary", unseen=unseen)
        for balance in (False, True)
    ]
    assert found[1].shared and found[0].fidelity["two_sample_auc"] != found[1].fidelity["two_sample_auc"]
