"""The report on mended generators: differences are paired with the runs of the study before them."""

import numpy as np
import pandas as pd

from benchmarks.report.mended import body, comparisons
from benchmarks.report.results import Results


def rows(gain, n_tables=12, n_folds=2, labels=("untuned", "default", "causalmix", "copula")):
    """Log loss of the SCM's rows is lower than default's by ``gain``, and as much the table's number more."""
    rng = np.random.default_rng(0)
    made = []
    for k in range(n_tables):
        for fold in range(n_folds):
            base = rng.random()
            for label in labels:
                less = gain + k / 1000 if label == "causalmix" else 0.0
                made.append({"dataset": f"t{k}", "fold": fold, "label": label, "status": "ok"})
                made[-1] |= {"log_loss": base - less, "auc": 1 - base + less}
    return pd.DataFrame(made)


def test_the_gain_before_is_taken_off():
    table = comparisons(rows(0.03), rows(0.02))
    first = table.iloc[0]
    assert abs(first["difference"] + 0.01) < 1e-9 and first["tables"] == 12 and first["wins"] == 12
    assert np.isnan(first["p (Holm)"]) and table["p (Holm)"][1:].notna().all() and len(table) == 6
    assert abs(table.loc[1, "difference"] + 0.03 + 0.0055) < 1e-9


def test_runs_that_one_of_both_lacks_are_left_out():
    new = rows(0.03)
    table = comparisons(new[~((new["dataset"] == "t0") & (new["label"] == "copula"))], rows(0.02, n_tables=8))
    assert (table["tables"] == 7).all()


def test_the_verdict_is_the_rules():
    said = {gain: body(Results(rows(gain), sisters={"paper": rows(0.02)}))[0] for gain in (0.03, 0.02, 0.01)}
    assert "**more**" in said[0.03] and "**undecided**" in said[0.02] and "**less**" in said[0.01]
    assert "lacks ['copula']" in body(Results(rows(0.03, labels=("untuned", "default", "causalmix"))))[0]
