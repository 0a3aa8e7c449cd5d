"""The report of ideas: paired comparisons, safety, and the gap of validation and test."""

from types import SimpleNamespace

import pytest

from benchmarks.report.ideas import FLOOR
from benchmarks.report.mixing import body, gap, safety
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from tests.benchmarks.report.test_ideas import rows_of

EFFECTS = {"soft_beside_scm": 0.9, "soft_beside_copula": 0.2, "default_4_members": 0.1}


def report(rows):
    return markdown_of(body(Results(rows, SimpleNamespace(name="mixing"))))


def test_every_method_is_compared_with_the_floor_and_with_the_strong_baseline():
    text = report(rows_of(**EFFECTS))
    assert "Over the 34 runs" in text and text.count("p (Holm)") == 3
    assert report(rows_of(default=0.1)).count("p (Holm)") == 3
    line = next(x for x in text.splitlines() if x.startswith("| soft beside scm ") and "expected" not in x)
    assert "0.9" in line
    idea, *tests = [x for x in text.splitlines() if x.startswith("| soft beside scm ") and "soft beside copula" in x]
    assert len(tests) == 1 and "| twin " in tests[0]
    assert "kept" in idea and "+0.40" in idea and "+0.70" in idea


def test_sizes_are_reported_apart_and_a_floor_that_is_missing_is_named():
    rows = rows_of(**EFFECTS)
    text = report(rows._append(rows.assign(rows=30), ignore_index=True))
    assert text.index("## 30 rows") < text.index("## 200 rows") and text.count("p (Holm)") == 6
    assert report(rows[rows["label"] != FLOOR]).startswith("No row of the method 'untuned 6 views'")


def test_safety_and_gap_are_of_the_runs():
    rows = rows_of(**EFFECTS, strong_averaged=lambda k: -3.0 if k == 0 else 1.0)
    averaged = rows["label"] == "strong averaged"
    rows.loc[averaged, "validation_gain"] = [0.03, -0.01] * 17
    rows.loc[averaged, "test_gain"] = [0.01, 0.01] * 17
    rows.loc[averaged, "kept"] = rows.loc[averaged, "kept"].map(lambda kept: [0, 0])
    table = safety(rows)
    assert table.loc["strong averaged", "below -1 %"] == pytest.approx(1 / 17)
    assert table.loc["strong averaged", "worst %"] == pytest.approx(-3, abs=0.1)
    assert table.loc["strong averaged", "untuned kept"] == 1 and table.loc["strong", "untuned kept"] == 0
    assert gap(rows).loc["strong averaged"].tolist() == pytest.approx([0.02, 0.0])
    assert gap(rows).loc["strong"].tolist() == pytest.approx([0.01, 0.01])
