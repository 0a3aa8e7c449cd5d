"""Parts of a generator: an episode's rows come from one of them."""

import numpy as np
import pytest

from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.generators.base import parts
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.generators.controls import Bootstrap
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.part_pools import PartPools
from autogluon_causalmix.table import TypedTable

from .conftest import blobs, estimator


class Constant:
    def __init__(self, value):
        self.value = value

    def fit(self, table):
        self.table = table
        return self

    def sample(self, n, rng):
        return self.table.with_values(np.full((n, len(self.table.columns)), self.value))


class Three:
    """Rows of zeros, of ones, of twos."""

    def fit(self, table):
        self.constants = [Constant(float(k)).fit(table) for k in range(3)]
        return self

    def sample(self, n, rng):
        return self.constants[rng.integers(3)].sample(n, rng)

    def parts(self):
        return self.constants


def table():
    X, y = blobs(40, n_classes=3)
    return TypedTable.from_frame(X.drop(columns="e").assign(y=y))


def test_what_is_taken_at_once_is_of_one_part_and_every_part_has_its_turn():
    pools = PartPools(parts(Three().fit(table())), 12, 0, table())
    takes = [pools.take(7) for _ in range(60)]
    assert all(len(rows) == 7 and np.ptp(rows) == 0 for rows in takes)
    counts = np.unique([rows[0, 0] for rows in takes], return_counts=True)
    assert counts[0].tolist() == [0, 1, 2] and counts[1].min() > 8
    assert pools.drawn >= 420


def test_a_generator_without_parts_is_its_own_and_a_wrong_hook_is_named():
    whole = Bootstrap().fit(table())
    assert parts(whole) == (whole,)
    broken = Three().fit(table())
    broken.parts = lambda: []
    with pytest.raises(DataError, match=r"Three.parts\(\) returned \[\] instead of a list of generators"):
        parts(broken)


def test_the_parts_of_an_scm_are_its_dags():
    generator = SCMGenerator(target="y", n_dags=3).fit(table())
    found = parts(generator)
    assert [part.scm for part in found] == generator.scms and len(found) == 3
    rng = np.random.default_rng
    np.testing.assert_array_equal(
        found[1].fit(table()).sample(5, rng(0)).values, generator.scms[1].draw(5, rng(0)).values
    )


def test_a_fit_takes_each_episode_from_one_dag(tiny_classifier):
    X, y = blobs(60)
    options = {"one_dag_per_episode": True, "mix_ratio": 1.0, "balance_classes": True}
    report = estimator(tiny_classifier, **options).fit(X, y).report
    assert not report.fallbacks and report.rows_synthetic_used > 0 and len(report.dags) == 2
    assert report.fidelity is not None, "all parts together are measured"


def test_an_episode_from_one_of_no_parts_is_refused():
    options = CausalMixOptions.from_hyperparameters({"generator": "copula", "one_dag_per_episode": True})
    with pytest.raises(OptionError, match="generator='copula' has no parts to draw an episode's rows from"):
        options.check("binary")
    CausalMixOptions.from_hyperparameters({"generator": "copula", "one_dag_per_episode": True, "mix_ratio": 0}).check()
