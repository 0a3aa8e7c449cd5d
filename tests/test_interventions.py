"""Synthetic episodes from intervened worlds: one world each, or other worlds for support and query."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators.base import RowPool
from autogluon_causalmix.incontext.learner import InContextModel
from autogluon_causalmix.options import CausalMixOptions, SynthesisOptions
from autogluon_causalmix.synthesis.interventions import Intervening, WorldPool, pool_of
from autogluon_causalmix.table import TypedTable

from .conftest import blobs, estimator

TABLE = TypedTable.from_frame(
    pd.DataFrame({"world": np.arange(90.0), "row": 0.0, "y": pd.Categorical(list("aab") * 30)}), categorical=["y"]
)


class Worlds:
    """Rows tell their world and their number in it; ``classes(world, row)`` are their classes."""

    def __init__(self, classes=lambda world, row: row % 2):
        self.classes, self.asked = classes, []

    def fit(self, table):
        return self

    def sample(self, n, rng):
        return self.sample_in(0, n, rng)

    def draw_world(self, strength, rng):
        self.asked.append(strength)
        return len(self.asked)

    def sample_in(self, world, n, rng):
        row = np.arange(n)
        return TABLE.with_values(np.column_stack((np.full(n, world), row, self.classes(world, row))))


def pool(generator, **options):
    return pool_of(generator, SynthesisOptions(**options), 1000, np.random.default_rng(0), TABLE)


def test_without_the_options_the_pool_is_what_it_was():
    generator = Worlds()
    plain = pool(generator)
    assert type(plain) is RowPool and plain.generator is generator


def test_all_rows_that_are_taken_at_once_are_of_one_world_and_each_time_of_another():
    generator = Worlds()
    rows = pool(generator, shift_strength=0.7)
    taken = [set(rows.take(n)[:, 0]) for n in (30, 1, 50)]
    assert taken == [{1.0}, {2.0}, {3.0}] and generator.asked == [0.7] * 3


def test_support_and_query_are_of_different_worlds_and_of_new_ones_in_every_episode():
    rows = pool(Worlds(), environments=True)
    for k in range(3):
        episode = rows.take_apart(40, 10)
        assert episode.shape == (50, 3)
        assert set(episode[:40, 0]) == {2.0 * k + 1} and set(episode[40:, 0]) == {2.0 * k + 2}
        assert len(np.unique(episode[:40, 1])) == 40, "no row twice"
    assert isinstance(rows, WorldPool) and rows.generator.strength == 1.0


def test_more_worlds_share_the_support():
    rows = pool(Worlds(), environments=4, shift_strength=2.0)
    episode = rows.take_apart(40, 10)
    assert np.unique(episode[:40, 0], return_counts=True)[1].tolist() == [14, 13, 13]
    assert set(episode[40:, 0]) == {4.0} and rows.generator.strength == 2.0


def test_the_support_has_every_class_that_its_world_shows():
    def rare(world, row):
        return (row == 59).astype(float)  # one of 60 rows that are drawn

    for _ in range(5):
        episode = pool(Worlds(rare), environments=True).take_apart(40, 10)
        assert set(episode[:40, 2]) == {0.0, 1.0} and len(episode) == 50


def test_query_rows_of_a_class_that_the_support_lacks_are_taken_last():
    def by_world(world, row):
        return np.zeros(len(row)) if world == 1 else (row % 2).astype(float)

    episode = pool(Worlds(by_world), environments=True).take_apart(40, 10)
    assert set(episode[:, 2]) == {0.0}
    only_unknown = pool(Worlds(lambda world, row: np.full(len(row), world - 1.0)), environments=True)
    assert set(only_unknown.take_apart(40, 10)[40:, 2]) == {1.0}, "an episode keeps its size"


def test_balanced_classes_in_a_world():
    rows = pool(Worlds(lambda world, row: (row % 5 == 0).astype(float)), environments=True, balance_classes=True)
    episode = rows.take_apart(40, 20)
    assert 15 <= episode[:40, 2].sum() <= 25 and 7 <= episode[40:, 2].sum() <= 13


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shift_strength": -1}, "shift_strength=-1 must be a number of at least 0"),
        ({"environments": 1}, "environments=1 must be a whole number of at least 2, or True or False"),
        ({"environments": "two"}, "environments='two' must be a whole number"),
        (
            {"environments": True, "mix_into": "support"},
            "environments=True makes whole synthetic episodes, but mix_into='support': leave that at 'episode'",
        ),
    ],
)
def test_impossible_values_are_named(wrong, message):
    with pytest.raises(OptionError, match=message):
        CausalMixOptions.from_hyperparameters(wrong)


@pytest.mark.parametrize("option", [{"shift_strength": 0.5}, {"environments": True}, {"environments": 3}])
def test_a_generator_without_causes_is_refused_unless_nothing_is_mixed(option):
    (name,) = option
    asked = CausalMixOptions.from_hyperparameters({"generator": "mixup", **option})
    with pytest.raises(
        OptionError, match=f"{name}=.*generator='mixup' draws no rows under interventions.*take .*'scm'"
    ):
        asked.check("binary")
    CausalMixOptions.from_hyperparameters({"generator": "mixup", "mix_ratio": 0, **option}).check("binary")
    CausalMixOptions.from_hyperparameters(option).check("binary")


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
@pytest.mark.parametrize("option", [{"shift_strength": 1.0}, {"environments": True}, {"environments": 3}])
def test_a_fit_with_interventions_is_repeatable_and_another_than_without(
    tiny_classifier, tiny_regressor, monkeypatch, problem, option
):
    X, y = blobs(90, n_classes=3)
    options = {"mix_ratio": 1.0, "lr": 1e-2, "holdout_share": 0.0} | option
    sizes, gradients = [], InContextModel.compute_gradients

    def spy(self, episode):
        sizes.append((len(episode.x_support), len(episode.x_query), episode.n_synthetic))
        if problem == "multiclass":
            assert set(episode.y_support) == {0, 1, 2}
        return gradients(self, episode)

    monkeypatch.setattr(InContextModel, "compute_gradients", spy)
    if problem == "regression":
        y, make = X["a"] * 2.0, lambda **how: estimator(None, problem, 0, hf_reg_model=tiny_regressor, **how)
    else:
        make = lambda **how: estimator(tiny_classifier, problem, 3, **how)  # noqa: E731
    first, again = (make(**options).fit(X, y) for _ in range(2))
    assert not first.report.fallbacks and set(sizes) == {(72, 18, 90)}
    predict = (lambda fitted: fitted.predict(X)) if problem == "regression" else (lambda f: f.predict_proba(X))
    np.testing.assert_array_equal(predict(first), predict(again))
    plain = make(**options | {"shift_strength": 0.0, "environments": False}).fit(X, y)
    assert not np.array_equal(predict(first), predict(plain))


def test_fidelity_is_that_of_rows_without_interventions(tiny_classifier):
    X, y = blobs(200)
    halves = X[:120], y[:120], X[120:], y[120:]
    plain, moved = (
        estimator(tiny_classifier, **option).fit(*halves).report.fidelity for option in ({}, {"shift_strength": 5.0})
    )
    assert plain == moved


def test_interventions_work_with_labels_of_the_untuned_model_and_in_parts_of_episodes(tiny_classifier):
    X, y = blobs(90)
    for options in (
        {"environments": True, "label_source": "model"},
        {"shift_strength": 1.0, "mix_into": "both"},
        {"environments": True, "balance_classes": True},
    ):
        report = estimator(tiny_classifier, mix_ratio=0.6, **options).fit(X, y).report
        assert not report.fallbacks and report.rows_synthetic_used > 0


def test_an_intervening_generator_says_that_a_draw_is_a_task_of_its_own():
    generator = Intervening(Worlds(), 1.0)
    assert generator.one_task_per_draw and generator.fit(TABLE) is generator
