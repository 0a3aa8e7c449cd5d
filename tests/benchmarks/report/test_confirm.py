"""The confirming report: verdicts by the rule that was fixed beforehand."""

from types import SimpleNamespace

import pytest

from benchmarks.report.confirm import beside_peers, body, claims, verdict
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from tests.benchmarks.report.test_ideas import rows_of

PAIR = (("default 6 views", "default"),)


def said(**effects):
    return verdict(claims(rows_of(**effects), PAIR), *PAIR[0])


def test_ahead_is_better_in_both_and_significant_in_one():
    assert said(default=0.1, default_6_views=0.6) == "ahead"
    assert said(default=0.6, default_6_views=0.1) == "behind"
    assert said(default=0.1, default_6_views=lambda k: 0.1 + (1 if k % 2 else -0.9)) == "undecided"
    assert said(n_sets=5, default=0.1, default_6_views=0.6) == "too few tables"
    assert said(default=0.1) == "too few tables"


def test_better_in_one_measure_and_worse_in_the_other_is_undecided():
    rows = rows_of(default=0.1, default_6_views=0.6)
    worse = rows["label"] == "default 6 views"
    rows.loc[worse, "log_loss"] += 0.1
    table = claims(rows, PAIR)
    assert (table["p (Holm)"] < 0.05).all() and verdict(table, *PAIR[0]) == "undecided"
    assert table.set_index("measure").loc["gain %", "mean difference"] == pytest.approx(0.5, abs=0.05)
    assert table.set_index("measure")[["wins", "losses"]].to_numpy().tolist() == [[17, 0], [0, 17]]


def test_the_report_has_the_verdicts_and_other_models_beside_ours():
    effects = {"default": 0.1, "default_6_views": 0.6, "causalmix_6_views": 0.6, "CatBoost": -1.0}
    rows = rows_of(**effects)
    rows.loc[rows["label"] == "CatBoost", ["kept", "refused"]] = None
    text = markdown_of(body(Results(rows, SimpleNamespace(name="confirm"))))
    assert "default 6 views less default: **ahead**" in text
    assert "default 6 views less untuned 6 views: **ahead**" in text
    assert "CatBoost" not in text[: text.index("Beside AutoGluon's models")]
    ranks = beside_peers(rows)["rank by ROC-AUC"]
    assert ranks["CatBoost"] == len(ranks) and ranks.index[-1] == "CatBoost"
    assert body(Results(rows[rows["label"] == "CatBoost"]))[0].startswith("No row of the method 'untuned 6 views'")
