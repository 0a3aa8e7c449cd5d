"""Is it the graph? Where SCM rows beat both twins, or a twin beats them, after correction over all comparisons."""

import pandas as pd
import pytest

from benchmarks.protocol.less_mixing import TWINS
from benchmarks.report.less_mixing_twins import HERE, REAL, SIMULATED, body, body_under_shift, judged, verdict
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from benchmarks.studies.less_mixing_twins import STUDY
from tests.benchmarks.report import test_less_mixing as scm

COPULA, JITTER = TWINS


def places(**effects):
    """Means of ten tables in each place: what a twin has more than SCM rows, by place and twin."""

    def means(more):
        base = pd.Series([0.4 + 0.01 * k for k in range(10)])
        found = {"a fifth": base} | {twin: base + more.get(twin, 0.0) * (1 + 0.01 * base) for twin in TWINS}
        return pd.DataFrame(found)

    return {
        place: means(effects.get(name, {})) for name, place in (("here", HERE), ("real", REAL), ("made", SIMULATED))
    }


def test_the_graph_helps_where_both_twins_are_worse():
    table = judged(places(here={COPULA: 0.01, JITTER: 0.02}, real={COPULA: 0.01}, made={COPULA: 0.01, JITTER: -0.01}))
    found = [verdict(table, place) for place in (HERE, REAL, SIMULATED)]
    assert found == ["the graph helps", "a tie", "better without"]


def test_holms_correction_is_over_all_six():
    table = judged(places(here={COPULA: 0.01}))
    row = table.set_index(["place", "less"]).loc[(HERE, COPULA)]
    assert row["p (Holm)"] == pytest.approx(6 * row["p"]) and row["wins"] == 10 and row["mean"] < 0


def twins(found, models):
    """The rows of `found` as if their cells had been the twins: each has the scores of the model named."""
    return found.assign(by_model=[{twin: row[model] for twin, model in models.items()} for row in found["by_model"]])


def test_twins_are_paired_with_the_fits_of_the_other_study():
    others = scm.results({"none": 0.02}, {"none": 0.01}, {"none": -0.01})
    shifted = others.sister("less_mixing_under_shift")
    models = {COPULA: "none", JITTER: "a fifth"}
    sisters = dict(others.sisters) | {
        "less_mixing": others.rows,
        "less_mixing_twins_under_shift": twins(shifted, models),
    }
    text = markdown_of(body(Results(twins(others.rows, models), None, sisters)))
    assert "**like training: a tie; real, shifted: a tie; simulated, shifted: a tie**" in text
    assert text.count(f"| {COPULA} ") >= 3 and "| set11" in text
    for lacking in ("less_mixing", "less_mixing_under_shift"):
        some = {name: rows for name, rows in sisters.items() if name != lacking}
        assert f"there are no rows of {lacking}" in markdown_of(body(Results(twins(others.rows, models), None, some)))
    part = markdown_of(body(Results(twins(others.rows, models), STUDY, sisters)))
    assert "less_mixing_twins has 24 of 66 cells" in part
    under = markdown_of(body_under_shift(Results(twins(shifted, models), None, dict(others.sisters))))
    assert f"| {COPULA}" in under and "| real11" in under
