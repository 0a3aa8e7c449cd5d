"""One contract for all generators, whatever makes their rows."""

import contextlib
import json
import pickle
import random
import threading
import warnings

import numpy as np
import pandas as pd
import psutil
import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.generators.base import RowGenerator, RowPool, describe, draw, fitted, import_seconds, warm_up
from autogluon_causalmix.generators.catalogue import GENERATORS, FitContext, make_generator, maker_of
from autogluon_causalmix.generators.mixed_model import TEACHERS, MixedModel, _teacher
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame, seconds_of

#: Fewer epochs and steps: the contract holds however well a generator is trained.
QUICK = {
    "scm": {"discovery_resamples": 3, "generator_options": {"n_dags": 2}},
    "ctgan": {"generator_options": {"epochs": 2, "batch_size": 100}},
    "tabebm": {"generator_options": {"n_steps": 2, "n_rows": 400}},
    "mixed_model": {"generator_options": {"n_models": 2}},
}
CLASSES_ONLY = ("tabebm", "smote")
#: Two epochs teach a GAN no shares.
UNTRAINED = ("ctgan",)


class Plain:
    """A third party's generator, nothing beyond the contract: no hook, frames, a fit that returns nothing."""

    def fit(self, table):
        self.frame = table.to_frame()

    def sample(self, n, rng):
        return self.frame.iloc[rng.integers(len(self.frame), size=n)].reset_index(drop=True)


#: A GAN takes seconds for whatever it does.
PARAMS = [pytest.param(name, marks=pytest.mark.slow) if name == "ctgan" else name for name in GENERATORS]
PARAMS.append(pytest.param(f"{__name__}:Plain", id="third party"))


@pytest.fixture(params=PARAMS)
def name(request):
    if request.param == "ctgan":
        pytest.importorskip("ctgan")
    if request.param == "smote":
        pytest.importorskip("imblearn")
    return request.param


@pytest.fixture
def make(name, tiny_classifier):
    def energy():
        from autogluon_causalmix.incontext.energy import InContextEnergy
        from autogluon_causalmix.incontext.mitra import load_tab2d

        return InContextEnergy(load_tab2d(tiny_classifier))

    def made(seed=0, seconds=None, **options):
        options = CausalMixOptions.from_hyperparameters({"generator": name, **QUICK.get(name, {}), **options})
        options.check("binary")
        context = FitContext("label", seed, seconds, energy, options.discovery, options.knowledge)
        return make_generator(options.synthesis.generator, options.synthesis.generator_options, context)

    return made


def typed(frame):
    return TypedTable.from_frame(frame, categorical=["label"])


def rows_of(generator, table, n, seed=0):
    return table.with_values(draw(generator, n, np.random.default_rng(seed), table)).to_frame()


def assert_like(rows, frame):
    """Columns, dtypes, levels, bounds and gaps of ``rows`` are those of ``frame``."""
    assert list(rows.columns) == list(frame.columns)
    for name in frame.columns:
        real, drawn = frame[name].dropna(), rows[name].dropna()
        if not frame[name].isna().any():
            assert not rows[name].isna().any(), name
        if frame[name].isna().any() or not rows[name].isna().any():
            assert rows[name].dtype == frame[name].dtype, name
        if isinstance(frame[name].dtype, pd.CategoricalDtype) or frame[name].dtype == object:
            assert set(drawn) <= set(real), name
        elif len(drawn):
            assert real.min() <= drawn.min() and drawn.max() <= real.max(), name
            if pd.api.types.is_integer_dtype(real) or pd.api.types.is_datetime64_any_dtype(real):
                assert len(real) == 0 or (drawn == drawn.round() if real.dtype.kind == "i" else drawn.isin(real)).all()


@pytest.mark.parametrize("n", [20, 100])
def test_rows_have_the_tables_types_and_values(make, name, n):
    frame = messy_frame(n)
    generator = make()
    assert isinstance(generator, RowGenerator)
    table = typed(frame)
    rows = rows_of(fitted(generator, table), table, 400)
    assert_like(rows, frame)
    assert set(rows["label"]) == set(frame["label"]), "every class in a large draw"
    assert (rows["constant"] == 7).all() and rows["empty"].isna().all()
    if n == 100 and name != "table_augment":  # a feature that it drops holds one value
        for gappy in ("gaps", "class_gaps"):
            assert 0 < rows[gappy].isna().mean() < 1
            if name not in UNTRAINED:
                assert abs(rows[gappy].isna().mean() - frame[gappy].isna().mean()) < 0.15, gappy


def test_the_same_seed_gives_the_same_rows_and_others_differ(make):
    table = typed(messy_frame(60))
    first, second = (fitted(make(), table) for _ in range(2))
    pd.testing.assert_frame_equal(rows_of(first, table, 50, 1), rows_of(second, table, 50, 1))
    assert not rows_of(first, table, 50, 1).equals(rows_of(first, table, 50, 2))


def test_nothing_outside_is_touched(make, capfd):
    import torch

    table = typed(messy_frame(60))
    values = table.values.copy()
    generator = make()
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    before = random.getstate(), np.random.get_state()[1].copy(), torch.get_rng_state()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        draw(fitted(generator, table), 30, np.random.default_rng(0), table)
    assert random.getstate() == before[0]
    assert (np.random.get_state()[1] == before[1]).all() and (torch.get_rng_state() == before[2]).all()
    np.testing.assert_array_equal(table.values, values)
    assert capfd.readouterr() == ("", "") and not [str(w.message) for w in warned]


def test_what_it_says_of_itself_fits_a_report(make, name):
    """Hooks are optional; whoever has them keeps to their form."""
    maker = maker_of(name)
    assert import_seconds(maker) >= 0
    warm_up(maker)
    assert import_seconds(maker) == 0, "everything is imported"
    table = typed(messy_frame(60))
    about = describe(fitted(make(), table))
    json.dumps([about.graph_resamples, list(about.edges), list(about.dags), dict(about.seconds)], allow_nan=False)
    assert not about.remarks and set(about.edges[0] if about.edges else ()) <= {"from", "to", "probability", "stated"}
    assert all(len(edge) == 2 and set(edge) <= set(table.names) for dag in about.dags for edge in dag)
    assert bool(about.dags) == (name == "scm"), "only one of them has a graph"


def test_a_fitted_generator_can_be_pickled(make):
    table = typed(messy_frame(60))
    generator = fitted(make(), table)
    again = pickle.loads(pickle.dumps(generator))
    pd.testing.assert_frame_equal(rows_of(generator, table, 20), rows_of(again, table, 20))


def test_sixty_columns_of_twenty_rows(make):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((20, 60)) @ rng.standard_normal((60, 60))).add_prefix("x")
    frame["label"] = pd.Categorical(rng.choice(["yes", "no"], 20))
    table = typed(frame)
    assert_like(rows_of(fitted(make(), table), table, 40), frame)


@pytest.mark.parametrize("kind", ["numbers", "classes"])
def test_one_kind_of_columns_and_classes_of_one_and_two_rows(make, name, kind):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((60, 3)), columns=list("abc"))
    if kind == "classes":
        frame = frame.apply(lambda x: pd.Categorical(np.where(x > 0, "high", "low")))
    frame["label"] = pd.Categorical(["lone"] + 2 * ["pair"] + 37 * ["many"] + 20 * ["some"])
    table = typed(frame)
    generator = fitted(make(), table)
    rows = rows_of(generator, table, 3000)
    assert_like(rows, frame)
    if name in UNTRAINED:
        return
    if name != "mixed_model":  # its teachers may leave rare classes out
        assert set(rows["label"]) == set(frame["label"])
        shares = rows["label"].value_counts(normalize=True)
        assert abs(shares["many"] - 37 / 60) < 0.1, "imbalance is kept"
    pool = RowPool(generator, 400, np.random.default_rng(0), table, balance=True)
    counts = np.unique(pool.take(400)[:, -1], return_counts=True)[1]
    assert counts.max() - counts.min() <= 1, "or balanced"


def test_a_numeric_target(make, name):
    frame = messy_frame(80).drop(columns="label")
    frame["label"] = frame["number"] * 3 + 1
    table = TypedTable.from_frame(frame)
    if name in CLASSES_ONLY:
        with pytest.raises(DataError, match="numeric"):
            make().fit(table)
        return
    rows = rows_of(fitted(make(), table), table, 100)
    assert_like(rows, frame)
    assert rows["label"].nunique() > 5 and rows["label"].notna().all()


def test_nothing_but_constants_beside_the_target(make, name):
    frame = pd.DataFrame({"a": 1.0, "b": "x", "label": pd.Categorical(["yes", "no"] * 10)})
    table = typed(frame)
    if name == "tabebm":
        with pytest.raises(DataError, match="no feature varies"):
            make().fit(table)
        return
    assert_like(rows_of(fitted(make(), table), table, 50), frame)


@pytest.mark.slow
def test_memory_of_500_rows_and_20_columns(make, name, tiny_classifier):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((500, 3)) @ rng.standard_normal((3, 20))).add_prefix("x")
    frame.iloc[:, ::4] = (frame.iloc[:, ::4] > 0).astype(int)
    frame["label"] = pd.Categorical(np.where(frame["x1"] + rng.standard_normal(500) > 0, "yes", "no"))
    table = typed(frame)
    # On a busy machine CTGAN's least epochs take more than 10 s. Seconds: benchmarks/costs/generators.py.
    full = {"generator_options": {}, "discovery_resamples": 50, "seconds": 30.0 if name == "ctgan" else 10.0}
    fitted(make(**full), table)  # what is imported on the way is not counted
    with peak_memory() as peak:
        draw(fitted(make(**full), table), 1000, rng, table)
    assert peak[0] < 500e6


@contextlib.contextmanager
def peak_memory():
    """Most bytes that the process grew by, torch's included, looked at every 10 ms."""
    process, peak, done = psutil.Process(), [0], threading.Event()
    before = process.memory_info().rss

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss - before)

    thread = threading.Thread(target=watch)
    thread.start()
    yield peak
    done.set()
    thread.join()


@pytest.mark.parametrize("kind", TEACHERS)
def test_every_teacher_of_a_mixed_model_serves_both_kinds_of_targets(kind):
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 3))
    y = 1e5 * x[:, 0]
    regressor = TransformedTargetRegressor(_teacher(kind, False, rng), transformer=StandardScaler()).fit(x, y)
    assert np.corrcoef(regressor.predict(x), y)[0, 1] > 0.5
    assert (_teacher(kind, True, rng).fit(x, y > 0).predict(x) == (y > 0)).mean() > 0.7


def test_a_mixed_model_labels_with_what_the_target_can_hold():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((80, 3)), columns=list("abc"))
    frame["label"] = rng.poisson(np.exp(frame["a"]))
    table = TypedTable.from_frame(frame)
    for seed in range(5):
        labels = MixedModel(seed=seed).fit(table).sample(200, rng).values[:, -1]
        assert (labels == np.round(labels)).all() and labels.min() >= 0 and labels.max() <= frame["label"].max()


@pytest.mark.slow
@pytest.mark.alone
def test_a_gan_keeps_its_time_and_the_package_is_as_it_was():
    ctgan = pytest.importorskip("ctgan")
    from autogluon_causalmix.generators.ctgan import CTGANGenerator

    table = typed(messy_frame(100))
    CTGANGenerator(epochs=20, batch_size=100).fit(table)  # imports
    short = seconds_of(lambda: CTGANGenerator(epochs=20, batch_size=100).fit(table))
    generator = CTGANGenerator(epochs=100_000, batch_size=100, seconds=6.0)
    assert seconds_of(lambda: generator.fit(table)) - 6.0 < short
    assert 20 <= generator.epochs_run < 100_000
    assert "_apply_activate" not in vars(generator._model) and callable(ctgan.CTGAN._apply_activate)
    with pytest.raises(TimeoutError, match="too short for 20 epochs"):
        CTGANGenerator(seconds=0.0).fit(table)
