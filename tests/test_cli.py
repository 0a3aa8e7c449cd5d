"""The command line: a user's own file, and clear words where something is wrong with it."""

import json

import pytest
from typer.testing import CliRunner

from autogluon_causalmix.cli import app

from .conftest import blobs


def table(path, n=80, seed=0):
    X, y = blobs(n, seed)
    X.assign(outcome=y.map({0: "no", 1: "yes"})).to_csv(path, index=False)
    return str(path)


@pytest.mark.slow
def test_fit_writes_leaderboard_report_and_graph(tmp_path, tiny_classifier):
    train, test = table(tmp_path / "train.csv"), table(tmp_path / "test.csv", 40, 1)
    out = tmp_path / "out"
    arguments = ["fit", train, "--label", "outcome", "--test", test, "--out", str(out), "--hf-model", tiny_classifier]
    result = CliRunner().invoke(app, [*arguments, "--time-limit", "20"])
    assert result.exit_code == 0, result.output
    assert "score_test" in result.output and "CausalMix" in result.output and "Most probable edges" in result.output
    assert (out / "graph.png").stat().st_size > 1000
    assert "CausalMix" in json.loads((out / "report.json").read_text())
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
