"""A user's file is read as it was meant, and what was read otherwise than it is written is said."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.table_file import has_number_commas, read_table


def read(path, label="y", **how):
    said = []
    return read_table(path, label, say=said.append, **how), " ".join(said)


def test_a_separator_at_the_end_of_lines_shifts_no_column(tmp_path):
    path = tmp_path / "trailing.csv"
    path.write_text("y,age,x\n1,54,-1.25,\n0,31,0.5,\n1,47,0.75,\n")
    frame, said = read(path)
    assert frame["y"].tolist() == [1, 0, 1] and frame["age"].tolist() == [54, 31, 47]
    assert frame["x"].tolist() == [-1.25, 0.5, 0.75] and "end in a separator" in said
    path.write_text("age,x,y\n54,-1.25,None,\n31,0.5,no,\n47,0.75,no,\n")
    frame, _ = read(path)
    assert frame["y"].tolist() == ["None", "no", "no"] and list(frame.columns) == ["age", "x", "y"]


def test_names_of_rows_without_a_header_are_left_out_and_said(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('"y","x"\n"Mazda",1,2.5\n"Fiat",0,1.5\n')
    frame, said = read(path)
    assert frame[["y", "x"]].to_numpy().tolist() == [[1, 2.5], [0, 1.5]] and "no name for: it is left out" in said
    path.write_text("y,x\n1,2.5\n0,1.5\n")
    assert read(path)[1] == ""


def test_numbers_of_rows_without_a_header_lose_no_label_and_no_column(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text('"a","y"\n"1",1.5,"yes"\n"2",2.5,\n"3",3,"no"\n')
    assert read(path)[0]["y"].fillna("gap").tolist() == ["yes", "gap", "no"]
    path.write_text('"age","y","notes"\n"1",54,"yes",NA\n"2",31,"no",NA\n')
    frame, said = read(path)
    assert frame["age"].tolist() == [54, 31] and frame["y"].tolist() == ["yes", "no"]
    assert frame["notes"].isna().all() and "begin with a cell" in said


def test_a_class_that_is_written_as_a_gap_is_said(tmp_path):
    path = tmp_path / "sql.csv"
    path.write_text("a,y\n1,NULL\n2,yes\n3,\n4,no\n")
    frame, said = read(path)
    assert frame["y"].fillna("gap").tolist() == ["NULL", "yes", "gap", "no"]
    assert "['NULL'] in column 'y'" in said and "leave a cell empty that is missing" in said


def test_parquets_nullable_and_arrow_kinds_are_numbers_that_autogluon_keeps(tmp_path):
    plain = pd.DataFrame(
        {"whole": [1, 2, 3], "gap": [1.0, np.nan, 3.0], "real": [0.5, 1.5, 2.5], "y": [True, False, True]}
    )
    for backend in ("numpy_nullable", "pyarrow"):
        frame = plain.convert_dtypes(dtype_backend=backend).assign(word=["a", "b", "c"])
        frame["date"] = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]))
        frame["answer"] = pd.Series([True, None, False], dtype="boolean")
        frame.to_parquet(tmp_path / "kinds.parquet")
        found, said = read(tmp_path / "kinds.parquet")
        pd.testing.assert_frame_equal(found[list(plain)], plain)
        assert found["date"].dtype.kind == "M" and found["answer"].tolist() == [True, None, False] and said == ""


def test_parquets_decimals_are_numbers(tmp_path):
    cells = [Decimal("1.25"), None, Decimal("-3.50")]
    pd.DataFrame({"price": cells, "y": [0, 1, 0]}).to_parquet(tmp_path / "decimal.parquet")
    frame, said = read(tmp_path / "decimal.parquet")
    assert frame["price"].dtype == np.float64 and frame["price"].fillna(0).tolist() == [1.25, 0.0, -3.5]
    assert "['price']" in said and "are decimals" in said


def test_what_training_has_as_text_is_text_in_a_test_file_of_digits(tmp_path):
    (tmp_path / "train.csv").write_text('code,price,y\n1,"1,500",a\n2,"2,250",b\nA,"9,125",a\n')
    (tmp_path / "test.csv").write_text('code,price,y\n1,"1,5",a\n02,"2,25",b\n,3,a\n')
    train, said = read(tmp_path / "train.csv")
    assert train["price"].tolist() == ["1,500", "2,250", "9,125"] and "may separate thousands" in said
    test, _ = read(tmp_path / "test.csv", like=train)
    assert test["code"].fillna("").tolist() == ["1", "02", ""] and test["price"].tolist() == ["1,5", "2,25", "3"]
    alone, _ = read(tmp_path / "test.csv")
    assert alone["code"].fillna(0).tolist() == [1.0, 2.0, 0.0] and alone["price"].tolist() == [1.5, 2.25, 3.0]


def test_decimal_commas_of_training_are_decimal_in_a_test_file_where_they_could_be_thousands(tmp_path):
    (tmp_path / "train.csv").write_text('x,y\n"1,5",a\n"2,25",b\n')
    (tmp_path / "test.csv").write_text('x,y\n"1,500",a\n"2,125",b\n')
    train, _ = read(tmp_path / "train.csv")
    as_the_command_has_it = train[train["y"].notna()].reset_index(drop=True)
    assert read(tmp_path / "test.csv", like=as_the_command_has_it)[0]["x"].tolist() == [1.5, 2.125]


def test_thousands_are_not_taken_for_decimals_because_training_has_numbers(tmp_path):
    (tmp_path / "train.csv").write_text("x,y\n1500,a\n2250,b\n")
    (tmp_path / "test.csv").write_text('x,y\n"1,500",a\n"2,125",b\n')
    train, _ = read(tmp_path / "train.csv")
    test, said = read(tmp_path / "test.csv", like=train[train["y"].notna()].reset_index(drop=True))
    assert test["x"].tolist() == ["1,500", "2,125"] and "may separate thousands" in said


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [(["0,125", "2,500"], True), (["-0,125", "12,500"], True), (["1,234", "2,500"], False), (["1,5", "2,500"], True)],
)
def test_a_zero_before_a_comma_separates_no_thousands(tmp_path, cells, decimal):
    pd.DataFrame({"x": cells, "y": ["a", "b"]}).to_csv(tmp_path / "commas.csv", index=False, sep=";")
    frame, said = read(tmp_path / "commas.csv", separator=";")
    assert pd.api.types.is_numeric_dtype(frame["x"]) == decimal
    assert ("are read as numbers" in said) == decimal and ("may separate thousands" in said) != decimal


def test_text_without_commas_is_left_alone():
    assert not has_number_commas(pd.Series(["1", "2"])) and not has_number_commas(pd.Series(["a,b", "1,5"]))
    assert not has_number_commas(pd.Series([1.5, None])) and not has_number_commas(pd.Series([None, None]))


def test_a_parquets_numbers_as_names_can_be_typed(tmp_path):
    pd.DataFrame([[1, 0.5], [0, 1.5]], columns=[1, 2]).to_parquet(tmp_path / "numbers.parquet")
    assert list(read(tmp_path / "numbers.parquet", "1")[0].columns) == ["1", "2"]


def test_what_is_no_table_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match="no file"):
        read(tmp_path / "nowhere.csv")
    (tmp_path / "none.csv").write_text("x,y\n")
    with pytest.raises(DataError, match="has no rows"):
        read(tmp_path / "none.csv")
    (tmp_path / "damaged.parquet").write_bytes(b"a;b;c\n")
    with pytest.raises(DataError, match="cannot be read as a table") as damaged:
        read(tmp_path / "damaged.parquet")
    assert "--separator" not in str(damaged.value)


def test_a_column_of_digits_at_first_and_words_later_is_text_throughout(tmp_path):
    """pandas reads long files in pieces, and would give a class two kinds of cells."""
    n, path = 6000, tmp_path / "wide.csv"
    wide = pd.DataFrame(np.zeros((n, 450), dtype=int)).add_prefix("x")
    wide.assign(y=["1"] * (n - 5) + ["other"] * 5).to_csv(path, index=False)
    assert read(path)[0]["y"].map(type).eq(str).all()
    for separator in (";;", "§", r"\s+", "\t"):
        written = {r"\s+": "  "}.get(separator, separator)
        path.write_text("a;;y\n1;;no\n2;;yes\n".replace(";;", written))
        assert read(path, separator=separator)[0]["y"].tolist() == ["no", "yes"]


def test_a_parquets_large_unsigned_numbers_stay_what_they_are(tmp_path):
    path = tmp_path / "ids.parquet"
    pd.DataFrame({"id": pd.array([2**63 + 5, 7], dtype="UInt64"), "y": [0, 1]}).to_parquet(path)
    for backend in ("numpy_nullable", "pyarrow"):
        pd.read_parquet(path, dtype_backend=backend).to_parquet(path)
        assert read(path)[0]["id"].tolist() == [2**63 + 5, 7]


def test_row_numbers_are_left_out_of_test_rows_where_training_rows_lack_them(tmp_path):
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text(",a,y\n0,1,no\n0,2,yes\n")
    test.write_text(",a,y\n0,1,no\n1,2,yes\n")
    like = read(train)[0]
    assert list(like.columns) == ["Unnamed: 0", "a", "y"], "an index that repeats itself may be a feature"
    assert list(read(test, like=like)[0].columns) == ["Unnamed: 0", "a", "y"]
    assert list(read(train, like=read(test)[0])[0].columns) == ["a", "y"]
