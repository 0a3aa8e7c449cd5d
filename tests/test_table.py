"""The typed table comes back exactly."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.table import Kind, TypedTable

EVERY_DTYPE = {
    "float": [1.5, np.nan, np.inf, -2.0],
    "float32": np.array([1, 2, 3, 4.5], dtype="float32"),
    "int": [3, 1, 2, 9],
    "int8": np.array([0, 1, 0, 1], dtype="int8"),
    "uint8": np.array([1, 2, 3, 200], dtype="uint8"),
    "bool": [True, False, True, True],
    "boolean": pd.array([True, None, False, True], dtype="boolean"),
    "Int32": pd.array([1, None, 7, 9], dtype="Int32"),
    "Float64": pd.array([1.5, None, 2, 3], dtype="Float64"),
    "ordered": pd.Categorical(["b", None, "a", "b"], categories=["z", "b", "a"], ordered=True),
    "numbers as classes": pd.Categorical([3, 1, 3, 2]),
    "text": ["x", np.nan, "y", "x"],
    "string": pd.array(["q", None, "r", "q"], dtype="string"),
    "nanoseconds": pd.to_datetime(
        ["2020-01-01", "2021-05-05 01:02:03.123456789", None, "1999-01-01"], format="ISO8601"
    ),
    "zone": pd.to_datetime(["2020-01-01", "2021-05-05", "2021-05-06", "1999-01-01"]).tz_localize("Europe/Berlin"),
    "duration": pd.to_timedelta([1, 2, None, 4], unit="s"),
    "beyond float64": [2**60 + 1, 2**60 + 2, 5, 2**60 + 3],
    "constant": [7] * 4,
    "all missing": [np.nan] * 4,
    "mixed": [1, "a", 2.5, np.nan],
}


@pytest.mark.parametrize("name", EVERY_DTYPE)
def test_round_trip_is_exact(name):
    frame = pd.DataFrame({name: EVERY_DTYPE[name]})
    pd.testing.assert_frame_equal(TypedTable.from_frame(frame).to_frame(), frame)


def test_round_trip_keeps_labels_that_are_not_text(messy):
    frame = messy.rename(columns={"number": 5, "effect": ("a", 1)})
    back = TypedTable.from_frame(frame).to_frame()
    pd.testing.assert_frame_equal(back, frame)


def test_the_frame_is_not_altered(messy):
    before = messy.copy(deep=True)
    TypedTable.from_frame(messy, categorical=["label"])
    pd.testing.assert_frame_equal(messy, before)


def test_kinds(messy):
    kinds = {column.name: column.kind for column in TypedTable.from_frame(messy, categorical=["label"]).columns}
    assert kinds["number"] == Kind.NUMERIC
    assert kinds["count"] == Kind.INTEGER
    assert kinds["flag"] == kinds["label"] == Kind.BINARY
    assert kinds["colour"] == Kind.CATEGORICAL
    assert kinds["day"] == Kind.DATETIME


def test_other_rows_of_the_same_columns():
    table = TypedTable.from_frame(pd.DataFrame({"c": ["a", "b", "c", "a"], "d": pd.to_datetime(["2020", "2021"] * 2)}))
    other = TypedTable.from_frame(pd.DataFrame({"d": [pd.Timestamp("2020-07-01")], "c": ["new"]}), like=table)
    assert np.isnan(other.values[0, 0])
    assert 0 < other.values[0, 1] < 1, "a date between two known ones lies between their codes"
    assert other.unseen.tolist() == [[True, True]]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"\['a'\] more than once"),
        (pd.DataFrame({"a": [[1], [2]]}), "column 'a' holds values of type list"),
        ([1, 2], "expected a pandas DataFrame, found list"),
    ],
)
def test_errors_name_the_column(frame, message):
    with pytest.raises(DataError, match=message):
        TypedTable.from_frame(frame)


def test_missing_columns_are_named():
    table = TypedTable.from_frame(pd.DataFrame({"a": [1], "b": [2]}))
    with pytest.raises(DataError, match=r"\['b'\] are missing"):
        TypedTable.from_frame(pd.DataFrame({"a": [1]}), like=table)


def test_integers_that_are_blanked_can_be_decoded():
    table = TypedTable.from_frame(pd.DataFrame({"i": [1, 2, 3], "b": [True, False, True]}))
    values = table.values.copy()
    values[0] = np.nan
    frame = table.with_values(values).to_frame()
    assert frame["i"].isna().tolist() == [True, False, False]
    assert frame["b"].tolist()[1:] == [False, True]


def test_unseen_long_integers_and_dates_of_another_unit_keep_their_order():
    long = TypedTable.from_frame(pd.DataFrame({"i": np.array([7, 2**63 + 5, 2**63 + 9], dtype=np.uint64)}))
    codes = TypedTable.from_frame(pd.DataFrame({"i": np.array([3, 2**64 - 1], dtype=np.uint64)}), like=long).values[
        :, 0
    ]
    assert codes.tolist() == [0.0, 2.0]
    assert TypedTable.from_frame(pd.DataFrame({"i": [np.inf]}), like=long).values[0, 0] == 2.0
    dates = pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"])
    seconds = TypedTable.from_frame(pd.DataFrame({"d": dates.astype("datetime64[s]")}))
    half = TypedTable.from_frame(pd.DataFrame({"d": pd.to_datetime(["2020-07-01"])}), like=seconds).values[0, 0]
    assert 0.4 < half < 0.6


def test_columns_read_together_are_those_read_one_by_one():
    """Whatever else the frame holds, and in whatever order: with ``like=`` columns are found by their name."""
    table = TypedTable.from_frame(pd.DataFrame(EVERY_DTYPE))
    later = pd.DataFrame({"not asked for": [0.0] * 4} | dict(reversed(EVERY_DTYPE.items()))).iloc[::-1]
    together = TypedTable.from_frame(later, like=table).values
    for j, column in enumerate(table.columns):
        alone = TypedTable.from_frame(later[[column.name]], like=TypedTable((column,), table.values[:, [j]])).values
        np.testing.assert_array_equal(together[:, j], alone[:, 0])
    np.testing.assert_array_equal(together, table.values[::-1])


def test_numbers_under_labels_that_are_not_equal_to_themselves():
    frame = pd.DataFrame(
        [[1.5, 2.5, 3.5], [4.0, 5.0, 7.5]], columns=pd.Index([("a", 1), np.nan, 3], tupleize_cols=False)
    )
    table = TypedTable.from_frame(pd.concat([frame, frame + 1]))
    np.testing.assert_array_equal(TypedTable.from_frame(frame[frame.columns[::-1]], like=table).values, frame)


@pytest.mark.parametrize("known", [[True, False, True], [1, 0, 1]])
def test_truth_is_one_whichever_way_it_is_written(known):
    """A table comes back from a CSV, or from somebody's generator, with 0 and 1 for False and True."""
    table = TypedTable.from_frame(pd.DataFrame({"flag": known}))
    for later in (pd.Series([1, 0]), pd.Series([True, False]), pd.array([True, False], dtype="boolean"), [1.0, 0.0]):
        read = TypedTable.from_frame(pd.DataFrame({"flag": later}), like=table)
        assert read.values[:, 0].tolist() == [1.0, 0.0] and not read.unseen.any()
    strange = TypedTable.from_frame(pd.DataFrame({"flag": ["yes", "no"]}), like=table)
    assert np.isnan(strange.values).all()


def on_a_line():
    """The numbers 0 to 59 as Python's objects, as SQL drivers hand them over, as periods, and as Arrow's times."""
    import datetime
    import decimal

    day, span = datetime.date(2020, 1, 1), datetime.timedelta
    stamps = pd.Series(pd.date_range("2020-01-01", periods=60, tz="UTC"))
    objects = {
        "decimals": [decimal.Decimal(k) * 3 / 2 for k in range(60)],
        "numbers": [float(k) if k % 2 else k for k in range(60)],
        "dates": [day + span(k) for k in range(60)],
        "spans": [span(hours=k) for k in range(60)],
        "periods": list(pd.period_range("2020-01", periods=60, freq="M")),
    }
    return {name: pd.Series(cells, dtype=object) for name, cells in objects.items()} | {
        "column of periods": pd.Series(pd.period_range("2020-01", periods=60, freq="M")),
        "Arrow's spans": pd.Series(pd.to_timedelta(range(60), unit="h")).astype("duration[ns][pyarrow]"),
        "Arrow's stamps": stamps.astype("timestamp[ns, tz=UTC][pyarrow]"),
        "Arrow's dates": pd.Series(objects["dates"]).astype("date32[pyarrow]"),
    }


@pytest.mark.parametrize("name", on_a_line())
def test_numbers_and_dates_held_as_objects_have_their_order(name):
    frame = pd.DataFrame({"c": on_a_line()[name].sample(frac=1, random_state=0, ignore_index=True)})
    order = np.argsort(on_a_line()[name].sample(frac=1, random_state=0).index)
    table = TypedTable.from_frame(frame)
    assert not table.columns[0].is_discrete and (np.diff(table.values[order, 0]) > 0).all()
    pd.testing.assert_frame_equal(table.to_frame(), frame)
    blank = table.with_values(np.where(np.arange(60)[:, None] < 3, np.nan, table.values)).to_frame()
    assert blank["c"].isna().sum() == 3 and blank["c"].dtype == frame["c"].dtype
    known = TypedTable.from_frame(frame.iloc[order[::2]])
    later = TypedTable.from_frame(frame.iloc[order], like=known)
    assert later.unseen.sum() == 30 and (np.diff(later.values[:-1, 0]) > 0).all(), "between their neighbours"
    as_classes = TypedTable.from_frame(frame, categorical=["c"])
    assert as_classes.columns[0].is_discrete
