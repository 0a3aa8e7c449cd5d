"""A watched fit is the fit that nobody watched; a shared generator gives the rows of one of its own."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.generators.base import fitted as fit_to
from autogluon_causalmix.generators.catalogue import GENERATORS, FitContext, make_generator
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.mitra import load_tab2d
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis import fitting
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol import sharing
from benchmarks.protocol.sharing import GeneratorCache, rows_key, shared_generators
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.trajectory import Trajectory

from ...conftest import blobs

QUICK = {"fine_tune_steps": 3, "discovery_resamples": 2, "pool_rows": 200}
#: What makes the slow ones quick; their rows are compared, not judged.
FEW = {"ctgan": {"epochs": 2}, "tabebm": {"n_steps": 2, "n_rows": 40}, "scm": {"n_dags": 2}}


def test_watching_changes_nothing_and_sees_every_step(tiny_classifier):
    X, y = blobs(60)
    options = CausalMixOptions.from_hyperparameters({"hf_model": tiny_classifier, "n_views": 1} | QUICK)
    estimator = CausalMixEstimator(options, "binary", 2)
    frame = X.assign(**{TARGET: pd.Categorical(y)})
    watched = Trajectory(frame[40:], frame[40:])
    seen = estimator.fit(X[:40], y[:40], X[40:], y[40:], observe=watched)
    alone = estimator.fit(X[:40], y[:40], X[40:], y[40:])
    assert np.array_equal(seen.predict_proba(X), alone.predict_proba(X))
    (scores,) = alone.report.validation_scores
    (kept,) = alone.report.step_kept
    recorded = watched.record(kept)
    assert recorded["steps"]["validation_log_loss"] == pytest.approx(scores, rel=1e-5), "what the fit chose by"
    assert recorded["steps"]["test_log_loss"] == recorded["steps"]["validation_log_loss"]
    chosen = alone.predict_proba(X[40:])[np.arange(20), y[40:]]
    # Steps may round to bfloat16, predictions less.
    assert recorded["row_losses_kept"] == pytest.approx(-np.log(chosen), rel=3e-2, abs=1e-2)
    assert np.mean(recorded["row_losses_untuned"]) == pytest.approx(scores[0], rel=1e-5)


def fitted(name, table, cache, folder, seed=0):
    """The generator that a fit would get, through the cache or (None) anew."""
    context = FitContext(
        "y", seed, None, lambda: InContextEnergy(load_tab2d(folder)), DiscoveryOptions(n_resamples=2), Knowledge()
    )
    if cache is None:
        return fit_to(make_generator(name, FEW.get(name, {}), context), table)
    with shared_generators(cache, folder):
        return fit_to(fitting.make_generator(name, FEW.get(name, {}), context), table)


def table_of(rows=slice(None)):
    X, y = blobs(60)
    frame = X.assign(y=y)[rows].reset_index(drop=True)
    return TypedTable.from_frame(frame, categorical=["y"])


@pytest.mark.parametrize("name", GENERATORS)
def test_rows_are_the_same_with_and_without_the_cache(name, tiny_classifier):
    for package in ("ctgan", "imblearn"):
        if name in (package, "smote"):
            pytest.importorskip(package)
    cache = GeneratorCache()
    first = fitted(name, table_of(), cache, tiny_classifier)
    first.sample(17, np.random.default_rng(8))  # another cell drew from it in between
    again = fitted(name, table_of(), cache, tiny_classifier)
    assert again is first and len(cache.fits) == 1
    fresh = fitted(name, table_of(), None, tiny_classifier)
    drawn = [generator.sample(50, np.random.default_rng(1)) for generator in (again, fresh)]
    assert np.array_equal(drawn[0].values, drawn[1].values, equal_nan=True)


def test_other_rows_options_and_seeds_are_other_fits(tiny_classifier):
    cache = GeneratorCache()
    for name, rows, seed in (("jitter", slice(None), 0), ("jitter", slice(40), 0), ("jitter", slice(None), 1)):
        fitted(name, table_of(rows), cache, tiny_classifier, seed)
    fitted("mixup", table_of(), cache, tiny_classifier)
    assert len(cache.fits) == 4


def test_a_key_knows_levels_options_and_weights():
    table, context = table_of(), FitContext("y")
    key = rows_key("scm", {}, context, "mini", table)
    assert rows_key("scm", {}, FitContext("y", energy=print), "mini", table) == key
    others = [
        rows_key("copula", {}, context, "mini", table),
        rows_key("scm", {"mechanism": "ridge"}, context, "mini", table),
        rows_key("scm", {}, context, "other weights", table),
        rows_key("scm", {}, FitContext("y", seconds=3.0), "mini", table),
        rows_key("scm", {}, FitContext("y", seed=1), "mini", table),
        rows_key("scm", {}, FitContext("y", discovery=DiscoveryOptions(alpha=0.2)), "mini", table),
        rows_key("scm", {}, FitContext("y", knowledge=Knowledge.of(roots=["a"])), "mini", table),
    ]
    renamed = table.to_frame()
    renamed["e"] = renamed["e"].cat.rename_categories({"u": "other"})
    others.append(rows_key("scm", {}, context, "mini", TypedTable.from_frame(renamed, categorical=["y"])))
    assert len({key, *others}) == 1 + len(others)


def test_fits_of_one_cell_are_counted_and_the_oldest_goes(tiny_classifier, monkeypatch):
    monkeypatch.setattr(sharing, "KEPT_FITS", 2)
    cache, X, y = GeneratorCache(), *blobs(60)
    before = fitting.make_generator
    options = CausalMixOptions.from_hyperparameters({"hf_model": tiny_classifier, "generator": "jitter"} | QUICK)
    predictions = []
    for _ in range(2):
        with shared_generators(cache, tiny_classifier):
            model = CausalMixEstimator(options, "binary", 2).fit(X[:25], y[:25], X[25:], y[25:])
        predictions.append(model.predict_proba(X))
        assert cache.first_used.table.values.shape == (25, 6)
    assert np.array_equal(*predictions) and cache.seconds_saved > 0
    with shared_generators(cache, tiny_classifier):
        assert cache.used == [] and cache.seconds_saved == 0
    fitted("mixup", table_of(), cache, tiny_classifier)
    fitted("bootstrap", table_of(), cache, tiny_classifier)
    assert len(cache.fits) == 2 and fitting.make_generator is before


def test_what_cannot_be_fitted_is_not_kept():
    cache = GeneratorCache()

    class Broken:
        def fit(self, table):
            raise ValueError("broken")

        def sample(self, n, rng):
            return pd.DataFrame()

    with pytest.raises(ValueError, match="broken"):
        cache.fitted("key", Broken, table_of())
    assert not cache.fits and cache.first_used is None
