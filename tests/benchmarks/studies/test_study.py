"""Every study declares distinct cells; the command line; one study in full."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import benchmarks.studies
from benchmarks.protocol.methods import causalmix
from benchmarks.report.writer import read_rows
from benchmarks.studies import study as study_module
from benchmarks.studies.command import with_the_rest
from benchmarks.studies.study import Study

ROOT = Path(__file__).parents[3]
NAMES = sorted({module.name for module in pkgutil.iter_modules(benchmarks.studies.__path__)} - {"study", "command"})


@pytest.fixture
def without_tables(monkeypatch):
    monkeypatch.setattr(study_module, "content_of", lambda name: name)


def declared(name) -> Study:
    return importlib.import_module(f"benchmarks.studies.{name}").STUDY


@pytest.mark.parametrize("name", NAMES)
def test_a_study_declares_each_cell_once_and_names_functions_that_exist(name, without_tables):
    study = declared(name)
    cells = list(study.cells())
    n_splits = sum(len(study.splits.get(dataset, [study.split])) for dataset in study.datasets)
    n_runs = len(study.methods) * study.folds - len(study.once) * (study.folds - 1)
    n_cells = n_runs * n_splits * (len(study.sizes) or 1)
    assert len(cells) == n_cells == study.n_cells == len({cell.key for cell in cells})
    assert study.name == name and study.question.endswith("?")
    assert callable(cells[0].function())
    module, _, function = study.report.partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_papers_table_has_its_2310_runs_and_the_baseline(without_tables):
    cells = list(declared("paper").cells())
    baseline = [cell for cell in cells if cell.label == "untuned"]
    assert (len(cells) - len(baseline), len(baseline)) == (2310, 330)
    assert len({cell.bundle for cell in cells}) == 330, "the methods of one table and fold share a worker"


def test_folds_come_first_so_that_a_cut_run_is_paired(without_tables):
    cells = list(declared("paper").cells(datasets=["wine", "tae"], folds=2))
    assert [(cell.split.fold, cell.dataset) for cell in cells[::8]] == [
        (0, "wine"),
        (0, "tae"),
        (1, "wine"),
        (1, "tae"),
    ]


def test_folds_that_were_looked_at_are_left_out(without_tables):
    cells = list(declared("engine").cells(datasets=["wine"], folds=2, methods=["default"]))
    assert [(cell.split.fold, cell.options["seed"]) for cell in cells] == [(1, 1), (2, 2)]


def test_seeds_rows_weights_and_device_reach_the_cells(without_tables, tiny_classifier):
    first, second = declared("paper").cells(
        datasets=["wine"], folds=2, methods=["default"], rows=500, checkpoint=tiny_classifier, device="cuda"
    )
    assert (first.options["seed"], second.options["seed"]) == (0, 1) and second.split.rows == 500
    assert first.options["hf_model"] == tiny_classifier and first.options["device"] == "cuda"


def test_a_run_of_a_part_takes_no_rows_out_of_the_table(without_tables):
    study = declared("paper")
    part = list(study.cells(datasets=["wine"], methods=["default"], folds=11))
    cells = with_the_rest(study, part, folds=11, rows=None)
    assert len(cells) == 11 * 33 * 8 and {cell.key for cell in part} <= {cell.key for cell in cells}
    small = list(study.cells(datasets=["wine"], rows=100, folds=1))
    assert all(cell.split.rows == 100 for cell in with_the_rest(study, small, folds=1, rows=100)), "one size a table"
    study = declared("dose")
    other = list(study.cells(rows=300, folds=1))
    assert {cell.split.rows for cell in with_the_rest(study, other, folds=1, rows=300)} == {50, 100, 200, 300, 500}


def test_unknown_names_and_commas_are_refused(without_tables):
    with pytest.raises(ValueError, match="no table 'whine'"):
        list(declared("paper").cells(datasets=["whine"]))
    with pytest.raises(ValueError, match="no method 'ctgam': there are untuned, default"):
        list(declared("paper").cells(methods=["ctgam"]))
    with pytest.raises(ValueError, match="hold a comma"):
        Study("n", "?", "m:f", "r:f", causalmix, {"a, b": {}}, ["wine"], 1)


def command(study: str, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_COLOR": "1"}
    line = [sys.executable, "-m", f"benchmarks.{study}", *arguments]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_mistake_on_the_command_line_is_one_sentence():
    wrong = command("studies.ablation", "--datasets", "whine")
    assert wrong.returncode == 2 and "no table 'whine'" in wrong.stderr and "Traceback" not in wrong.stderr


def test_missing_tables_are_one_line_that_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    missing = command("studies.ablation", "--out", str(tmp_path / "out"))
    assert missing.returncode == 1 and "Traceback" not in missing.stderr
    assert "is missing: run `python -m benchmarks.protocol.tables` once" in missing.stderr.splitlines()[-1]
    missing = command("studies.regressor", "--out", str(tmp_path / "out"))
    assert missing.returncode == 1 and "Traceback" not in missing.stderr
    assert "run `python -m benchmarks.protocol.regression_tables` once" in missing.stderr.splitlines()[-1]
    monkeypatch.setenv("CAUSALMIX_DRIFT_FOLDER", str(tmp_path / "nowhere"))
    missing = command("studies.shift", "--out", str(tmp_path / "out"))
    assert missing.returncode == 1 and "Traceback" not in missing.stderr
    assert "CAUSALMIX_DRIFT_FOLDER must name" in missing.stderr.splitlines()[-1]


def test_a_study_of_numbers_has_its_own_tables_and_weights(without_tables):
    (cell,) = declared("regressor").cells(datasets=["MASS/Boston"], folds=1, methods=["untuned"])
    (of_classes,) = declared("checkpoint").cells(datasets=["wine"], folds=1, methods=["untuned"])
    assert cell.options["options"]["weights"] != of_classes.options["options"]["weights"]
    with pytest.raises(ValueError, match="no table 'wine'"):
        list(declared("regression_gain").cells(datasets=["wine"]))


@pytest.mark.slow
@pytest.mark.parametrize(("study", "methods"), [("regressor", "untuned,ridge"), ("regression_gain", "untuned,jitter")])
def test_a_study_of_numbers_measures_and_reports(study, methods, tmp_path):
    table = "scikit-learn/diabetes"  # comes with scikit-learn
    arguments = ("--smoke", "--datasets", table, "--methods", methods, "--workers", "0", "--out", str(tmp_path))
    done = command(f"studies.{study}", *arguments)
    assert "2 cells, 2 had no row; 2 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
    assert pd.read_csv(tmp_path / "rows.csv.gz")["r2"].between(0.2, 0.7).all() and "R²" in done.stdout


@pytest.mark.slow
def test_a_study_on_two_tables_resumes_reports_and_repeats_its_bytes(tmp_path):
    out = tmp_path / "ablation"
    methods = "untuned,lr 0.0003 mix 0 both,lr 0.0003 mix 0.5 episode"
    arguments = ("--smoke", "--datasets", "wine,hayes-roth", "--methods", methods, "--workers", "1", "--out", str(out))
    first = command("studies.ablation", *arguments)
    assert first.returncode == 0, first.stderr[-3000:]
    assert "6 cells, 6 had no row; 6 measured, 0 failed, 0 left" in first.stdout
    rows = pd.read_csv(out / "rows.csv.gz")
    assert rows["auc"].between(0.4, 1).all() and (rows["version"].nunique(), len(rows)) == (1, 6)
    assert "6 cells of 720 in the whole study (2 tables, 1 folds, 3 methods), 0 failed" in first.stdout

    next((out / "cells").glob("*.json")).unlink()
    again = command("studies.ablation", *arguments)
    assert "6 cells, 1 had no row; 1 measured, 0 failed, 0 left" in again.stdout
    assert "6 cells, 0 had no row" in command("studies.ablation", *arguments).stdout
    report, packed = (out / "report.md").read_bytes(), (out / "rows.csv.gz").read_bytes()
    command("studies.ablation", *arguments, "--minutes", "0")
    assert (out / "rows.csv.gz").read_bytes() == packed and (out / "report.md").read_bytes() == report
    (out / "report.md").unlink()
    assert command("report", "ablation", "--results", str(tmp_path)).returncode == 0
    assert (out / "report.md").read_bytes() == report


@pytest.mark.slow
def test_the_papers_cells_say_what_they_must_and_its_report_reads_the_controls(tmp_path):
    arguments = ("--smoke", "--datasets", "wine,hayes-roth", "--workers", "0")
    methods = {"paper": "untuned,default,causalmix", "controls": "reversed graph,permuted graph,self-distillation"}
    for study in ("controls", "paper"):
        done = command(f"studies.{study}", *arguments, "--methods", methods[study], "--out", str(tmp_path / study))
        assert "6 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
    rows = read_rows(tmp_path / "paper").set_index(["label", "dataset"])
    tuned = rows.loc[("causalmix", "wine")]
    assert {name: len(values) for name, values in tuned["steps"].items()} == dict.fromkeys(tuned["steps"], 3)
    assert len(tuned["row_losses_untuned"]) == len(tuned["row_losses_kept"]) == 18
    loss = tuned["steps"]["validation_log_loss"][int(tuned["kept"])]
    assert loss == pytest.approx(sum(tuned["row_losses_kept"]) / 18, rel=1e-4)
    assert tuned["steps"]["validation_log_loss"] == pytest.approx(tuned["validation_scores"][0], rel=1e-4)
    # Losses of steps are the fit's own, which may round to bfloat16; those of the fit are predictions.
    assert loss == pytest.approx(tuned["validation_log_loss"], rel=2e-2)
    assert tuned["fidelity_on_test"]["two_sample_auc"] > 0.4 and tuned["resolved"]["lr"] > 0
    assert tuned["options"]["weights"] and tuned["memory"]["peak_mb"] > 100 and tuned["seconds_watched"] > 0
    assert pd.isna(rows.loc[("untuned", "wine"), "steps"]) and pd.isna(
        rows.loc[("default", "wine"), "fidelity_on_test"]
    )
    text = (tmp_path / "paper" / "report.md").read_text()
    assert "fewer than 6 data sets have both" in text and "This grid is incomplete: 2,634 of 2,640 cells" in text
    assert "| reversed graph" in text and (tmp_path / "paper" / "reliability.png").exists()


@pytest.mark.slow
def test_an_estimate_measures_some_cells_and_stops(tmp_path):
    arguments = ("--smoke", "--datasets", "wine,hayes-roth", "--methods", "untuned,default", "--workers", "0")
    done = command("studies.paper", *arguments, "--estimate", "2", "--out", str(tmp_path))
    assert "2 cells, 2 had no row; 2 measured" in done.stdout, done.stderr[-3000:]
    assert "2 cells left: " in done.stdout and "by 2 measured cells" in done.stdout
    assert not (tmp_path / "report.md").exists()
    assert "4 cells, 2 had no row" in command("studies.paper", *arguments, "--out", str(tmp_path)).stdout
