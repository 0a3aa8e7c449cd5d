"""The paper's table with 500 rows: its first paragraph answers what was asked beforehand."""

import pandas as pd

from benchmarks.report.paper import body_500
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of

from .made_up import row


def results(loss, validated, n_sets=11):
    """``loss`` and ``validated`` give the log losses of mixing on the k-th table; default has .5 on both."""
    made = []
    for k in range(n_sets):
        for name, found in (("untuned", (0.6, 0.6)), ("default", (0.5, 0.5)), ("causalmix", (loss(k), validated(k)))):
            more = {"log_loss": found[0], "validation_log_loss": found[1], "rows": 500}
            made.append(row(f"set{k}", 0, name, 0.9, **more))
    return Results(pd.DataFrame(made))


def first(found):
    return " ".join(markdown_of(body_500(found)[:1]).split())


def test_both_questions_are_answered():
    said = first(results(lambda k: 0.49 - 0.001 * k if k < 9 else 0.6, lambda k: 0.4 if k < 9 else 0.6))
    assert (
        "on 1 fold(s): causalmix less default in log loss" in said and "11 tables, lower on 9 and higher on 2" in said
    )
    assert "Whichever of both validates better, less default: -0.0115, lower on 9 and higher on 0" in said


def test_a_validation_that_misleads_is_told_with_its_sign():
    said = first(results(lambda k: 0.55 + 0.001 * k, lambda k: 0.4))
    assert "lower on 0 and higher on 11" in said and "less default: +0.0550, lower on 0 and higher on 11" in said


def test_the_rows_that_are_said_are_those_that_were_drawn():
    text = markdown_of(body_500(results(lambda k: 0.49, lambda k: 0.4)))
    assert "11 sets of the KEEL repository, 500 training rows" in " ".join(text.split())


def test_without_both_methods_nothing_is_compared():
    found = results(lambda k: 0.49, lambda k: 0.4)
    alone = Results(found.rows[found.rows["label"] != "causalmix"])
    assert first(alone) == "No run has both methods that are compared."
