"""The rule of dose and response finds what was put in at every size, and no more."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.report.dose_answers import (
    BESIDE_WRONG,
    PRIMARY,
    SECONDARY,
    answers,
    beside_wrong,
    by_size,
    confirmed,
    trend,
)

METHODS = ("no synthetic rows", "true SCM", "true graph", "discovered graph", "copula")


def gains(worth=lambda size: 1 / size, sizes=(50, 100, 200, 500), n_models=12, noise=0.0005):
    """Gains of which the true graph's are ahead of all without it by ``worth(size)``, and the true SCM's by twice."""
    rng, rows = np.random.default_rng(0), {}
    for size in sizes:
        for model in range(n_models):
            base = rng.uniform(0, 0.05)
            steps = dict(zip(METHODS, (0, 2, 1, 0, 0), strict=True))
            rows[size, f"simulated-{model:02d}"] = {
                label: base + step * worth(size) + noise * rng.standard_normal() for label, step in steps.items()
            }
    return pd.DataFrame.from_dict(rows, orient="index")


def test_what_a_graph_is_worth_is_told_at_each_size_with_one_correction():
    table = by_size(-gains(), *PRIMARY)
    assert table["rows"].tolist() == [50, 100, 200, 500] and (table["models"] == 12).all()
    assert table["mean"].tolist() == pytest.approx([0.02, 0.01, 0.005, 0.002], abs=0.0006)
    assert (table["better"] == 12).all() and (table["p (Holm)"] == 4 * table["p"]).all()
    assert (table["95 % low"] < table["mean"]).all() and (table["mean"] < table["95 % high"]).all()


def test_the_answer_names_the_sizes_that_are_certain():
    def first(made):
        return answers(made)[0]

    assert "**at 50, 100, 200, 500 rows yes.**" in first(gains())
    assert "**at 50 rows yes.**" in first(gains(lambda size: 0.02 * (size == 50)))
    assert "**at 50 rows yes; at 500 rows less than nothing.**" in first(
        gains(lambda size: {50: 0.02, 500: -0.02}.get(size, 0))
    )
    assert "**Not shown at any size.**" in first(gains(lambda size: 0.0))


def test_every_pair_of_the_rule_stands_in_the_table():
    table = answers(gains())[1]
    assert all(table.count(f"{first} less {second}") == 4 for first, second in (PRIMARY, *SECONDARY))


def test_the_trend_is_within_a_model():
    said = trend(-gains())
    assert "+0.03" in said and "more on 12 of 12 models" in said
    assert "more on 0 of 12 models" in trend(-gains(lambda size: size / 1e4))
    assert trend(-gains().drop(columns="no synthetic rows")) is None


def test_nothing_is_answered_before_every_size_has_the_same_models():
    (said,) = answers(gains(sizes=(100, 200)))
    assert said.startswith("The rule is not asked yet") and "0 at 50 rows, 12 at 100 rows" in said
    (said,) = answers(gains().drop(index=(500, "simulated-03")))
    assert said.startswith("The rule is not asked yet") and "11 at 500 rows" in said
    assert len(answers(gains().drop(columns="copula"))) == 1


def test_the_second_fold_confirms_by_itself_what_holds_there():
    assert "**confirmed at 200, 500 rows**" in confirmed(gains())[0]
    assert "**confirmed at 500 rows**" in confirmed(gains(lambda size: 0.02 * (size == 500)))[0]
    assert "**not confirmed**" in confirmed(gains(lambda size: -0.02))[0], "a certain loss is none"
    table = confirmed(gains())[1]
    assert table.count("true graph less copula") == 2, "two sizes, one correction"
    assert confirmed(gains(sizes=(50, 200))) == confirmed(gains().iloc[:0]) == []


def test_the_graph_itself_is_asked_beside_wrong_ones_with_its_mechanisms():
    rng = np.random.default_rng(0)

    def fold(ahead):
        base = pd.DataFrame(0.02 + 0.001 * rng.standard_normal((12, 4)), columns=list(BESIDE_WRONG))
        base["true graph"] += ahead
        base.index = pd.MultiIndex.from_product([[200], [f"simulated-{k:02d}" for k in range(12)]])
        return base

    said, table = beside_wrong(fold(0.0), fold(0.01))
    assert "**more than nothing of true graph less wrong graphs; true graph less one discovered DAG**" in said
    assert table.count("second, the rule's") == table.count("| first  ") == 2
    assert "**not shown**" in beside_wrong(fold(0.01), fold(0.0))[0], "the first fold was known"
    assert "**not shown**" in beside_wrong(fold(0.01), fold(-0.01))[0]
    assert beside_wrong(fold(0.0), fold(0.0).drop(columns="permuted columns")) == []
