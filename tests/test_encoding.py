"""What Mitra reads of a table's cells, missing ones above all: one encoder for every kind of row."""

import warnings

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import CausalMixModel
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.finetune.encoding import MOST_COLUMNS, FeatureEncoder, widest
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.options import EncodingOptions
from autogluon_causalmix.options.encoding import MISSING_NUMBERS
from autogluon_causalmix.table import TypedTable

from .conftest import blobs, estimator

NAN = np.nan
#: Gaps in numbers, in two numbers, in dates and in classes; a copy of the first column's gaps; none; all.
FRAME = pd.DataFrame(
    {
        "number": [1.0, NAN, 3.0, 9.0, NAN, 5.0],
        "alike": [7.0, NAN, 8.0, 9.0, NAN, 9.5],
        "two": [0.0, 1.0, NAN, 1.0, 0.0, 0.0],
        "day": pd.to_datetime(["2020-01-01", "2020-01-05", "2020-02-01", None, "2020-03-01", "2021-01-01"]),
        "class": ["a", None, "b", "a", "c", "b"],
        "whole": [1, 2, 3, 4, 5, 6],
        "empty": [NAN] * 6,
        "one value": [4.0, 4.0, NAN, 4.0, NAN, 4.0],
    }
)
NUMBERS = ["number", "alike", "two", "day", "one value"]


def encoded(way, frame=FRAME, later=None):
    table = TypedTable.from_frame(frame)
    encoder = FeatureEncoder(table, EncodingOptions(missing_numbers=way))
    columns = [frame.columns[j] for j in encoder.kept] + [f"{frame.columns[j]}?" for j in encoder.flagged]
    if later is not None:
        table = TypedTable.from_frame(later, like=table).with_new_numbers(later)
    x = encoder.transform(table.values, table.unseen)
    assert x.dtype == np.float32 and x.shape[1] == encoder.width and np.isfinite(x).all()
    return pd.DataFrame(x, columns=columns)


def test_the_mean_leaves_a_gap_in_the_middle_and_adds_nothing():
    x = encoded("mean")
    assert list(x) == ["number", "alike", "two", "day", "class", "whole"], "what does not vary is left out"
    for name in ("number", "alike", "two", "day"):
        gap = FRAME[name].isna()
        assert (x[name][gap] == 0).all() and (x[name][~gap].min() < 0 < x[name][~gap].max())
    assert x["class"].idxmin() == 1, "a missing class is below all others"


def test_an_indicator_says_where_a_number_is_missing_and_leaves_the_rest_as_it_was():
    x = encoded("indicator")
    mean = encoded("mean")
    pd.testing.assert_frame_equal(x[mean.columns], mean)
    added = [name for name in x if name not in mean]
    assert added == ["number?", "two?", "day?", "one value?"], "'alike' is missing in the rows where 'number' is"
    for name in added:
        np.testing.assert_array_equal(x[name], FRAME[name.rstrip("?")].isna())


def test_the_lowest_level_is_below_every_number_and_changes_no_order():
    x = encoded("lowest")
    mean = encoded("mean")
    assert list(x) == [*mean.columns, "one value"], "a column of one number varies by its gaps"
    for name in NUMBERS:
        gap = FRAME[name].isna()
        assert x[name][gap].nunique() == 1 and x[name][gap].max() < x[name][~gap].min()
    np.testing.assert_array_equal(x["number"][[0, 2, 3, 5]], mean["number"][[0, 2, 3, 5]])
    pd.testing.assert_frame_equal(x[["class", "whole"]], mean[["class", "whole"]])


@pytest.mark.parametrize("value", [0.1, 36.6, -1e-3])
def test_one_value_beside_gaps_does_not_vary_by_rounding(value):
    """The mean of many .1 is not .1 to the last bit."""
    gaps = pd.DataFrame({"alike": np.where(np.arange(101) % 5, value, NAN), "other": np.arange(101.0)})
    assert list(encoded("mean", gaps)) == ["other"]
    assert list(encoded("indicator", gaps)) == ["other", "alike?"]


def test_infinite_cells_are_the_nearest_bound():
    later = FRAME.iloc[:2].assign(number=[np.inf, -np.inf], whole=[np.inf, -np.inf])
    x, known = encoded("mean", later=later), encoded("mean")
    for name in ("number", "whole"):
        assert x[name].tolist() == [known[name].max(), known[name].min()]


@pytest.mark.parametrize("some_missing", [False, True])
def test_a_level_that_training_lacks_is_unknown_whether_or_not_the_dtype_knows_it(some_missing):
    levels = ["a", "b", "c", "d"]
    seen = ["a", "c", "c", None if some_missing else "a"]
    training = pd.DataFrame({"site": pd.Categorical(seen, levels), "x": [1.0, 2.0, 3.0, 4.0]})
    later = pd.DataFrame({"site": pd.Categorical(["a", "b", "d", "mars", None]), "x": 0.0})
    a, b, d, mars, missing = encoded("mean", training, later)["site"]
    assert b == d == mars == 0 != a and (missing < a if some_missing else missing == 0)
    ordered = training.assign(site=training["site"].cat.as_ordered())
    a, b, d, mars, _ = encoded("mean", ordered, later)["site"]
    assert a < b < d and mars == 0, "a level with a place in the order keeps it"


@pytest.mark.parametrize("way", MISSING_NUMBERS)
def test_later_rows_are_read_like_training_rows(way):
    pd.testing.assert_frame_equal(encoded(way, later=FRAME.iloc[::-1]), encoded(way).iloc[::-1].reset_index(drop=True))


@pytest.mark.parametrize("way", MISSING_NUMBERS)
def test_a_column_first_missing_in_later_rows_is_its_mean_there(way):
    """Nothing was learned of its gaps, and no column can be added any more."""
    later = FRAME.assign(whole=[1.0, NAN, 3.0, NAN, 5.0, 6.0], empty=[1.0, 2.0, 3.0, NAN, NAN, 0.0])
    x = encoded(way, later=later)
    assert (x["whole"][[1, 3]] == 0).all()
    pd.testing.assert_frame_equal(x.drop(columns="whole"), encoded(way).drop(columns="whole"))


def test_numbers_below_all_that_training_knew_are_not_read_as_gaps():
    later = FRAME.iloc[[0, 1, 2, 3]].assign(number=[-1e6, NAN, -np.inf, np.inf], two=[-50.0, 0.0, NAN, 3.0])
    x = encoded("lowest", later=later)
    assert x["number"][1] < x["number"][0] == x["number"][2] < x["number"][3]
    assert x["two"][2] < x["two"][0] == x["two"][1] < x["two"][3]


def test_text_where_training_knew_two_numbers_is_unknown_and_not_missing():
    later = FRAME.iloc[[2, 0, 1]].assign(two=pd.Series([None, "n/a", 1.0], dtype=object, index=[2, 0, 1]))
    assert list(encoded("indicator", later=later)["two?"]) == [1, 0, 0]
    lowest = encoded("lowest", later=later)["two"]
    assert lowest[0] < lowest[1] == 0 < lowest[2]


@pytest.mark.parametrize("numbers", [[1e300, 2e300], [1e20, 1e20 + 20_000], [2e20, 2e20], [-3e-9, -2e-9], [0.0, 0.0]])
def test_the_lowest_level_stays_apart_from_very_large_and_very_close_numbers(numbers):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = pd.DataFrame({"x": [*numbers, NAN, *numbers], "z": range(5)})
        table = TypedTable.from_frame(frame)
        filled = FeatureEncoder(table, EncodingOptions(missing_numbers="lowest"))._fill(table.values)[:, 0]
    assert filled[2] < np.delete(filled, 2).min()


def wide_frame(n_columns, n_rows=200):
    """Numbers, missing in every column, the more often the further to the right."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((n_rows, n_columns)), columns=[f"x{j}" for j in range(n_columns)])
    return frame.mask(rng.random(frame.shape) < np.linspace(0.05, 0.4, n_columns))


@pytest.mark.parametrize(("n_columns", "n_flagged"), [(30, 30), (260, 240), (500, 0), (600, 0)])
def test_indicators_are_added_up_to_mitras_limit_of_columns(n_columns, n_flagged):
    frame = wide_frame(n_columns)
    options = EncodingOptions(missing_numbers="indicator")
    encoder = FeatureEncoder(TypedTable.from_frame(frame), options)
    assert len(encoder.kept) == n_columns
    assert len(encoder.flagged) == n_flagged
    assert encoder.width <= widest(frame, options) <= max(MOST_COLUMNS, n_columns)
    if n_flagged == 240:
        gaps = frame.isna().mean().to_numpy()
        left_out = np.setdiff1d(np.arange(n_columns), encoder.flagged)
        assert gaps[left_out].max() <= gaps[encoder.flagged].min(), "the rarest gaps are done without"


def test_the_memory_estimate_counts_indicators():
    X = wide_frame(100, 4000)

    def estimate(frame, way):
        options = {"hf_model": "mini", "missing_numbers": way}
        return CausalMixModel.estimate_memory_usage_static(
            X=frame, hyperparameters=options, problem_type="binary", num_classes=2
        )

    assert widest(X, EncodingOptions(missing_numbers="indicator")) == 200
    assert estimate(X, "indicator") > 1.5 * estimate(X, "mean") == 1.5 * estimate(X, "lowest")
    assert estimate(X.fillna(0.0), "indicator") == estimate(X.fillna(0.0), "mean")


def gappy(n=80):
    """Two classes; a number of the first one is missing more often."""
    X, y = blobs(n)
    rng = np.random.default_rng(1)
    X["a"] = X["a"].where(rng.random(n) > np.where(y == 0, 0.7, 0.1))
    X["dose"] = np.where(rng.random(n) < 0.2, NAN, (rng.random(n) < 0.5).astype(float))
    return X, y


@pytest.mark.parametrize("way", ["indicator", "lowest"])
def test_rows_of_an_scm_have_gaps_that_the_encoder_reads_as_it_reads_real_ones(way):
    """The columns that are missing stay so, about as often; where none was, none is."""
    X, y = gappy(200)
    problem = Problem.read(X, y, "binary", 2, EncodingOptions(missing_numbers=way))
    generator = SCMGenerator(target=problem.target_name, n_dags=2, knowledge=Knowledge.of(graph=[("a", "b")]))
    drawn = generator.fit(problem.joint).sample(2000, np.random.default_rng(0))
    share = drawn.missing.mean(axis=0)
    np.testing.assert_allclose(share, problem.joint.missing.mean(axis=0), atol=0.06)
    x, _ = problem.read_values(drawn.values)
    assert x.shape == (2000, problem.x.shape[1])
    column = list(X).index("a")
    if way == "indicator":
        assert problem.reader.encoder.flagged[0] == column
        np.testing.assert_array_equal(x[:, len(problem.reader.encoder.kept)], drawn.missing[:, column])
        complete, _ = problem.read_values(np.nan_to_num(drawn.values))
        assert (complete[:, len(problem.reader.encoder.kept) :] == 0).all()
    else:
        assert (x[drawn.missing[:, column], column] == problem.x[:, column].min()).all()


@pytest.mark.parametrize("way", MISSING_NUMBERS)
def test_a_fit_of_several_views_mixes_and_predicts_with_each_way(tiny_classifier, way):
    X, y = gappy()
    fitted = estimator(tiny_classifier, missing_numbers=way, n_estimators=2, mix_ratio=0.5).fit(X, y)
    assert not fitted.report.fallbacks and fitted.report.rows_synthetic_used > 0
    row, mean = X.iloc[[0]], fitted.reader.encoder._mean[0]
    near = [fitted.predict_proba(row.assign(a=value))[0, 0] for value in (NAN, mean, X["a"].min())]
    assert np.isfinite(near).all()
    assert (near[0] == near[1]) == (way == "mean"), "told apart from the mean"
    assert near[0] != near[2]
    none_left = fitted.predict_proba(X.assign(**dict.fromkeys(X.columns, NAN)))
    assert np.isfinite(none_left).all()


@pytest.mark.parametrize("huge", [1e9, 1e12, 1e300])
@pytest.mark.parametrize("share", [0.005, 0.05, 0.6])
def test_a_few_huge_cells_do_not_make_the_others_one(huge, share):
    """Mitra reads ranks: how far away 999999999 for "unknown" is must not matter, nor where a gap goes."""
    rng = np.random.default_rng(0)
    x = np.round(rng.random(200), 6)
    spoilt = pd.DataFrame({"x": np.where(rng.random(200) < share, huge, x), "other": rng.standard_normal(200)})
    spoilt.loc[0, "x"] = huge
    given, read = spoilt["x"].to_numpy(), encoded("mean", spoilt)["x"].to_numpy()
    order = np.argsort(given, kind="stable")
    np.testing.assert_array_equal(np.diff(given[order]) > 0, np.diff(read[order]) > 0)
    later = pd.DataFrame({"x": [-1.0, 0.5, huge / 2, huge, 2 * huge, NAN], "other": 0.0})
    below, middle, between, top, beyond, gap = encoded("mean", spoilt, later)["x"]
    assert below == read.min() < middle < between < top == beyond == read.max() and read.min() <= gap <= read.max()
    lowest = encoded("lowest", spoilt.assign(x=spoilt["x"].mask(np.arange(200) == 7)))["x"]
    assert lowest.idxmin() == 7 and (lowest == lowest.min()).sum() == 1


def test_ordinary_numbers_keep_their_bits():
    frame = pd.DataFrame({"x": np.random.default_rng(0).standard_normal(10_000) * 1e5, "day": np.arange(10_000) + 1e9})
    for name, x in encoded("mean", frame).items():
        np.testing.assert_array_equal(x, (frame[name] - frame[name].sum() / 10_000).astype(np.float32))


def test_numbers_that_float32_cannot_hold_are_places_too():
    """Far ones on both sides leave the mean, and the others' bits, where they are."""
    values = np.concatenate([np.linspace(-3, 3, 198), [1e39, -1e39]])
    table = TypedTable.from_frame(pd.DataFrame({"x": values}))
    codes = FeatureEncoder(table).transform(table.values)[:, 0]
    assert np.isfinite(codes).all() and len(np.unique(codes)) == 200
    assert np.array_equal(np.argsort(codes), np.argsort(values))


def test_a_column_from_end_to_end_of_float64_is_read_without_a_warning():
    values = np.concatenate([np.linspace(-3, 3, 20), [1e308, -1e308]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = TypedTable.from_frame(pd.DataFrame({"x": values}))
        assert np.isfinite(FeatureEncoder(table).transform(table.values)).all()
