"""Row generators: one contract, and the pool that hands rows out."""

import pickle

import numpy as np
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.generators.base import RowGenerator, RowPool
from autogluon_causalmix.generators.scm import SCMGenerator
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame

GENERATORS = {"scm": lambda: SCMGenerator("label", DiscoveryOptions(n_resamples=3), n_dags=2)}


@pytest.fixture(params=GENERATORS)
def generator(request):
    return GENERATORS[request.param]()


def table(n=100):
    return TypedTable.from_frame(messy_frame(n), categorical=["label"])


def test_it_is_a_generator(generator):
    assert isinstance(generator, RowGenerator)


@pytest.mark.parametrize("n", [20, 100])
def test_rows_have_the_tables_types_and_values(generator, n):
    frame = messy_frame(n)
    rows = generator.fit(table(n)).sample(300, np.random.default_rng(0)).to_frame()
    assert list(rows.columns) == list(frame.columns)
    for name in frame.columns:
        assert set(rows[name].dropna()) <= set(frame[name].dropna()), name
        if not frame[name].isna().any():
            assert rows[name].dtype == frame[name].dtype
    assert set(rows["label"]) == set(frame["label"]), "every class in a large draw"
    if n == 100:
        assert abs(rows["gaps"].isna().mean() - frame["gaps"].isna().mean()) < 0.12


def test_the_same_seed_gives_the_same_rows_and_others_differ(generator):
    first, second = (GENERATORS["scm"]().fit(table()) for _ in range(2))
    draw = first.sample(50, np.random.default_rng(1)).values
    np.testing.assert_array_equal(draw, second.sample(50, np.random.default_rng(1)).values)
    assert not np.array_equal(draw, first.sample(50, np.random.default_rng(2)).values, equal_nan=True)


def test_global_random_state_and_input_are_left_alone(generator):
    np.random.seed(3)
    before, source = np.random.get_state()[1].copy(), table()
    values = source.values.copy()
    generator.fit(source).sample(10, np.random.default_rng(0))
    assert (np.random.get_state()[1] == before).all()
    np.testing.assert_array_equal(source.values, values)


def test_a_fitted_generator_can_be_pickled(generator):
    fitted = generator.fit(table())
    again = pickle.loads(pickle.dumps(fitted))
    rows = [g.sample(20, np.random.default_rng(0)).values for g in (fitted, again)]
    np.testing.assert_array_equal(*rows)


def test_sixty_columns():
    rng = np.random.default_rng(0)
    import pandas as pd

    wide = pd.DataFrame(rng.standard_normal((80, 60)) @ rng.standard_normal((60, 60)))
    wide["label"] = pd.Categorical(rng.choice(["yes", "no"], 80))
    source = TypedTable.from_frame(wide, categorical=["label"])
    rows = GENERATORS["scm"]().fit(source).sample(40, rng)
    assert rows.values.shape == (40, 61)


def test_a_time_limit_gives_fewer_scms_or_says_so():
    hurried = SCMGenerator("label", n_dags=10_000, seconds=1.0).fit(table())
    assert 1 <= len(hurried.scms) < 10_000
    with pytest.raises(TimeoutError):
        SCMGenerator("label", seconds=0.0).fit(table())


def test_the_pool_hands_out_each_row_once():
    class Counter:
        def __init__(self):
            self.at = 0

        def fit(self, table):
            return self

        def sample(self, n, rng):
            self.at += n
            return TypedTable((), np.arange(self.at - n, self.at, dtype=float)[:, None])

    pool = RowPool(Counter(), 10, np.random.default_rng(0))
    taken = np.concatenate([pool.take(k) for k in (3, 4, 5, 25, 1)])[:, 0]
    assert taken.tolist() == list(range(38))
    assert pool.drawn >= 38
