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
