"""The studies under shift: their tables admit their splits, every method is told what it needs, and a smoke run."""

import pytest

from benchmarks.protocol.content import load
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.shift_scores import resolved
from benchmarks.report.writer import read_rows
from benchmarks.studies import shift, shift_made, shift_simulated
from benchmarks.studies.study import Study
from tests.benchmarks.studies.test_study import command

STUDIES = (shift, shift_made, shift_simulated)


def test_all_studies_have_the_same_methods_and_the_first_one_two_more():
    assert list(shift_made.STUDY.methods) == list(shift_simulated.STUDY.methods) == list(shift.METHODS)
    assert list(shift.STUDY.methods) == [*shift.METHODS, *shift.TOLD]
    assert shift.STUDY.sisters == (shift_made.STUDY.name, shift_simulated.STUDY.name)
    keys = [str(resolved(options, Setting())) for options in shift.STUDY.methods.values()]
    assert len(set(keys)) == len(keys)


def test_there_are_12_sets_x_3_shifts_x_5_folds_that_are_made_and_every_kind_has_seven_tables():
    study = shift_made.STUDY
    assert (len(study.datasets), study.folds, {len(study.splits_of(name)) for name in study.datasets}) == (12, 5, {3})
    kinds = [split.shift for name in study.datasets for split in study.splits_of(name)]
    assert {kind: kinds.count(kind) for kind in kinds} == {"tail": 9, "category": 7, "cluster": 12, "label": 8}
    assert {len(splits) for splits in shift.STUDY.splits.values()} == {3} and len(shift.STUDY.datasets) == 21


def test_every_table_that_is_made_admits_its_shifts():
    for name in shift_made.STUDY.datasets:
        frame = load(name)
        assert [split.refusal(frame, name) for split in shift_made.STUDY.splits_of(name)] == [None] * 3


def test_the_size_of_a_shift_is_measured_once_a_split(monkeypatch):
    from benchmarks.studies import study as module

    monkeypatch.setattr(module, "content_of", lambda name: name)
    cells = list(shift_made.STUDY.cells(datasets=["wine", "pima"][1:], methods=[shift.SIZE, "default"]))
    assert [(cell.label, cell.split.shift, cell.split.fold) for cell in cells[:2]] == [
        (shift.SIZE, "tail", 0),
        ("default", "tail", 0),
    ]
    assert sum(cell.label == shift.SIZE for cell in cells) == 3 and sum(cell.label == "default" for cell in cells) == 15
    smoke = list(shift_made.STUDY.cells(smoke=True))
    assert len(smoke) == 2 * len(shift.METHODS) and len({cell.bundle for cell in smoke}) == 2


def test_labels_that_are_measured_once_count_once(monkeypatch):
    from benchmarks.studies import study as module

    monkeypatch.setattr(module, "content_of", lambda name: name)
    for one in STUDIES:
        assert isinstance(one.STUDY, Study) and len(list(one.STUDY.cells())) == one.STUDY.n_cells


@pytest.mark.slow
def test_the_studies_measure_and_the_first_reports_all(tmp_path):
    tables = {"shift_simulated": "intervened-01", "shift_made": "pima"}
    methods = f"{shift.SIZE},default,environments,moved rows + environments,LightGBM"
    for name, table in tables.items():
        arguments = ("--smoke", "--datasets", table, "--methods", methods, "--workers", "0")
        done = command(f"studies.{name}", *arguments, "--out", str(tmp_path / name))
        assert "5 cells, 5 had no row; 5 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
        text = (tmp_path / name / "report.md").read_text()
        assert "**Open: 1 tables have both 'environments' and 'default'" in text and "Sizes of the shifts" in text
        assert (tmp_path / name / "shift.png").exists()
        rows = read_rows(tmp_path / name).set_index("label")
        assert not rows["fallbacks"].dropna().map(bool).any()
    again = command("report", "shift_made", "--results", str(tmp_path))
    assert again.returncode == 0 and (tmp_path / "shift_made" / "report.md").read_text() == text
