"""What becomes of mixing on small tables: less log loss like training, and no more lost on real shifted tables."""

import pandas as pd
import pytest

from benchmarks.protocol import interventions
from benchmarks.protocol.less_mixing import FITS
from benchmarks.report.less_mixing import body, body_under_shift, judged, winner
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from benchmarks.studies.less_mixing import STUDY
from tests.benchmarks.report.test_shift import size

SIMULATED = interventions.DATASETS[:6]


def cell(dataset, fold, about, scores):
    by_model = {name: scores(name) | {"seconds": 5.0, "kept": 3} for name in FITS}
    about = {"dataset": dataset, "fold": fold, "label": "three fits", "status": "ok", "seconds": 20.0} | about
    return about | {"by_model": by_model}


def results(like, real, simulated=(), auc=(), study=None, sizes=True):
    """Effects of models in log loss on rows like training, on real shifted tables and on simulated ones."""

    def inside(k):
        def scores(name):
            loss = 0.4 + 0.01 * k + dict(like).get(name, 0.0) * (1 + 0.01 * k)
            return {"log_loss": loss, "auc": 0.9 + dict(auc).get(name, 0.0)}

        return scores

    def both_sides(k, effects):
        def scores(name):
            loss = 0.5 + 0.01 * k + dict(effects).get(name, 0.0) * (1 + 0.01 * k)
            sides = {f"{side}_{score}": loss for side in ("in", "out") for score in ("log_loss", "auc", "ece")}
            return sides | {"worst_log_loss": loss, "by_domain": {"a": {"rows": 50}}}

        return scores

    about = {"shift": "domain", "choice": 0}
    rows = [cell(f"set{k}", fold, {}, inside(k)) for k in range(12) for fold in (7, 8)]
    outside = [cell(f"real{k}", 4, about, both_sides(k, real)) for k in range(12)]
    outside += [cell(name, 4, about, both_sides(k, simulated)) for k, name in enumerate(SIMULATED)]
    sisters = {"less_mixing_under_shift": pd.DataFrame(outside)}
    if sizes:
        sisters["shift"] = pd.DataFrame([size("real0", "domain", choice=0)])
    return Results(pd.DataFrame(rows), study, sisters)


@pytest.mark.parametrize(
    ("like", "real", "more", "verdict"),
    [
        ({"none": -0.01}, {}, {}, "none passes"),
        ({"none": -0.01, "a fifth": -0.02}, {}, {}, "a fifth passes"),
        ({"none": -0.01}, {"none": 0.02}, {}, "half stays"),
        ({"none": -0.03}, {"none": 0.02}, {}, "half stays"),  # certain, if less than what is gained
        ({"none": -0.01}, {"none": -0.02}, {"simulated": {"none": 0.5}}, "none passes"),
        ({"none": -0.01}, {}, {"auc": {"none": -0.001}}, "half stays"),
        ({"none": 0.01, "a fifth": 0.01}, {"none": -0.05}, {}, "half stays"),
        ({}, {}, {}, "half stays"),
    ],
)
def test_the_rule(like, real, more, verdict):
    text = markdown_of(body(results(like, real, **more)))
    assert f"on 12 tables like training and 12 real ones under shift: **{verdict}**" in text
    assert text.count("real, shifted") == 2 and "| set11" in text


def test_what_is_lost_under_shift_may_be_less_than_what_is_gained_and_not_certain():
    def means(effect):
        return pd.DataFrame({"half": 0.5, "none": [0.5 + one for one in effect], "a fifth": 0.5})

    gained, auc = means([-0.01 - 0.0001 * k for k in range(12)]), means([0.0] * 12)
    for by_turns, passes in ((0.005, "none"), (0.012, None)):
        lost = means([by_turns + (0.1 if k % 2 else -0.1) for k in range(12)])
        assert winner(judged(gained, auc, lost)) == passes, by_turns


def test_holms_correction_is_over_both_and_a_part_is_not_asked():
    table = judged(*(pd.DataFrame({"half": 0.5, "none": [0.4 + 0.001 * k for k in range(8)], "a fifth": 0.5}),) * 3)
    like = table[table["test"] == "like training"].set_index("candidate")
    assert like.loc["none", "p (Holm)"] == pytest.approx(2 * like.loc["none", "p"])
    some = markdown_of(body(results({"none": -0.01}, {}, study=STUDY)))
    assert "not asked yet: less_mixing has 24 of 66 cells; less_mixing_under_shift has 18 of 83 cells" in some
    assert "no study that measured the sizes" in markdown_of(body(results({"none": -0.01}, {}, sizes=False)))
    outside = results({}, {"none": 0.02}).sister("less_mixing_under_shift")
    text = " ".join(markdown_of(body_under_shift(Results(outside))).split())
    assert "| none | half | shifted | simulated | 6 |" in text and "| none | half | like training | real | 12 |" in text
