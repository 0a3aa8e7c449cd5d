"""A watched fit is the fit that nobody watched; a shared generator gives the rows of one of its own."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.generators import catalogue
from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.incontext.energy import InContextEnergy
from autogluon_causalmix.incontext.mitra import load_tab2d
from autogluon_causalmix.options import GENERATORS, CausalMixOptions
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol import hooks
from benchmarks.protocol.hooks import GeneratorCache, ObservedEstimator, rows_key, shared_generators

from ...conftest import blobs

QUICK = {"fine_tune_steps": 3, "n_resamples": 2, "n_dags": 2, "pool_rows": 200}
#: What makes the slow ones quick; their rows are compared, not judged.
FEW = {"ctgan": {"epochs": 2}, "tabebm": {"n_steps": 2, "n_rows": 40}}


def test_watching_changes_nothing_and_sees_every_step(tiny_classifier):
    X, y = blobs(60)
    options = CausalMixOptions(hf_model=tiny_classifier, **QUICK)
    seen = []
    watched = ObservedEstimator(options, "binary", 2)
    watched.observe = lambda step, score, predict: seen.append((step, score, predict(X[40:])))
    watched.fit(X[:40], y[:40], X[40:], y[40:])
    alone = CausalMixEstimator(options, "binary", 2).fit(X[:40], y[:40], X[40:], y[40:])
    assert np.array_equal(watched.predict_proba(X), alone.predict_proba(X))
    (scores,) = alone.report.validation_scores
    assert [step for step, _, _ in seen] == [0, 1, 2, 3] and [score for _, score, _ in seen] == pytest.approx(scores)
    for _, score, p in seen:
        assert -np.log(p[np.arange(20), y[40:]]).mean() == pytest.approx(score, rel=1e-4)


def fitted(name, table, cache, folder, seed=0):
    """The generator that a fit would get, through the cache or (None) anew."""
    options = CausalMixOptions(
        hf_model=folder, generator=name, generator_options=FEW.get(name, {}), n_resamples=2, n_dags=2
    )
    context = FitContext("y", seed, None, lambda: InContextEnergy(load_tab2d(folder)))
    if cache is None:
        generator = catalogue.make_generator(options, Knowledge(), context)
        return generator.fit(table) or generator
    with shared_generators(cache):
        return hooks.synthesis.make_generator(options, Knowledge(), context).fit(table)


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
    own = fitted(name, table_of(), None, tiny_classifier)
    drawn = [generator.sample(50, np.random.default_rng(1)) for generator in (again, own)]
    assert np.array_equal(drawn[0].values, drawn[1].values, equal_nan=True)


def test_other_rows_options_and_seeds_are_other_fits(tiny_classifier):
    cache = GeneratorCache()
    for name, rows, seed in (("jitter", slice(None), 0), ("jitter", slice(40), 0), ("jitter", slice(None), 1)):
        fitted(name, table_of(rows), cache, tiny_classifier, seed)
    fitted("mixup", table_of(), cache, tiny_classifier)
    assert len(cache.fits) == 4


def test_a_key_knows_levels_and_leaves_out_how_rows_are_used():
    options, table = CausalMixOptions(), table_of()
    key = rows_key(options, table, 0, None)
    assert rows_key(CausalMixOptions(mix_ratio=1.0, lr=1e-3, mix_into="both"), table, 0, None) == key
    assert rows_key(CausalMixOptions(mechanism="ridge"), table, 0, None) != key
    assert rows_key(options, table, 0, 3.0) != key
    renamed = table.to_frame()
    renamed["e"] = renamed["e"].cat.rename_categories({"u": "other"})
    assert rows_key(options, TypedTable.from_frame(renamed, categorical=["y"]), 0, None) != key
    unknown = {f for f in hooks.OF_THE_USE if f not in CausalMixOptions.__dataclass_fields__}
    assert not unknown, f"{unknown} are no options any more"


def test_fits_of_one_cell_are_counted_and_the_oldest_goes(tiny_classifier, monkeypatch):
    monkeypatch.setattr(hooks, "KEPT_FITS", 2)
    cache, X, y = GeneratorCache(), *blobs(60)
    before = hooks.synthesis.make_generator
    options = CausalMixOptions(hf_model=tiny_classifier, generator="jitter", **QUICK)
    predictions = []
    for _ in range(2):
        with shared_generators(cache):
            estimator = CausalMixEstimator(options, "binary", 2).fit(X[:25], y[:25], X[25:], y[25:])
        predictions.append(estimator.predict_proba(X))
        assert cache.first_used.table.values.shape == (25, 6)
    assert np.array_equal(*predictions) and cache.seconds_saved > 0
    with shared_generators(cache):
        assert cache.used == [] and cache.seconds_saved == 0
    fitted("mixup", table_of(), cache, tiny_classifier)
    fitted("bootstrap", table_of(), cache, tiny_classifier)
    assert len(cache.fits) == 2 and hooks.synthesis.make_generator is before


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
