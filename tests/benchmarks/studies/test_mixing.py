"""The studies of ideas: what their methods are, and one of them from end to end."""

import pytest

from benchmarks.protocol.halves import CONFIRMING
from benchmarks.report.writer import read_rows
from benchmarks.studies.mixing import BASELINES, MIXTURES, STRONG, STUDY
from tests.benchmarks.studies.test_study import command


def test_no_table_of_the_other_half_is_touched():
    assert not {*STUDY.datasets} & {*CONFIRMING}


def test_mixtures_differ_from_the_strong_baseline_in_their_rows_only():
    rows_only = {"generator", "mix_ratio", "mix_into", "label_source", "mix_schedule", "one_dag_per_episode"}
    rows_only |= {"synthetic_gate", "method"}
    for label in MIXTURES:
        options = STUDY.methods[label]
        assert {name: options[name] for name in STRONG} == STRONG and not set(options) - rows_only - set(STRONG), label
    assert BASELINES["strong"] == {"method": "default", **STRONG}


@pytest.mark.slow
def test_the_study_of_mixing_measures_reports_and_fills_the_log(tmp_path):
    methods = "untuned 6 views,default,strong,soft beside scm,soft beside jitter,gate scm"
    arguments = ("--smoke", "--datasets", "hayes-roth", "--methods", methods, "--workers", "0")
    done = command("studies.mixing", *arguments, "--out", str(tmp_path / "mixing"))
    assert "6 cells, 6 had no row; 6 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
    rows = read_rows(tmp_path / "mixing").set_index("label")
    assert rows["auc"].between(0.3, 1).all() and not rows["fallbacks"].map(bool).any()
    assert (rows["kept"].map(len) == [1, 1, 4, 4, 4, 4]).all() and rows.loc["soft beside scm", "rows_synthetic"] > 0
    assert rows.loc["soft beside scm", "fidelity"] is not None
    filled = command("report.ideas", "--results", str(tmp_path), "--out", str(tmp_path / "ideas.md"))
    assert filled.returncode == 0, filled.stderr[-2000:]
    (line,) = [
        x for x in (tmp_path / "ideas.md").read_text().splitlines() if x.startswith("| soft beside scm") and "harm" in x
    ]
    assert line.rstrip("| ").endswith("open") and "| 1 " in line, "one table decides nothing"
