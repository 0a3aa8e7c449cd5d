"""A fifth in bags: less log loss, certainly, and at most a little ROC-AUC lost."""

import pandas as pd
import pytest

from benchmarks.report.bagged_fifth import BASE, CANDIDATE, body
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from benchmarks.studies.bagged_fifth import STUDY


def results(loss, auc, tables=20, study=STUDY):
    """Effects of the candidate, by table in order: ``loss(k)`` and ``auc``."""
    rows = []
    for k in range(tables):
        for label, factor in ((BASE, 0), (CANDIDATE, 1)):
            scores = {"log_loss": 0.4 + 0.01 * k + factor * loss(k), "auc": 0.9 + factor * auc, "seconds": 80.0}
            about = {"dataset": f"set{k}", "fold": 3, "label": label, "status": "ok"}
            rows.append(about | scores | {"score_validation": 0.9, "mix_ratio": 0.5, "synthetic_rows": 9})
    return Results(pd.DataFrame(rows), study)


@pytest.mark.parametrize(
    ("loss", "auc", "verdict"),
    [
        (lambda k: -0.01 - 0.0001 * k, 0.0, "a fifth passes"),
        (lambda k: -0.01 - 0.0001 * k, -0.0005, "a fifth passes"),
        (lambda k: -0.01 - 0.0001 * k, -0.002, "half stays"),
        (lambda k: 0.01 + 0.0001 * k, 0.01, "half stays"),
        (lambda k: -0.01 - 0.0001 * k if k % 4 else 0.02, 0.0, "half stays"),  # less of it, but not certainly
    ],
)
def test_the_rule(loss, auc, verdict):
    text = markdown_of(body(results(loss, auc)))
    assert f"**{verdict}**" in text and "over 20 tables" in text and "| set19" in text


def test_a_part_is_not_asked():
    assert "not asked yet: bagged_fifth has 38 of 40 cells" in markdown_of(body(results(lambda k: -0.01, 0.0, 19)))
