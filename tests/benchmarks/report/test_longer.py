"""Whether more steps pay: the rule on made-up rows, the table that is left out, and what is said of no rows."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.report.longer import PAIRS, body, rule
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import LOOKED_AT, mean_scores, scored_pairs
from benchmarks.report.writer import markdown_of
from benchmarks.studies.longer import STUDY

from .made_up import row


def rows(less, auc=0.01, looked_at=0.0, n_sets=12):
    """Rows of both lengths with SCM rows, of none and of the twin; ``less`` is what 200 steps save on every table."""
    rng, made = np.random.default_rng(0), []
    for name, saved in [(f"set{k}", less) for k in range(n_sets)] + [(LOOKED_AT, looked_at)]:
        base = float(rng.uniform(0.3, 0.6))
        for kind in ("causalmix", "default", "copula"):
            noise = 1e-3 * rng.standard_normal()
            for steps, loss, score in ((50, base, 0.8), (200, base - saved + noise, 0.8 + auc)):
                label = kind if steps == 50 else f"{kind} 200 steps"
                made.append(row(name, 0, label, score, log_loss=loss, steps_taken=steps))
    return pd.DataFrame(made)


def test_a_clear_gain_is_a_yes_and_a_loss_or_nothing_is_a_no():
    assert rule(scored_pairs(rows(0.02), PAIRS)) is True
    assert rule(scored_pairs(rows(-0.02), PAIRS)) is False and rule(scored_pairs(rows(0.0), PAIRS)) is False
    assert rule(scored_pairs(rows(0.02, auc=-0.01), PAIRS)) is False, "a lower mean ROC-AUC forbids it"
    assert rule(scored_pairs(rows(0.02, n_sets=6), PAIRS)) is False, "six tables cannot reach this level"


def test_the_table_that_gave_the_lead_decides_nothing_and_is_told():
    made = rows(0.0, looked_at=5.0)
    table = scored_pairs(made, PAIRS)
    assert (table["sets"] == 12).all() and rule(table) is False
    assert abs(table.loc[("causalmix 200 steps", "causalmix", "log loss"), "mean difference"]) < 0.01
    assert f"| {LOOKED_AT}" in markdown_of(body(Results(made, STUDY)))
    pd.testing.assert_frame_equal(mean_scores(made), mean_scores(rows(0.0)))


def test_the_correction_is_over_what_is_told_beside_the_rule():
    table = scored_pairs(rows(0.02), PAIRS)
    first = np.array([key[:2] == ("causalmix 200 steps", "causalmix") for key in table.index])
    assert table["p (Holm)"].isna().tolist() == list(first) and first.sum() == 2
    beside = table[~first]
    assert (beside["p (Holm)"] >= beside["p"]).all() and len(beside) == 6


def test_what_lacks_is_said():
    made = rows(0.02)
    some = made[made["label"].isin(["default", "default 200 steps"])]
    assert (
        rule(scored_pairs(some, PAIRS)) is None
        and scored_pairs(some, PAIRS).index.get_level_values(0).tolist() == ["default 200 steps"] * 2
    )
    assert "**not measured**" in body(Results(some, STUDY))[0]
    assert "**yes**" in body(Results(made, STUDY))[0] and "1 fold(s)" in body(Results(made, STUDY))[0]
    means = body(Results(made, STUDY))[2]
    assert [line.split("|")[1].strip() for line in means.splitlines()[2:]] == list(dict.fromkeys(made["label"]))
    assert pytest.approx(200) == float(means.splitlines()[3].split("|")[4])
