"""The command line: a user's own file, and clear words where something is wrong with it."""

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from autogluon_causalmix.cli import _check_alike, _read, app

from .conftest import blobs

WIDE = {"COLUMNS": "1000", "TERMINAL_WIDTH": "1000"}


def table(path, n=80, seed=0):
    X, y = blobs(n, seed)
    X.assign(outcome=y.map({0: "no", 1: "yes"})).to_csv(path, index=False)
    return str(path)


@pytest.mark.slow
def test_fit_writes_leaderboard_report_and_graph(tmp_path, tiny_classifier):
    train, test = table(tmp_path / "train.csv"), table(tmp_path / "test.csv", 40, 1)
    out = tmp_path / "out"
    arguments = ["fit", train, "--label", "outcome", "--test", test, "--out", str(out), "--hf-model", tiny_classifier]
    result = CliRunner().invoke(app, [*arguments, "--time-limit", "120"])
    assert result.exit_code == 0, result.output
    assert "score_test" in result.output and "CausalMix" in result.output and "Most probable edges" in result.output
    assert f"what to try next: open {out}/report.html" in " ".join(result.output.split())
    assert (out / "graph.png").stat().st_size > 1000
    assert "CausalMix" in json.loads((out / "report.json").read_text())
    assert "CM402" in (out / "report.html").read_text(encoding="utf-8")
    assert "RandomForest" in (out / "leaderboard.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit", "nowhere.csv", "--label", "y"], "no file"),
        (["fit", "TRAIN", "--label", "outcom"], "did you mean 'outcome'"),
        (["fit", "TRAIN"], "--label"),
        (["fit", "EMPTY", "--label", "y"], "cannot be read"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, arguments, words):
    places = {"TRAIN": table(tmp_path / "train.csv"), "EMPTY": str(tmp_path / "empty.csv")}
    (tmp_path / "empty.csv").write_text("")
    result = CliRunner().invoke(app, [places.get(a, a) for a in arguments], env={"COLUMNS": "200"})
    assert result.exit_code != 0
    assert words in " ".join(result.output.split())


def mistakes(folder):
    X, y = blobs(40)
    data = X.assign(outcome=y.map({0: "n\u00f6", 1: "yes"}))
    data.to_csv(folder / "semicolons.csv", index=False, sep=";")
    data.to_csv(folder / "latin.csv", index=False, encoding="latin-1")
    data.assign(outcome=None).to_csv(folder / "unlabelled.csv", index=False)
    data.assign(outcome="yes").to_csv(folder / "constant.csv", index=False)
    data.assign(outcome=data["a"]).to_csv(folder / "numbers.csv", index=False)
    data.to_csv(folder / "good.csv", index=False)
    data.assign(outcome=[f"id {k}" for k in range(len(data))]).to_csv(folder / "different.csv", index=False)
    data.assign(outcome=1).to_csv(folder / "ones.csv", index=False)
    data[["outcome"]].assign(a=3).to_csv(folder / "featureless.csv", index=False)
    data[["outcome"]].to_csv(folder / "alone.csv", index=False)
    data.assign(outcome=[np.inf, *range(len(data) - 1)]).to_csv(folder / "infinite.csv", index=False)
    pd.concat([data, data["outcome"]], axis=1).to_csv(folder / "twice.csv", index=False)


@pytest.mark.parametrize(
    ("file", "more", "words"),
    [
        ("semicolons.csv", [], "pass --separator ';'"),
        ("latin.csv", [], "is not encoded in utf-8: pass --encoding latin-1"),
        ("good.csv", ["--encoding", "martian"], "--encoding 'martian' is none that Python knows"),
        ("unlabelled.csv", [], "no row has a label to learn from"),
        ("constant.csv", [], "is 'yes' in every row: give rows"),
        ("different.csv", [], "is another one in every row: give at least two rows of some class"),
        ("ones.csv", [], "is 1 in every row: give rows"),
        ("featureless.csv", [], "but 'outcome' has two different values: nothing to learn"),
        ("alone.csv", [], "but 'outcome' has two different values: nothing to learn"),
        ("infinite.csv", [], "is infinite in some rows: leave them out"),
        ("twice.csv", [], "columns ['outcome'] are there more than once: rename or drop them"),
        ("numbers.csv", ["--hf-model", "/no/such/folder"], "no folder '/no/such/folder'"),
        ("good.csv", ["--bag-folds", "1"], "--bag-folds 1 must be 0 (no bag) or at least 2"),
        ("good.csv", ["--time-limit", "-3"], "--time-limit -3 must be a number of seconds above 0"),
        ("good.csv", ["--hf-model", "mini", "--time-limit", "0.01"], "AutoGluon could not fit: "),
        ("good.csv", ["--hf-model", "no/where"], "checkpoint 'no/where' is not available"),
    ],
)
def test_an_ordinary_mistake_ends_in_one_sentence_and_code_2(tmp_path, file, more, words):
    mistakes(tmp_path)
    arguments = ["fit", str(tmp_path / file), "--label", "outcome", "--out", str(tmp_path / "out"), *more]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "1000", "TERMINAL_WIDTH": "1000"})
    assert result.exit_code == 2, result.output
    assert words in " ".join(result.output.split())
    assert "Traceback" not in result.output and isinstance(result.exception, SystemExit)


def test_a_test_file_that_lacks_a_column_is_refused_before_the_fit(tmp_path):
    mistakes(tmp_path)
    pd.read_csv(tmp_path / "good.csv").drop(columns="b").to_csv(tmp_path / "short.csv", index=False)
    arguments = ["fit", str(tmp_path / "good.csv"), "--label", "outcome", "--test", str(tmp_path / "short.csv")]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")], env={"TERMINAL_WIDTH": "1000"})
    assert result.exit_code == 2 and "lacks columns ['b'] of" in " ".join(result.output.split()), result.output
    assert not (tmp_path / "out").exists()


def test_row_numbers_are_left_out_and_a_named_index_is_a_column(tmp_path, capsys):
    X, y = blobs(40)
    data = X.assign(outcome=y)
    data.to_csv(tmp_path / "numbered.csv")
    assert list(_read(tmp_path / "numbered.csv", "outcome").columns) == list(data.columns)
    assert "has no name and numbers the rows: it is left out" in " ".join(capsys.readouterr().out.split())
    data.sample(frac=1.0, random_state=0).to_csv(tmp_path / "shuffled.csv")
    assert list(_read(tmp_path / "shuffled.csv", "outcome").columns) == list(data.columns), (
        "as a random split leaves it"
    )
    data.rename(columns={"a": "Unnamed: 0"}).to_csv(tmp_path / "plain.csv", index=False)
    assert _read(tmp_path / "plain.csv", "outcome").columns[0] == "Unnamed: 0", "no whole numbers: it is a feature"
    data.set_index("a").to_parquet(tmp_path / "INDEXED.PARQUET")
    pd.testing.assert_frame_equal(_read(tmp_path / "INDEXED.PARQUET", "outcome"), data)


def test_decimal_commas_are_numbers_and_thousands_are_not_guessed(tmp_path, capsys):
    cells = {"a": ["1,5", "-2,25", None, "3"], "b": ["1,234", "5,678", "9,012", "3,456"], "y": ["u", "v", "u", "v"]}
    pd.DataFrame(cells).to_csv(tmp_path / "commas.csv", sep=";", index=False)
    read = _read(tmp_path / "commas.csv", "y", separator=";")
    assert read["a"].fillna(0).tolist() == [1.5, -2.25, 0.0, 3.0] and read["b"].tolist() == cells["b"]
    assert "['a']" in capsys.readouterr().out


@pytest.mark.slow
def test_rows_without_a_label_are_left_out_and_said(tmp_path, tiny_classifier):
    X, y = blobs(60)
    data = X.assign(outcome=y.map({0: "no", 1: "yes"}))
    data.loc[:4, "outcome"] = None
    data.to_csv(tmp_path / "some.csv", index=False, sep=";", encoding="latin-1")
    arguments = ["fit", str(tmp_path / "some.csv"), "--label", "outcome", "--out", str(tmp_path / "out")]
    arguments += ["--hf-model", tiny_classifier, "--time-limit", "120", "--separator", ";", "--encoding", "latin-1"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "5 of 60 rows" in result.output and "have no 'outcome' and are left out" in result.output


def test_a_class_called_none_is_a_class(tmp_path, capsys):
    for k, words in enumerate((["None", "Mild", "Severe"], ["NA", "B"])):
        path = tmp_path / f"{k}.csv"
        cells = ["" if word == "Mild" else word for word in (words * 15)[:30]]
        pd.DataFrame({"a": np.arange(30.0), "y": cells}).to_csv(path, index=False)
        read = _read(path, "y")["y"]
        assert set(read.dropna()) == set(words) - {"Mild"} and read.isna().sum() == cells.count("")
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("a,y\n1,2\n2,NA\n3,4\n")
    assert _read(numbers, "y")["y"].isna().sum() == 1, "among numbers it is none"
    numbers.write_text('a,y\n1,"2,5"\n2,NA\n3,"4,5"\n4,"1,5"\n')
    assert _read(numbers, "y")["y"].isna().sum() == 1, "nor among decimal commas"
    numbers.write_text("a,y\n1,True\n2,NA\n3,False\n")
    assert _read(numbers, "y")["y"].isna().sum() == 1, "nor among truth values"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a": lambda d: d["a"].astype(str) + " kg"}, "column 'a' holds numbers in training and '"),
        ({"outcome": lambda d: d["outcome"] + " "}, "40 of 40 rows of"),
        (
            {"outcome": lambda d: d["outcome"].where(d["outcome"] != "yes", "maybe")},
            "training lacks: ['maybe']; correct",
        ),
    ],
)
def test_a_test_file_of_another_kind_is_refused_before_the_fit(tmp_path, change, words):
    mistakes(tmp_path)
    pd.read_csv(tmp_path / "good.csv").assign(**change).to_csv(tmp_path / "other.csv", index=False)
    arguments = ["fit", str(tmp_path / "good.csv"), "--label", "outcome", "--test", str(tmp_path / "other.csv")]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")], env=WIDE)
    assert result.exit_code == 2 and words in " ".join(result.output.split()), result.output
    assert not (tmp_path / "out").exists()


def test_a_spreadsheet_is_named(tmp_path):
    (tmp_path / "table.xlsx").write_bytes(b"PK")
    result = CliRunner().invoke(app, ["fit", str(tmp_path / "table.xlsx"), "--label", "y"], env=WIDE)
    assert result.exit_code == 2 and "is neither CSV nor Parquet" in " ".join(result.output.split())


def test_a_run_without_our_model_says_so_and_fails(tmp_path, monkeypatch):
    from autogluon_causalmix import cli

    plain = cli._fit
    monkeypatch.setattr(cli, "_fit", lambda *args, **how: plain(*args[:3], {"RF": {}}, **how))
    arguments = ["fit", table(tmp_path / "train.csv"), "--label", "outcome", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments, env=WIDE)
    assert (
        result.exit_code == 1 and "CAUSALMIX was not fitted" in result.output and "Empty DataFrame" not in result.output
    )
    assert (tmp_path / "out" / "leaderboard.csv").exists() and not (tmp_path / "out" / "graph.png").exists()


def test_truth_values_with_gaps_are_no_words(tmp_path):
    train = pd.DataFrame({"a": [True, False, True], "y": ["p", "q", "p"]})
    _check_alike(train, train.assign(a=pd.Series([True, None, False], dtype=object)), "y", tmp_path)


def test_codes_that_are_text_in_training_and_numbers_in_a_test_table_are_refused_where_they_cannot_be_read_alike(
    tmp_path,
):
    train = pd.DataFrame({"code": ["1", "2", "A"] * 10, "y": ["p", "q", "p"] * 10})
    train.to_parquet(tmp_path / "train.parquet")
    train.assign(code=1).to_parquet(tmp_path / "test.parquet")
    arguments = ["fit", str(tmp_path / "train.parquet"), "--label", "y", "--test", str(tmp_path / "test.parquet")]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out")], env=WIDE)
    assert result.exit_code == 2 and "column 'code' holds text in training, as '1', and numbers in" in result.output


def test_classes_that_are_numbers_are_checked_like_words_and_numbers_to_predict_are_not(tmp_path):
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"a": rng.standard_normal(60), "y": [0, 1] * 30})
    with pytest.raises(typer.BadParameter, match=r"4 of 60 rows of .* have classes that training lacks: \[2\]"):
        _check_alike(train, train.assign(y=[2] * 4 + [1] * 56), "y", tmp_path)
    _check_alike(train, train.assign(y=[0, 1] * 30), "y", tmp_path)
    numbers = train.assign(y=rng.standard_normal(60))
    _check_alike(numbers, numbers.assign(y=rng.standard_normal(60)), "y", tmp_path)


def test_a_column_of_words_may_be_empty_in_a_test_table(tmp_path):
    train = pd.DataFrame({"code": ["a", "b"] * 10, "y": ["p", "q"] * 10})
    _check_alike(train, train.assign(code=np.nan), "y", tmp_path)


def test_what_an_earlier_run_left_does_not_pass_for_this_ones(tmp_path, monkeypatch):
    from autogluon_causalmix import cli

    out = tmp_path / "out"
    (out / "predictor" / "models" / "Old").mkdir(parents=True)
    (out / "predictor" / "learner.pkl").write_bytes(b"old")
    for name in ("report.html", "graph.png", "mine.txt"):
        (out / name).write_text("old")
    plain = cli._fit
    monkeypatch.setattr(cli, "_fit", lambda *args, **how: plain(*args[:3], {"RF": {}}, **how))
    result = CliRunner().invoke(
        app, ["fit", table(tmp_path / "train.csv"), "--label", "outcome", "--out", str(out)], env=WIDE
    )
    assert result.exit_code == 1 and "What an earlier run left in" in result.output and "is replaced" in result.output
    assert not (out / "report.html").exists() and not (out / "graph.png").exists()
    assert not (out / "predictor" / "models" / "Old").exists() and (out / "mine.txt").read_text() == "old"
    assert not list(out.glob(".earlier*"))
    (tmp_path / "other" / "predictor").mkdir(parents=True)
    (tmp_path / "other" / "predictor" / "mine.txt").write_text("no predictor")
    with cli._in_the_place_of_an_earlier_run(tmp_path / "other"):
        assert (tmp_path / "other" / "predictor" / "mine.txt").exists()


def test_what_an_earlier_run_left_stays_where_this_one_fails(tmp_path):
    out = tmp_path / "out"
    (out / "predictor" / "models" / "Old").mkdir(parents=True)
    (out / "predictor" / "learner.pkl").write_bytes(b"old")
    (out / "report.html").write_text("old")
    arguments = ["fit", table(tmp_path / "train.csv"), "--label", "outcome", "--out", str(out), "--hf-model", "minni"]
    result = CliRunner().invoke(app, arguments, env=WIDE)
    assert result.exit_code == 2 and "no folder 'minni'" in result.output and "stays as it was" in result.output
    assert (out / "predictor" / "models" / "Old").exists() and (out / "report.html").read_text() == "old"
    assert (out / "predictor" / "learner.pkl").read_bytes() == b"old" and not list(out.glob(".earlier*"))


def test_what_cannot_be_written_after_a_good_fit_is_no_failed_fit(tmp_path, monkeypatch):
    from autogluon_causalmix import cli

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "_fit", lambda *_, **__: None)
    monkeypatch.setattr(cli, "_show", full)
    arguments = ["fit", table(tmp_path / "train.csv"), "--label", "outcome", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments, env=WIDE)
    said = " ".join(result.output.split())
    assert result.exit_code == 2 and "the models are fitted, in" in said and "No space left on device" in said
    assert "could not fit" not in said


def test_a_users_own_files_are_not_taken_for_an_earlier_runs(tmp_path):
    from autogluon_causalmix import cli

    (tmp_path / "graph.png").write_text("mine")
    with cli._in_the_place_of_an_earlier_run(tmp_path):
        assert (tmp_path / "graph.png").read_text() == "mine"
    assert (tmp_path / "graph.png").read_text() == "mine"


def test_what_a_killed_run_had_set_aside_is_put_back(tmp_path):
    from autogluon_causalmix import cli

    aside = tmp_path / ".earlier-abc"
    (aside / "predictor").mkdir(parents=True)
    (aside / "predictor" / "learner.pkl").write_bytes(b"old")
    (aside / "report.html").write_text("old")
    (tmp_path / "predictor" / "models").mkdir(parents=True)  # what the killed run had begun
    with pytest.raises(RuntimeError), cli._in_the_place_of_an_earlier_run(tmp_path):
        assert not (tmp_path / "report.html").exists()
        raise RuntimeError
    assert (tmp_path / "predictor" / "learner.pkl").read_bytes() == b"old"
    assert (tmp_path / "report.html").read_text() == "old" and not (tmp_path / "predictor" / "models").exists()
    assert not list(tmp_path.glob(".earlier*"))


def test_what_was_set_aside_does_not_take_the_place_of_a_later_run(tmp_path):
    from autogluon_causalmix import cli

    for folder, words in ((tmp_path / ".earlier-abc", b"old"), (tmp_path, b"new")):
        (folder / "predictor").mkdir(parents=True)
        (folder / "predictor" / "learner.pkl").write_bytes(words)
        (folder / "leaderboard.csv").write_bytes(words)
    with pytest.raises(RuntimeError), cli._in_the_place_of_an_earlier_run(tmp_path):
        raise RuntimeError
    assert (tmp_path / "predictor" / "learner.pkl").read_bytes() == b"new"
    assert (tmp_path / "leaderboard.csv").read_bytes() == b"new"
    with cli._in_the_place_of_an_earlier_run(tmp_path):
        (tmp_path / "leaderboard.csv").write_text("newest")
    assert (tmp_path / "leaderboard.csv").read_text() == "newest" and not list(tmp_path.glob(".replaced*"))


def test_words_in_a_column_that_is_empty_in_training_are_no_mistake(tmp_path):
    train = pd.DataFrame({"a": [1.0, 2.0], "none": [np.nan, np.nan], "y": ["no", "yes"]})
    _check_alike(train, train.assign(none=["x", "z"]), "y", tmp_path)
    with pytest.raises(typer.BadParameter, match="'a' holds numbers in training and 'x'"):
        _check_alike(train, train.assign(a=["x", "z"]), "y", tmp_path)
