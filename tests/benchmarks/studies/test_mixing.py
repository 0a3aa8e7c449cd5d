"""The studies of ideas: what their methods are, and one of them from end to end."""

import pytest

from benchmarks.protocol.halves import CONFIRMING
from benchmarks.report.writer import read_rows
from benchmarks.studies.confirm import CLAIMS, FIRST, FROZEN, METHODS
from benchmarks.studies.confirm import STUDY as CONFIRM
from benchmarks.studies.mixing import BASELINES, MIXTURES, STRONG, STUDY
from benchmarks.studies.rare_classes import STUDY as RARE
from benchmarks.studies.small_tables import STUDY as SMALL
from benchmarks.studies.steadier import IDEAS as STEADIER_IDEAS
from benchmarks.studies.steadier import STUDY as STEADIER
from tests.benchmarks.studies.test_study import command


def test_no_table_of_the_other_half_is_touched():
    assert not ({*STUDY.datasets} | {*STEADIER.datasets}) & {*CONFIRMING}


def test_what_is_confirmed_is_on_the_other_half_and_changes_views_alone():
    assert {*CONFIRM.datasets} == {*CONFIRMING} and {*FIRST} <= {*METHODS}
    assert {label for pair in CLAIMS for label in pair} <= {*FIRST}
    for label, options in METHODS.items():
        assert ("6 views" in label) == (options.get("n_views") == 6), label
        if "6 views" in label and label.removesuffix(" 6 views") in METHODS:
            one_view = METHODS[label.removesuffix(" 6 views")]
            assert options == one_view | ({"n_views": 6} if "untuned" in label else FROZEN), label


def test_every_idea_of_one_member_has_its_base_and_twins_among_the_methods():
    for idea in STEADIER_IDEAS:
        assert {idea.arm, idea.base, *idea.twins} <= set(STEADIER.methods), idea.arm
    for label, options in STEADIER.methods.items():
        parts = {"untuned_share": "half untuned" in label, "n_views": "6 views" in label}
        assert {name: name in options for name in parts} == parts, label


def test_mixtures_differ_from_the_strong_baseline_in_their_rows_only():
    rows_only = {"generator", "mix_ratio", "mix_into", "label_source", "mix_schedule", "one_dag_per_episode"}
    rows_only |= {"synthetic_gate", "method", "generator_options"}
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "table", "methods"),
    [
        ("rare_classes", "hayes-roth", "untuned 6 views,balanced beside jitter"),
        ("known_graph", "simulated-02", "untuned 6 views,blanket of known graph"),
        ("filled_cells", "pima:MCAR", "untuned 6 views,filled by copula"),
        ("confirm", "wine", "untuned 6 views,random forest"),
        ("steadier", "hayes-roth", "untuned 6 views,copula half untuned"),
    ],
)
def test_the_other_studies_of_ideas_measure_and_report(tmp_path, study, table, methods):
    done = command(
        f"studies.{study}",
        "--smoke",
        "--datasets",
        table,
        "--methods",
        methods,
        "--workers",
        "0",
        "--out",
        str(tmp_path),
    )
    assert "2 cells, 2 had no row; 2 measured, 0 failed, 0 left" in done.stdout, done.stderr[-3000:]
    rows = read_rows(tmp_path).set_index("label")
    assert rows["auc"].between(0.3, 1).all() and not rows["fallbacks"].dropna().map(bool).any()
    assert "he six untuned views" in (tmp_path / "report.md").read_text()


def test_small_tables_are_the_same_methods_at_other_sizes():
    assert all(SMALL.methods[label] == STUDY.methods[label] for label in SMALL.methods)
    assert SMALL.sizes == (30, 100) and SMALL.datasets == STUDY.datasets == RARE.datasets
