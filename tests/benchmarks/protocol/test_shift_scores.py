"""One fit under shift, scored on both tests; what it saw, and what was measured of the shift."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.grid.cell import Cell, plain
from benchmarks.protocol import content, interventions, shift_scores
from benchmarks.protocol.content import digest
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.interventions import WORLDS
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.shift_scores import of_parts, resolved, under_shift
from benchmarks.protocol.shifts import ShiftedRows
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.shifts_simulated import WorldsShift
from benchmarks.protocol.tables import TARGET


def rows(classes):
    return pd.DataFrame({"x": np.zeros(len(classes)), TARGET: pd.Categorical(list(classes), ["n", "y"])})


def test_scores_of_both_tests_and_of_every_domain_that_is_large_enough():
    shifted, domains = rows("ny" * 40), pd.Series(["a"] * 30 + ["b"] * 40 + ["few"] * 10)
    parts = ShiftedRows(rows("ny"), rows("ny"), rows("ny" * 10), shifted, domains, "b")
    right = np.tile([[0.8, 0.2], [0.2, 0.8]], (40, 1))
    p = np.where((domains == "b").to_numpy()[:, None], right[:, ::-1], right)
    found = of_parts(parts, right[:20], p)
    assert plain(found) and (found["in_auc"], found["in_log_loss"]) == (1.0, pytest.approx(-np.log(0.8)))
    assert found["in_ece"] == pytest.approx(0.2) and 0 < found["out_auc"] < 1
    assert {name: one["rows"] for name, one in found["by_domain"].items()} == {"a": 30, "b": 40}
    assert found["worst_log_loss"] == found["by_domain"]["b"]["log_loss"] == pytest.approx(-np.log(0.2))
    assert found["by_domain"]["b"]["auc"] == 0.0 and found["by_domain"]["b"]["ece"] == pytest.approx(0.8)


def test_options_are_resolved_by_what_a_cell_measures():
    common = {"draws": 39}
    assert resolved({**common, "size": True, "fine_tune_steps": 2}, Setting(3)) == {"draws": 39, "seed": 3}
    assert resolved({**common, "peer": "LightGBM"}, Setting(3)) == {"peer": "LightGBM", "seed": 3}
    tuned = resolved({**common, "method": "causalmix", "environments": True}, Setting(3))
    assert tuned["environments"] is True and tuned["keeps_domain"] is False and tuned["weights"]
    assert "draws" not in tuned and "peer" not in tuned and tuned["seed"] == 3


@pytest.fixture
def made(monkeypatch):
    """Cells of a table with domains, whose domain says much of the class."""

    def load(frame):
        monkeypatch.setattr(content, "load", lambda name: frame)
        content._table.cache_clear()

        def cell(split, hyperparameters):
            options = resolved({"fine_tune_steps": 2, "discovery_resamples": 2} | hyperparameters, Setting())
            return Cell("", "benchmarks.protocol.shift_scores:under_shift", "made", digest(frame), split, options, "1")

        return cell

    yield load
    content._table.cache_clear()


def domains(n=600):
    rng = np.random.default_rng(0)
    site, x = rng.choice(list("pqrstu"), n), rng.standard_normal((n, 2))
    y = pd.Categorical(np.where(x[:, 0] + 0.3 * rng.standard_normal(n) > 0, "yes", "no"))
    return pd.DataFrame({"x": x[:, 0], "z": x[:, 1], DOMAIN: pd.Categorical(site), TARGET: y})


@pytest.mark.parametrize("peer", ["LightGBM", "random forest"])
def test_peers_choose_by_validation_rows_and_are_fitted_to_all(made, peer, monkeypatch):
    from benchmarks.protocol import peers

    seen, choose = [], peers.make_validated

    def spy(name, seed, *parts):
        model = choose(name, seed, *parts)
        fit = model.fit
        model.fit = lambda X, y: (seen.append((*map(len, parts), len(X))), fit(X, y))[1]
        return model

    monkeypatch.setattr(peers, "make_validated", spy)
    found = under_shift(made(domains())(DomainShift(rows=100), {"peer": peer}))
    assert seen == [(80, 80, 20, 20, 100)] and found["in_auc"] > 0.8 and found["out_auc"] > 0.8 and found["seconds"] > 0


@pytest.mark.parametrize("method", [{"fine_tune": False}, {"method": "default"}, {"environments": True}])
def test_tuned_models_are_scored_on_both_sides(made, method):
    found = under_shift(made(domains())(DomainShift(rows=100), method))
    assert plain(found) and not found["fallbacks"]
    assert found["in_auc"] > 0.8 and found["out_auc"] > 0.8 and found["seconds"] > 0
    assert found["worst_log_loss"] >= max(one["log_loss"] for one in found["by_domain"].values())
    assert len(found["by_domain"]) == 2, "two of six sites are held out"


def test_who_is_told_the_domain_sees_that_of_the_second_test_as_unknown(made, monkeypatch):
    from autogluon_causalmix.finetune.estimator import CausalMixEstimator
    from autogluon_causalmix.finetune.fitted import FittedMitra

    seen, asked = [], []
    fit, predict = CausalMixEstimator.fit, FittedMitra.predict_proba
    monkeypatch.setattr(CausalMixEstimator, "fit", lambda self, X, *a, **k: (seen.append(X), fit(self, X, *a, **k))[1])
    monkeypatch.setattr(FittedMitra, "predict_proba", lambda self, X: (asked.append(X), predict(self, X))[1])
    cell = made(domains())
    told = {"method": "default", "keeps_domain": True, "environment_column": DOMAIN}
    found = under_shift(cell(DomainShift(rows=100), told))
    plain_rows = DomainShift(rows=100).draw(domains())
    pd.testing.assert_frame_equal(seen[0].drop(columns=DOMAIN), plain_rows.train.drop(columns=TARGET))
    known = set(seen[0][DOMAIN].cat.categories)
    assert known == set(seen[0][DOMAIN]) and not known & set(asked[1][DOMAIN]) and known >= set(asked[0][DOMAIN])
    assert not found["fallbacks"]


def test_the_size_of_a_shift_is_a_cell_and_each_world_has_its_own(made, monkeypatch):
    measured = []

    def size(parts, rng, draws):
        measured.append((parts.held_out, draws, int(rng.integers(100))))
        return SimpleNamespace(to_dict=lambda: {"domain_auc": 0.5})

    monkeypatch.setattr(shift_scores, "shift_size", size)
    found = under_shift(made(domains())(DomainShift(rows=100), {"size": True, "draws": 19}))
    assert set(found["sizes"]) == {"domain"} and plain(found)
    assert found["sizes"]["domain"]["rows_of_parts"][:2] == [80, 20] and found["sizes"]["domain"]["domain_auc"] == 0.5
    cell = made(interventions.load("intervened-01"))
    sizes = under_shift(cell(WorldsShift(rows=60), {"size": True, "draws": 39}))["sizes"]
    assert list(sizes) == list(WORLDS) and sizes["parents"]["held_out"] == "intervention on parents"
    assert sizes["parents"]["rows_of_parts"] == [48, 12, 2000, interventions.WORLD_ROWS]
    assert [draws for _, draws, _ in measured] == [19] + [39] * 5 and len({seed for *_, seed in measured}) == 1
