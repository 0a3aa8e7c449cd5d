"""The log of ideas: the rule that keeps or drops, and a file that is made from studies and rows alone."""

import importlib

import pandas as pd
import pytest

from benchmarks.report import ideas
from benchmarks.report.ideas import FLOOR, Idea, measure, table
from benchmarks.report.writer import write_rows
from tests.benchmarks.report.made_up import grid

IDEA = Idea("idea scm", "strong", ("idea copula",), "nothing")


def rows_of(n_sets=17, **effects):
    """Rows in which methods gain so many % on the six untuned views; log loss is one less the ROC-AUC."""
    named = {"strong": 0.5} | {label.replace("_", " "): effect for label, effect in effects.items()}
    rows = grid(named, n_sets=n_sets, noise=0.01).replace({"label": {"untuned": FLOOR}})
    return rows.assign(
        rows=200,
        kept=[[3, 3]] * len(rows),
        fallbacks=[[]] * len(rows),
        validation_gain=0.02,
        test_gain=0.01,
        refused=0,
    )


def verdict(**effects):
    return measure(IDEA, rows_of(**effects)).verdict


def test_an_idea_is_kept_if_it_betters_its_base_safely_and_is_causal_if_it_betters_its_twin():
    assert verdict(idea_scm=0.8, idea_copula=0.6) == "kept"
    assert verdict(idea_scm=0.8, idea_copula=0.9) == "kept, but its twin does as well"
    assert verdict(idea_scm=0.8) == "kept", "a twin that was not measured says nothing"
    assert verdict(idea_scm=0.4, idea_copula=0.1) == "dropped"
    risky = {"idea_scm": lambda k: 3.0 if k else -2.0}
    assert measure(IDEA, rows_of(**risky)).difference > 1 and verdict(**risky) == "dropped", "runs below -1 %"
    assert verdict(n_sets=5, idea_scm=0.8) == "open"


def test_a_higher_log_loss_drops_an_idea_whatever_it_gains():
    rows = rows_of(idea_scm=0.8)
    worse = rows["label"] == "idea scm"
    rows.loc[worse, "log_loss"] += 0.1
    assert measure(IDEA, rows).verdict == "dropped"


def test_figures_are_paired_over_tables():
    found = measure(IDEA, rows_of(idea_scm=0.8, idea_copula=0.6))
    assert found.sets == 17 and found.difference == pytest.approx(0.3, abs=0.02)
    assert found.twin == pytest.approx(0.2, abs=0.02) and found.clearly_worse == found.clearly_worse_base == 0
    assert measure(IDEA, rows_of()) is None
    lines = table((IDEA,), rows_of(idea_scm=0.8, idea_copula=0.6))
    assert lines.loc["idea scm", "verdict"] == "kept" and lines.loc["idea scm", "less base %"].startswith("+0.3")
    assert table((IDEA,), pd.DataFrame()).loc["idea scm", "verdict"] == "open"


@pytest.mark.parametrize("name", ideas.STUDIES)
def test_ideas_and_twins_are_methods_of_their_study(name):
    study = importlib.import_module(f"benchmarks.studies.{name}")
    labels = {label for idea in study.IDEAS for label in (idea.arm, idea.base, *idea.twins)}
    assert labels <= set(study.STUDY.methods) and FLOOR in study.STUDY.methods
    assert len({(idea.arm, idea.base) for idea in study.IDEAS}) == len(study.IDEAS)
    assert not any(idea.base in idea.twins or idea.arm in (idea.base, *idea.twins) for idea in study.IDEAS)


def test_the_log_that_is_committed_is_the_one_that_the_rows_give(tmp_path):
    ideas.main(ideas.RESULTS, tmp_path / "ideas.md")
    assert (tmp_path / "ideas.md").read_text() == ideas.LOG.read_text(), "python -m benchmarks.report.ideas"


def test_rows_fill_the_log(tmp_path):
    write_rows(rows_of(**{"strong_averaged": 0.7, "default_4_members": 0.1}), tmp_path / "mixing")
    ideas.main(tmp_path, tmp_path / "ideas.md")
    lines = (tmp_path / "ideas.md").read_text().splitlines()
    (idea,) = [line for line in lines if line.startswith("| strong averaged ") and "the same gain" in line]
    assert "| +0.20 " in idea and idea.rstrip("| ").endswith("kept")
    others = [line for line in lines if line.startswith("| soft beside scm ")]
    assert others and all(line.rstrip("| ").endswith("open") for line in others)
