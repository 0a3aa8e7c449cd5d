"""The report on missing numbers: paired, and the rule for the default as the study states it."""

import pandas as pd
import pytest

from benchmarks.protocol.gappy_tables import DATASETS, REAL
from benchmarks.report.encodings import by_table, decision, encodings, summarise
from benchmarks.report.results import Results

FITS = ("untuned", "default", "causalmix")


def rows(n_tables=8, datasets=None, **shift):
    """Every way of fitting on two folds; ``indicator`` and ``lowest`` are shifted from the mean's log loss."""
    data = []
    for k, dataset in enumerate(datasets or list(REAL)[:n_tables]):
        for fold in range(2):
            for fit in FITS:
                for way in ("mean", "indicator", "lowest"):
                    by = shift.get(f"{fit}_{way}", shift.get(way, 0.0)) if way != "mean" else 0.0
                    loss = 0.5 + 0.01 * k + by * (1 + 0.01 * k)
                    data.append((f"{fit} {way}", dataset, fold, loss, 0.9 - loss / 10))
    return pd.DataFrame(data, columns=["label", "dataset", "fold", "log_loss", "auc"]).assign(status="ok")


@pytest.mark.parametrize(
    ("shift", "default"),
    [
        ({"indicator": -0.02, "lowest": 0.02}, "indicator"),
        ({"indicator": -0.02, "lowest": -0.03}, "lowest"),
        ({"indicator": 0.02, "lowest": 0.01}, "mean"),
        ({"indicator": -0.02, "lowest": 0.01, "default_indicator": 0.03, "causalmix_indicator": 0.01}, "mean"),
        ({"indicator": -0.02, "lowest": 0.01, "default_indicator": 0.01, "causalmix_indicator": -0.03}, "indicator"),
    ],
)
def test_the_rule_weighs_untuned_and_tuned_runs(shift, default):
    assert decision(rows(**shift)).startswith(f"The rule's default: {default!r}.")


def test_the_mean_stays_where_few_tables_show_nothing_or_the_ranking_suffers():
    better = rows(3, indicator=-0.02, lowest=0.02)
    assert "p < 0.1 no" in decision(better) and decision(better).startswith("The rule's default: 'mean'.")
    worse_auc = rows(indicator=-0.02, lowest=0.02)
    worse_auc.loc[worse_auc["label"] == "untuned indicator", "auc"] -= 0.05
    assert decision(worse_auc).startswith("The rule's default: 'mean'.")


def test_only_runs_that_all_three_encodings_have_count():
    table = rows(2, indicator=-0.02, lowest=0.02)
    first, second = list(REAL)[:2]
    lost = (table["label"] == "untuned lowest") & (table["dataset"] == first) & (table["fold"] == 1)
    table.loc[(table["dataset"] == first) & (table["fold"] == 1), "log_loss"] = 9.0
    table = table[~(lost | ((table["label"] == "untuned mean") & (table["dataset"] == second)))]
    means = by_table(table, "untuned", "log_loss")
    assert list(means.index) == [first] and means.loc[first, "mean"] == 0.5
    assert summarise(table, "untuned").loc["indicator", "tables better"] == 1


def test_made_tables_are_reported_apart_and_decide_nothing():
    simulated = [name for name in DATASETS if name not in REAL]
    both = pd.concat([rows(indicator=0.02, lowest=0.02), rows(datasets=simulated, indicator=-0.3, lowest=0.02)])
    parts = encodings(Results(both))
    assert any("8 real tables, 16 runs" in part for part in parts)
    assert any("8 tables with gaps made by a rule, 16 runs" in part for part in parts)
    (rule,) = [part for part in parts if part.startswith("The rule's default")]
    assert rule == decision(rows(indicator=0.02, lowest=0.02)) and "'mean'" in rule
    assert any(part.startswith("No decision") for part in encodings(Results(rows(datasets=simulated))))
