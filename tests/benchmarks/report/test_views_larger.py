"""Larger tables: the rule is read off means over tables that both methods have."""

import pandas as pd

from benchmarks.report.results import Results
from benchmarks.report.views_larger import body, by_size, rule
from benchmarks.report.writer import markdown_of
from benchmarks.studies.views_larger import PAIR, STUDY


def rows(scores):
    """Scores (ROC-AUC, log loss) by (rows, table, label)."""
    keys = ("rows", "dataset", "label")
    return pd.DataFrame(
        [dict(zip(keys, key, strict=True)) | {"auc": a, "log_loss": b} for key, (a, b) in scores.items()]
    )


def test_six_views_pay_where_both_means_say_so():
    first, second = PAIR
    made = rows(
        {
            (500, "a", first): (0.9, 0.3),
            (500, "a", second): (0.8, 0.3),
            (500, "b", second): (1.0, 0.0),
            (1000, "a", first): (0.9, 0.4),
            (1000, "a", second): (0.8, 0.3),
        }
    )
    table = by_size(made, PAIR)
    assert table["tables"].tolist() == [1, 1], "a table that one of them lacks does not count"
    assert rule(table, PAIR) == {500: True, 1000: False}
    assert "500 rows: **yes**, 1000 rows: **no**" in markdown_of(body(Results(made)))


def test_the_study_has_both_sizes_of_the_same_tables():
    cells = list(STUDY.cells(datasets=["titanic"]))
    assert sorted({cell.split.rows for cell in cells}) == [500, 1000] and {*PAIR} < {cell.label for cell in cells}
