"""The rule of hedges: what passes, what wins, whether it is a hedge, and whether it is the graph."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.hedges import FITS, PAIRS
from benchmarks.report.hedges import CANDIDATES, HEDGES, TWINS, answer, body, body_under_shift, models
from benchmarks.report.results import RUN, Results
from benchmarks.report.writer import markdown_of
from benchmarks.studies.hedges import STUDY
from tests.benchmarks.report.test_shift import size

CHOSEN, AVERAGED, MERGED = HEDGES
MODELS = [*FITS, *(f"{pair} {how}" for pair in PAIRS for how in ("averaged", "merged"))]
ALL = [*MODELS, CHOSEN, TWINS[CHOSEN]]


def means(effects, base=0.4, n=20, spread=0.002):
    """Scores of tables by model: ``base`` plus the model's effect, with some noise of each."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({name: base + effects.get(name, 0.0) + spread * rng.standard_normal(n) for name in ALL})


def told(inside, outside, auc=None):
    return answer(means(inside), means(auc or {}, base=0.9, spread=0.0), means({"default": 0.02} | outside, base=0.65))


def test_every_candidate_and_twin_is_measured():
    assert set(CANDIDATES) | set(TWINS.values()) <= set(ALL)


def test_a_candidate_passes_that_is_better_like_training_and_safe_under_shift():
    better = {AVERAGED: -0.02}
    assert told(better, {}).winner == AVERAGED
    assert told({}, {}).winner is None
    assert told(better, {AVERAGED: 0.015}).winner is None, "more than half of what default loses under shift"
    assert told(better, {AVERAGED: 0.005}).winner is None, "within the half, but surely worse"
    assert told(better, {AVERAGED: -0.01, "default": -0.05}).winner == AVERAGED, "no room, none needed"
    assert told(better, {}, {AVERAGED: -0.001}).winner is None, "less ROC-AUC"
    alone = told({"default": -0.02}, {"default": -0.01})
    assert alone.winner == "default" and alone.hedges is None and not alone.graph


def test_the_lowest_sum_wins_and_the_cheaper_of_two_alike():
    chosen = told({AVERAGED: -0.02, CHOSEN: -0.03}, {})
    assert chosen.winner == CHOSEN and chosen.hedges is None
    assert told({AVERAGED: -0.02, MERGED: -0.03}, {}).winner == MERGED
    near = {AVERAGED: -0.02, MERGED: -0.0195}
    found = answer(means(near, spread=1e-4), means({}, 0.9, spread=0.0), means({"default": 0.02}, 0.65, spread=1e-4))
    assert found.winner == MERGED, "within a thousandth"


def test_a_hedge_is_ahead_of_averaging_and_the_graph_of_its_twin():
    alone = told({AVERAGED: -0.02, TWINS[AVERAGED]: -0.02}, {})
    assert alone.hedges and not alone.graph
    beaten = told({AVERAGED: -0.02, "SCM twice averaged": -0.015}, {"SCM twice averaged": -0.01, AVERAGED: 0.0})
    assert beaten.winner == "SCM twice averaged" and not beaten.hedges and not beaten.graph
    fails = told({AVERAGED: -0.02, "real twice averaged": -0.05}, {"real twice averaged": 0.02})
    assert fails.winner == AVERAGED and not fails.hedges, "what does not pass may still have the lower sum"
    assert told({AVERAGED: -0.02, TWINS[AVERAGED]: 0.0}, {}).graph


def cell(k, fold, about, scores):
    return {"dataset": f"set{k}", "fold": fold, "label": "two fits", "status": "ok", "seconds": 9.0} | about | {
        "by_model": {
            name: scores(name, k) | ({"validated": 0.5 - 0.1 * (name == "default")} if name in FITS else {})
            for name in MODELS
        }
    }  # fmt: skip


def inside(name, k):
    loss = 0.4 + 0.01 * k - 0.02 * (name == AVERAGED)
    return {"log_loss": loss, "auc": 1 - loss, "kept": 3}


def both_sides(name, k):
    loss = 0.5 + 0.01 * k + 0.02 * (name == "default")
    sides = {f"{side}_{score}": loss for side in ("in", "out") for score in ("log_loss", "auc", "ece")}
    return sides | {"worst_log_loss": loss, "by_domain": {"a": {"rows": 50}}}


@pytest.fixture
def both():
    like = pd.DataFrame([cell(k, fold, {}, inside) for k in range(12) for fold in (3, 4)])
    about = [{"shift": "domain", "choice": choice} for choice in (0, 1)]
    return like, pd.DataFrame([cell(k, 2, one, both_sides) for k in range(12) for one in about])


def test_models_stand_side_by_side_and_validation_chooses(both):
    table = models(both[0], RUN)
    assert len(table) == 24 * len(ALL) and (table[table["label"] == CHOSEN]["mixes"] == 0).all()
    chosen, real = (table[table["label"] == name].sort_values(RUN) for name in (CHOSEN, "default"))
    assert chosen["log_loss"].tolist() == real["log_loss"].tolist()


def test_bodies_tell_the_answer_both_tests_and_what_lacks(both):
    like, shifted = both
    sisters = {"hedges_under_shift": shifted, "shift": pd.DataFrame([size("set0", "domain", choice=0)])}
    text = markdown_of(body(Results(like, sisters=sisters)))
    assert f"24 cells of 12 tables like training, 24 of 12 shifted: **{AVERAGED} passes and wins**" in text
    assert "less its twin" in text and "| set11" in text
    nothing = shifted.assign(shift="none")
    assert body(Results(like, sisters={"hedges_under_shift": nothing}))[0] == body(Results(like))[0]
    assert body(Results(like))[0] == "Under shift nothing is measured yet, so the rule has no answer."
    assert "has 24 of 66 cells" in markdown_of(body(Results(like, STUDY, sisters)))
    text = " ".join(markdown_of(body_under_shift(Results(shifted))).split())
    assert MERGED in text and "| SCM twice averaged | real twice averaged | shifted | real | 12 |" in text
