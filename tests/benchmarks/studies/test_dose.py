"""The study of dose and response tells generators their table, and measures from end to end."""

import pytest

from benchmarks.protocol.dose import told
from benchmarks.report.dose import DAMAGED
from benchmarks.report.writer import read_rows
from benchmarks.studies.dose import STUDY
from tests.benchmarks.studies.test_study import command


def cells(**chosen):
    return {cell.label: cell for cell in STUDY.cells(datasets=["simulated-07"], folds=1, **chosen)}


def test_only_generators_that_ask_are_told_their_table():
    by_label = cells(rows=50)
    assert set(by_label) == set(STUDY.methods)
    asked = {label: told(cell).options["generator_options"] for label, cell in by_label.items()}
    assert asked["true SCM"] == asked["true graph"] == {"table": "simulated-07"}
    assert asked["25 % of edges dropped"] == {"share": 0.25, "table": "simulated-07"}
    assert asked["discovered graph"] == asked["copula"] == asked["untuned"] == {}


def test_the_report_knows_which_methods_were_told_the_truth():
    asked = {label for label, cell in cells(rows=50).items() if "table" in told(cell).options["generator_options"]}
    assert asked == set(DAMAGED)


def test_real_rows_join_where_the_method_says_so_and_the_key_knows():
    by_label = cells(rows=50)
    more = {label: told(cell).split.more for label, cell in by_label.items()}
    doubled = {"real rows doubled", "untuned with real rows doubled"}
    assert {label for label, share in more.items() if share == 1.0} == doubled
    assert {share for label, share in more.items() if label not in doubled} == {0.0}
    assert by_label["untuned"].key != by_label["untuned with real rows doubled"].key
    assert len({cell.bundle for cell in by_label.values()}) == 1, "the methods share rows and a worker"


def test_every_size_is_a_cell_of_its_own_unless_rows_are_given():
    sizes = [cell.split.rows for cell in STUDY.cells(datasets=["simulated-07"], folds=1, methods=["untuned"])]
    assert sizes == [50, 100, 200, 500]
    (one,) = STUDY.cells(datasets=["simulated-07"], folds=1, methods=["untuned"], rows=80)
    assert one.split.rows == 80


@pytest.mark.slow
def test_the_study_measures_and_reports(tmp_path):
    methods = "untuned,true SCM,true graph,permuted columns,real rows doubled"
    arguments = ("--smoke", "--datasets", "simulated-07", "--methods", methods, "--workers", "0")
    done = command("studies.dose", *arguments, "--out", str(tmp_path))
    assert "5 cells, 5 had no row; 5 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
    rows = read_rows(tmp_path).set_index("label")
    assert (rows["rows"] == 50).all() and not rows["fallbacks"].map(bool).any()
    apart = {label: rows.loc[label, "fidelity_on_test"]["two_sample_auc"] for label in ("true SCM", "permuted columns")}
    assert apart["true SCM"] < 0.6 < apart["permuted columns"]
    assert (tmp_path / "dose.png").exists() and "Dose and response" in (tmp_path / "report.md").read_text()
