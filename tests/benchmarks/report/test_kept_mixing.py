"""What is chosen follows from validation alone, by the margin; the rule; what is said where a method lacks."""

import pandas as pd
import pytest

from benchmarks.report.kept_mixing import PAIRS, body, rule, with_chosen
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import scored_pairs
from benchmarks.studies.kept_mixing import MARGIN, STUDY

from .made_up import row


def rows(better, n_sets=10, labels=("causalmix", "default", "copula")):
    """Real rows alone validate better by ``better(k)``, and test better by ten times as much, at the step kept."""
    made = []
    for k in range(n_sets):
        for fold in (1, 2):
            for label in labels:
                saved = better(k) if label == "default" else 0.0
                tested = 0.5 - 10 * saved - (0.001 * k if label == "copula" else 0.0)
                scores = {"log_loss": tested, "validation_scores": [[0.9, 0.5 - saved, 0.1]], "kept": [1]}
                made.append(row(f"set{k}", fold, label, 0.8 + saved, **scores))
    return pd.DataFrame(made)


def chosen(made, name="SCM rows chosen"):
    found = with_chosen(made, MARGIN)
    return found[found["label"] == name].sort_values(["dataset", "fold"])


def test_mixing_is_kept_unless_real_rows_alone_are_better_by_more_than_the_margin():
    kept = chosen(rows(lambda k: 0.004 * k))  # .008 is within, .012 is beyond
    assert kept.groupby("dataset")["mixes"].mean().tolist() == [1.0] * 3 + [0.0] * 7
    assert kept.groupby("dataset")["log_loss"].mean().tolist() == pytest.approx(
        [0.5] * 3 + [0.5 - 0.04 * k for k in range(3, 10)]
    )
    worse = chosen(rows(lambda k: -0.1))
    assert (worse["mixes"] == 1).all() and (worse["log_loss"] == 0.5).all()


def test_tests_play_no_part_in_the_choice():
    made = rows(lambda k: 0.004 * k)
    assert chosen(made.assign(log_loss=0.3))["mixes"].tolist() == chosen(made)["mixes"].tolist()


def test_the_rule_asks_for_less_log_loss_and_no_less_auc():
    assert rule(scored_pairs(with_chosen(rows(lambda k: 0.02), MARGIN), PAIRS)) is True
    assert rule(scored_pairs(with_chosen(rows(lambda k: 0.0), MARGIN), PAIRS)) is False
    made = with_chosen(rows(lambda k: 0.02), MARGIN)
    lower = made["auc"].where(made["label"] != "SCM rows chosen", 0.7)
    assert rule(scored_pairs(made.assign(auc=lower), PAIRS)) is False


def test_twins_are_chosen_alike_and_what_lacks_is_said():
    made = rows(lambda k: 0.02)
    found = body(Results(made, STUDY))
    assert "**yes**" in found[0] and "2 fold(s)" in found[0] and "copula rows chosen" in found[2]
    twin, ours = (chosen(made, name)["log_loss"].tolist() for name in ("copula rows chosen", "SCM rows chosen"))
    assert twin == ours, "both give way to real rows alone"
    mixing = body(Results(rows(lambda k: 0.02, labels=("causalmix", "copula")), STUDY))
    assert "**not measured**" in mixing[0] and "chosen" not in mixing[2]
