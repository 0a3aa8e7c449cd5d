"""Rows that are moved at random: each column by itself, the target never."""

import numpy as np
import pandas as pd

from autogluon_causalmix.causal.worlds import SoftChange
from autogluon_causalmix.generators.base import makes_worlds
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.shifted_rows import ShiftedBootstrap


def table(n=2000):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    frame = pd.DataFrame({"x": x, "copy": x, "kind": rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])})
    frame["gap"] = np.where(rng.random(n) < 0.2, np.nan, rng.standard_normal(n))
    frame["y"] = pd.Categorical(np.where(x > 0, "up", "down"))
    return TypedTable.from_frame(frame, categorical=["y"])


def test_without_a_world_it_is_the_bootstrap_and_in_one_only_its_columns_differ():
    fitted = ShiftedBootstrap().fit(table())
    assert makes_worlds(fitted)
    plain = fitted.sample(500, np.random.default_rng(1))
    moved = fitted.sample_in({0: SoftChange(shift=1.0)}, 500, np.random.default_rng(1))
    np.testing.assert_array_equal(plain.values[:, 1:], moved.values[:, 1:])
    assert moved.values[:, 0].mean() - plain.values[:, 0].mean() > 0.5, "nothing follows: the copy and y stay"
    assert set(moved.values[:, 0]) <= set(table().values[:, 0])


def test_a_category_gets_the_tilted_shares_by_as_few_changes_as_will_do():
    real = table()
    fitted = ShiftedBootstrap().fit(real)
    levels = [real.columns[2].levels[int(code)] for code in fitted._nodes[2].kept]
    tilt = np.where(np.array(levels) == "c", np.log(4.0), 0.0)
    plain = fitted.sample(20_000, np.random.default_rng(1)).to_frame()["kind"]
    moved = fitted.sample_in({2: SoftChange(tilt=tilt)}, 20_000, np.random.default_rng(1)).to_frame()["kind"]
    shares, real_shares = (kinds.value_counts(normalize=True) for kinds in (moved, real.to_frame()["kind"]))
    wanted = real_shares * pd.Series({"a": 1.0, "b": 1.0, "c": 4.0})
    wanted /= wanted.sum()
    np.testing.assert_allclose([shares[k] for k in "abc"], [wanted[k] for k in "abc"], atol=0.015)
    changed = plain != moved
    assert (moved[changed] == "c").all() and abs(changed.mean() - (wanted["c"] - real_shares["c"])) < 0.015


def test_gaps_stay_and_worlds_leave_the_target():
    fitted, rng = ShiftedBootstrap().fit(table()), np.random.default_rng(2)
    worlds = [fitted.draw_world(1.0, rng) for _ in range(40)]
    assert {j for world in worlds for j in world} == {0, 1, 2, 3}
    plain, moved = (
        fitted.sample(300, np.random.default_rng(1)),
        fitted.sample_in({3: SoftChange(2.0)}, 300, np.random.default_rng(1)),
    )
    np.testing.assert_array_equal(np.isnan(plain.values[:, 3]), np.isnan(moved.values[:, 3]))
    still = fitted.sample_in({2: SoftChange(tilt=np.zeros(3))}, 300, np.random.default_rng(1))
    np.testing.assert_array_equal(still.values, plain.values)
