"""MixedModel: what it says where it has no mixture. TableAugment: targets that follow a feature of any scale."""

import numpy as np
import pandas as pd

from autogluon_causalmix.generators.base import describe
from autogluon_causalmix.generators.mixed_model import MixedModel
from autogluon_causalmix.generators.table_augment import TableAugment
from autogluon_causalmix.table import TypedTable


def test_rows_that_are_real_ones_again_are_said():
    y = pd.Categorical(["a", "b"] * 30)
    constant = TypedTable.from_frame(pd.DataFrame({"x": np.ones(60), "y": y}))
    (remark,) = describe(MixedModel(n_models=1).fit(constant)).remarks
    assert remark == "MixedModel draws real rows again: no feature varies"
    x = np.random.default_rng(0).standard_normal(60)
    varies = TypedTable.from_frame(pd.DataFrame({"x": x, "y": y}))
    assert not describe(MixedModel(n_models=1).fit(varies)).remarks


def test_a_random_target_follows_its_source_on_any_scale():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 1)) + 0.1 * rng.standard_normal((300, 2))  # the source itself is hidden
    followed = []
    for scale in (1.0, 1e-12):
        table = TypedTable.from_frame(pd.DataFrame(x * scale, columns=["a", "b"]).assign(y=rng.standard_normal(300)))
        augment = TableAugment(random_target=True, least_kept=1.0).fit(table)
        rows = [augment.sample(300, np.random.default_rng(seed)).values for seed in range(6)]
        ranks = [pd.DataFrame(one).corr("spearman").to_numpy()[:2, 2] for one in rows]
        followed.append(np.nanmax(np.abs(ranks), axis=1))
    assert (followed[0] > 0.9).all() and (followed[1] > 0.9).all()


def test_a_target_of_one_class_is_said_and_no_error():
    x = np.random.default_rng(0).standard_normal(60)
    table = TypedTable.from_frame(pd.DataFrame({"x": x, "y": pd.Categorical(["a"] * 60, categories=["a", "b"])}))
    for seed in range(8):
        generator = MixedModel(n_models=2, seed=seed).fit(table)
        assert len(generator.sample(20, np.random.default_rng(0))) == 20
    assert describe(generator).remarks == ["MixedModel draws real rows again: the target has one class"]


def test_as_many_features_are_kept_as_was_asked_for():
    rng = np.random.default_rng(0)
    real = np.column_stack((np.arange(60.0)[:, None] + np.arange(10) * 100, rng.integers(0, 2, 60)))
    augment = TableAugment(least_kept=0.5).fit(TypedTable.from_frame(pd.DataFrame(real).add_prefix("x")))
    for seed in range(300):
        rows = augment.sample(60, np.random.default_rng(seed)).values[:, :10] - np.arange(10) * 100
        together = max((rows == rows[:, [j]]).all(axis=0).sum() for j in range(10))
        assert together >= 5
