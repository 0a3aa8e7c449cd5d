"""What becomes of small tables: who passes, who wins, and which candidate is cheaper."""

import pandas as pd
import pytest

from benchmarks.protocol.fewer_views import CHOSEN, FITS, PAIRS
from benchmarks.report.fewer_views import CANDIDATES, PASSES, body, body_under_shift, cheaper
from benchmarks.report.results import Results
from benchmarks.report.scored_pairs import LOOKED_AT
from benchmarks.report.writer import markdown_of
from benchmarks.studies.fewer_views import STUDY
from tests.benchmarks.report.test_shift import size

MODELS = [*FITS, *PAIRS, *CHOSEN]


def cell(k, fold, about, scores):
    by_model = {name: scores(name, k) | {"validated": 0.5} for name in MODELS}
    for name in FITS:
        by_model[name] |= {"seconds": 5.0 + k, "kept": 3}
    by_model["six or one"]["taken"] = "one" if k == 0 else "six"
    about = {"dataset": f"set{k}", "fold": fold, "label": "five fits", "status": "ok", "seconds": 20.0} | about
    return about | {"by_model": by_model}


def rows_of(like, shifted, wins=12):
    """Scores by table: ``like`` and ``shifted`` are effects of models in log loss, told apart by tables a little.

    ``like`` turns its sign on the tables from the ``wins``-th on.
    """

    def inside(name, k):
        loss = 0.4 + 0.01 * k + like.get(name, 0.0) * (1 + 0.01 * k) * (1 if k < wins else -0.5)
        return {"log_loss": loss, "auc": 1 - loss}

    def both_sides(name, k):
        loss = 0.5 + 0.01 * k + shifted.get(name, 0.0) * (1 + 0.01 * k)
        sides = {f"{side}_{score}": loss for side in ("in", "out") for score in ("log_loss", "auc", "ece")}
        return sides | {"worst_log_loss": loss, "by_domain": {"a": {"rows": 50}}}

    about = [{"shift": "domain", "choice": choice} for choice in (0, 1)]
    return (
        pd.DataFrame([cell(k, fold, {}, inside) for k in range(12) for fold in (5, 6)]),
        pd.DataFrame([cell(k, 3, one, both_sides) for k in range(12) for one in about]),
    )


def both(rows, outside, **more):
    """Results of both studies, with the sizes of the shifts."""
    sizes = pd.DataFrame([size("set0", "domain", choice=0)])
    return Results(rows, sisters={"fewer_views_under_shift": outside, "shift": sizes}, **more)


def said(like, shifted, **more):
    return markdown_of(body(both(*rows_of(like, shifted, **more))))


def test_passes_are_those_of_the_views():
    assert {name: PASSES[name] for name in CANDIDATES} == {
        "six twice": 12,
        "three twice": 6,
        "six and one": 7,
        "six or one": 6,
        "three": 3,
        "one": 1,
    }
    found = cheaper(pd.Series({name: float(k) for k, name in enumerate(reversed(CANDIDATES))}))
    assert found["three twice"] == ["one", "three"] and found["one"] == []
    assert found["six twice"] == ["one", "three", "six or one", "six and one", "three twice"]


@pytest.mark.parametrize(
    ("like", "shifted", "verdict"),
    [
        ({"three twice": -0.02}, {"one": 0.03}, "three twice wins**. These pass: three twice;"),
        ({"six twice": -0.02}, {"one": 0.03}, "nothing changes**. These pass: six twice;"),
        ({"six twice": -0.03, "three twice": -0.01}, {"one": 0.03}, "three twice wins**. These pass: six twice, three"),
        ({"six and one": -0.02, "three twice": -0.0195}, {"one": 0.03}, "three twice wins"),
        ({"six and one": -0.02, "three twice": -0.015}, {"one": 0.03}, "six and one wins"),
        ({"six and one": -0.02}, {"one": 0.03, "six and one": 0.02}, "nothing changes**. These pass: none;"),
        ({"one": -0.02}, {"one": 0.03}, "nothing changes**. These pass: none;"),
        ({}, {}, "nothing changes"),
    ],
)
def test_the_rule(like, shifted, verdict):
    text = said(like, shifted)
    assert f"24 cells of 12 tables like training, 24 of 12 shifted: **{verdict}" in text
    assert "'six or one' took 'one' in 2 of 24 runs" in text and "| set11" in text


def test_holms_correction_counts_all_candidates():
    """8 tables of 12, on which more is won than lost elsewhere."""
    text = said({"six twice": -0.02}, {"one": 0.03}, wins=8)
    row = next(line.split("|") for line in text.splitlines() if line.startswith("| six twice "))
    p, corrected = float(row[5]), float(row[6])
    assert p < 0.05 < corrected and "**nothing changes**. These pass: none;" in text


def test_the_table_that_leads_were_seen_on_is_told_and_in_no_test():
    like, shifted = rows_of({"six twice": -0.02}, {"one": 0.03})
    looked_at = like[like["dataset"] == "set0"].assign(dataset=LOOKED_AT)
    looked_at["by_model"] = [
        by_model | {"six twice": by_model["six twice"] | {"log_loss": 99.0, "auc": 0.0}}
        for by_model in looked_at["by_model"]
    ]
    text = markdown_of(body(both(pd.concat([like, looked_at]), shifted)))
    assert "26 cells of 12 tables like training" in text and "These pass: six twice;" in text
    assert any(line.startswith(f"| {LOOKED_AT} ") and "| 99 " in " ".join(line.split()) for line in text.splitlines())


def test_bodies_tell_what_lacks_and_both_tests():
    rows, outside = rows_of({}, {})
    assert "**nothing changes**, for no candidate is better" in body(Results(rows))[0]
    better = body(Results(rows_of({"one": -0.02}, {})[0]))
    assert better[0] == "Under shift nothing is measured yet, so the rule has no answer." and "| one " in better[2]
    assert "not all of this study" in body(Results(rows, STUDY))[0]
    nothing = outside.assign(shift="none")
    assert body(Results(rows, sisters={"fewer_views_under_shift": nothing}))[0] == body(Results(rows))[0]
    text = " ".join(markdown_of(body_under_shift(Results(outside))).split())
    assert "| six twice |" in text and "| three | six | shifted | real | 12 |" in text


def test_the_rule_is_not_asked_of_a_part_of_the_cells_or_without_the_sizes_of_the_shifts():
    rows, outside = rows_of({"three twice": -0.02}, {"one": 0.03})
    some = markdown_of(body(both(rows, outside, study=STUDY)))
    assert "The rule is not asked yet: fewer_views has 24 of 66 cells; fewer_views_under_shift has 24 of 83" in some
    sizeless = markdown_of(body(Results(rows, sisters={"fewer_views_under_shift": outside})))
    assert "not asked yet: no study that measured the sizes of the shifts" in sizeless
    assert "wins**" not in some + sizeless and "| three twice" in some
