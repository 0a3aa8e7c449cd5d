"""The report on mended generators: differences are paired with the runs of the study before them."""

import numpy as np
import pandas as pd

from benchmarks.report.mended import body, comparisons, fidelity
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
                made[-1] |= {
                    "log_loss": base - less,
                    "auc": 1 - base + less,
                    "fidelity_on_test": {"two_sample_auc": 0.7},
                }
    return pd.DataFrame(made)


def test_the_gain_before_is_taken_off():
    found = comparisons(rows(0.03), rows(0.02))
    (first, second, *_) = found.values()
    assert abs(first.mean + 0.01) < 1e-9 and first.tables == 12 and first.wins == 12
    assert len(found) == 6 and next(iter(found)) == ("mended less unmended SCM rows, each less default", "log loss")
    assert abs(second.mean + 0.03 + 0.0055) < 1e-9


def test_runs_that_one_of_both_lacks_are_left_out():
    new = rows(0.03)
    found = comparisons(new[~((new["dataset"] == "t0") & (new["label"] == "copula"))], rows(0.02, n_tables=8))
    assert all(one.tables == 7 for one in found.values())


def test_the_verdict_is_the_rules():
    parts = {gain: body(Results(rows(gain), sisters={"paper": rows(0.02)})) for gain in (0.03, 0.02, 0.01)}
    said = {gain: part[0] for gain, part in parts.items()}
    assert "**more**" in said[0.03] and "**undecided**" in said[0.02] and "**less**" in said[0.01]
    lines = parts[0.03][2].splitlines()
    assert lines[0].endswith("p (Holm) |") and lines[2].endswith("|            |"), "the primary is not corrected"
    assert all(line.split("|")[-2].strip() for line in lines[3:])


def test_fidelity_is_of_the_runs_that_both_have():
    def faithful(auc, n_tables):
        made = rows(0.03, n_tables=n_tables)
        return made.assign(fidelity_on_test=[{"two_sample_auc": auc + int(name[1:])} for name in made["dataset"]])

    table = fidelity(faithful(0.7, 4), {"causalmix": faithful(0.8, 2)})
    assert table["two_sample_auc"].round(9).to_dict() == {"causalmix, unmended": 1.3, "causalmix, mended": 1.2}
    assert "lacks ['copula']" in body(Results(rows(0.03, labels=("untuned", "default", "causalmix"))))[0]
