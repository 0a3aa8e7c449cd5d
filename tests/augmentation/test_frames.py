"""`augment`: a frame in, a frame out."""

import re

import numpy as np
import pandas as pd
import pytest

import autogluon_causalmix
from autogluon_causalmix.augmentation.frames import augment
from autogluon_causalmix.errors import DataError, OptionError

from ..conftest import messy_frame


@pytest.mark.parametrize("generator", ["scm", "copula", "mixup", "bootstrap"])
def test_rows_look_like_the_users_own(generator):
    train = messy_frame(100)
    before = train.copy()
    rows = augment(train, "label", 70, generator)
    assert list(rows.columns) == list(train.columns) and rows.dtypes.equals(train.dtypes)
    assert rows.index.tolist() == list(range(70))
    pd.testing.assert_frame_equal(train, before)


def test_appended_and_marked():
    train = messy_frame(50).set_index(pd.Index([f"row {k}" for k in range(50)]))
    rows = augment(train, "label", 30, "copula", append=True, marker="synthetic")
    assert list(rows.columns) == [*train.columns, "synthetic"]
    assert rows["synthetic"].tolist() == [False] * 50 + [True] * 30
    pd.testing.assert_frame_equal(rows[:50].drop(columns="synthetic"), train.reset_index(drop=True))
    assert rows[train.columns].dtypes.equals(train.dtypes)
    assert augment(train, "label", 30, "copula", marker="synthetic")["synthetic"].all()


def test_the_label_stays_where_it_was():
    train = messy_frame(60)[["number", "label", "effect"]]
    assert list(augment(train, "label", 5, "copula").columns) == ["number", "label", "effect"]


def test_a_label_without_a_name_is_a_label():
    train = messy_frame(60)[["number", "label", "effect"]].rename(columns={"label": None})
    assert list(augment(train, None, 5, "copula").columns) == ["number", None, "effect"]


@pytest.mark.parametrize("dtype", ["str", "object", "bool", "int", "category"])
def test_classes_of_any_kind(dtype):
    train = messy_frame(80)[["number", "colour", "label"]]
    yes = train["label"] == "yes"
    train["label"] = yes if dtype == "bool" else yes + 3 if dtype == "int" else train["label"].astype(dtype)
    rows = augment(train, "label", 60, "scm", generator_options={"n_dags": 2}, discovery_resamples=2)
    assert rows["label"].dtype == train["label"].dtype and set(rows["label"]) == set(train["label"])


def test_regression_and_the_users_word_for_it():
    train = messy_frame(80)[["number", "colour", "effect"]]
    assert augment(train, "effect", 40, "copula")["effect"].nunique() > 20
    with pytest.raises(OptionError, match="class by class"):
        augment(train, "effect", 40, "tabebm")
    few = train.assign(effect=train["effect"].round().clip(-1, 1))
    assert set(augment(few, "effect", 40, "copula", problem_type="multiclass")["effect"]) <= {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("target", ["Int64", "Float64", "boolean", "string"])
def test_pandas_nullable_dtypes_and_time_zones(target):
    rng, n = np.random.default_rng(0), 80
    train = pd.DataFrame(
        {
            "whole": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "flag": pd.array(rng.random(n) > 0.5, dtype="boolean"),
            "word": pd.array(rng.choice(["x", "y"], n), dtype="string"),
            "day": pd.date_range("2020", periods=n, tz="Europe/Berlin"),
            "long": rng.integers(2**60, 2**61, n),
            5: rng.random(n),
        }
    )
    train.loc[3, ["whole", "flag", "word"]] = pd.NA
    number = rng.random(n)
    train["y"] = {
        "Int64": pd.array((number > 0.5).astype(int), dtype="Int64"),
        "Float64": pd.array(number, dtype="Float64"),
        "boolean": pd.array(number > 0.5, dtype="boolean"),
        "string": pd.array(np.where(number > 0.5, "u", "v"), dtype="string"),
    }[target]
    rows = augment(train, "y", 40, "copula", append=True)
    assert rows.dtypes.equals(train.dtypes) and len(rows) == n + 40 and not rows["y"].isna().any()


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "int64[pyarrow]", "object"])
def test_integers_of_any_kind_are_classes(dtype):
    pytest.importorskip("pyarrow")
    train = messy_frame(60)[["number", "colour"]].assign(y=np.arange(60) % 3)
    train["y"] = train["y"].astype(dtype)
    rows = augment(train, "y", 30, "copula")
    assert rows["y"].dtype == train["y"].dtype and set(rows["y"]) <= {0, 1, 2}


def test_the_seed_decides():
    train = messy_frame(60)
    one, two, other = (augment(train, "label", 20, "copula", seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_knowledge_of_the_graph_is_used():
    train = messy_frame(80)[["number", "effect", "label"]]
    known = {"known_graph": [("number", "effect"), ("effect", "label")], "generator_options": {"n_dags": 1}}
    assert len(augment(train, "label", 20, **known)) == 20
    with pytest.raises(OptionError, match=r"names 'efect'.*did you mean 'effect'"):
        augment(train, "label", 20, known_roots=["efect"])
    with pytest.raises(OptionError, match="models no graph"):
        augment(train, "label", 20, "copula", known_roots=["effect"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "lable"}, "no column 'lable' in train; did you mean 'label'"),
        ({"label": ["label"]}, r"no column \['label'\] in train"),
        ({"n": 0}, "n=0 must be a whole number of at least 1"),
        ({"generator": "copulla"}, "did you mean 'copula'"),
        ({"marker": "number"}, "marker='number' is a column of train"),
        ({"append": "yes"}, "append='yes' must be True or False"),
        ({"problem_type": "classes"}, "problem_type='classes' is not one of"),
        ({"mix_ratio": 0.3}, "'mix_ratio' is an option of CAUSALMIX_AUGMENT, not of augment"),
        ({"generator_optons": {}}, "for augment\\(\\); did you mean 'generator_options'\\?$"),
        ({"n_estimators": 3}, "unknown option 'n_estimators' .value 3. for augment\\(\\); valid options"),
        ({"generator": "COPULA"}, "did you mean 'copula'"),
        ({"train": [1, 2]}, "must be a pandas DataFrame, found list"),
    ],
)
def test_mistakes_are_told(change, message):
    given = {"train": messy_frame(40), "label": "label", "n": 5, "generator": "copula"}
    with pytest.raises((DataError, OptionError), match=message):
        augment(**given | change)


def test_tables_that_cannot_be_learned_from():
    train = messy_frame(40)
    holes = train.assign(label=train["label"].where(np.arange(40) > 2))
    with pytest.raises(DataError, match=r"3 of 40 rows have no 'label': drop them"):
        augment(holes, "label", 5)
    for small in (train[:1], train[["label"]]):
        with pytest.raises(DataError, match="at least two rows, and a column beside the label"):
            augment(small, "label", 5)
    with pytest.raises(DataError, match="more than once"):
        augment(pd.concat([train, train], axis=1), "label", 5)
    levels = pd.concat({"all": train[["number", "label"]]}, axis=1)
    with pytest.raises(DataError, match="columns of several levels"):
        augment(levels, ("all", "label"), 5)
    with pytest.raises(DataError, match="column 'pair' holds values of type tuple"):
        augment(train[["label"]].assign(pair=[(1, 2)] * 40), "label", 5, "copula")
    days = train[["number"]].assign(day=pd.date_range("2020", periods=40))
    with pytest.raises(DataError, match=r"what 'day' .datetime64.*cannot be told: pass problem_type"):
        augment(days, "day", 5, "copula")


def test_it_is_public_and_says_to_split_first():
    assert autogluon_causalmix.augment is augment and "augment" in autogluon_causalmix.__all__
    assert "Split first" in augment.__doc__


def test_a_target_that_is_no_number_everywhere_is_named():
    frame = pd.DataFrame({"a": np.arange(40.0), "y": np.arange(40.0)})
    with pytest.raises(DataError, match=r"2 of 40 rows have an infinite 'y': drop them"):
        augment(frame.replace({"y": {3.0: np.inf, 4.0: -np.inf}}), "y", 5, "bootstrap")
    words = frame.assign(y=[f"id{k}" for k in range(40)])
    with pytest.raises(DataError, match=r"problem_type='regression' wants numbers, and 'y' holds 'id0'"):
        augment(words, "y", 5, "bootstrap", problem_type="regression")
    with pytest.raises(DataError, match=r"marker=\['m'\] cannot be the name of a column"):
        augment(frame, "y", 5, "bootstrap", marker=["m"])


def test_balanced_rows_that_repeat_are_told_whatever_they_lack(caplog):
    gap = [np.nan] * 6 + [1.0, 2.0] * 27
    frame = pd.DataFrame({"a": np.arange(60.0), "gap": gap, "y": ["rare"] * 6 + ["often"] * 54})
    augment(frame, "y", 40, "bootstrap", balance_classes=True)
    assert re.search(r"rows of class 'rare' are \d drawn ones, repeated", caplog.text)
