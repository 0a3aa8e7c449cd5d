"""Soft interventions change the noise they are on and what follows from it, and no mechanism."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.interface import fit_scm
from autogluon_causalmix.causal.worlds import SoftChange, random_world
from autogluon_causalmix.generators.base import makes_worlds
from autogluon_causalmix.generators.catalogue import GENERATORS, maker_of
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame

NAMES = ["cause", "kind", "middle", "effect", "apart"]
CAUSE, KIND, MIDDLE, EFFECT, APART = range(5)
EDGES = [("cause", "middle"), ("kind", "middle"), ("middle", "effect")]


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    cause, noise = rng.standard_normal((2, 800))
    kind = rng.choice(["a", "b", "c"], 800)
    middle = cause + 2.0 * (kind == "b") + 0.5 * noise
    effect = np.where(middle + 0.5 * rng.standard_normal(800) > 0.7, "high", "low")
    apart = rng.standard_normal(800)
    return pd.DataFrame(dict(zip(NAMES, (cause, kind, middle, effect, apart), strict=True)))


@pytest.fixture(scope="module", params=["independent", "dependent"])
def scm(frame, request):
    return fit_scm(frame, EDGES, mechanism="ridge", noise=request.param)


def drawn(scm, world, n=6000, seed=1):
    return scm.draw(n, np.random.default_rng(seed), world=world).to_frame()


def test_a_moved_root_takes_its_effects_along_and_nothing_else(scm):
    before, after = drawn(scm, None), drawn(scm, {CAUSE: SoftChange(shift=1.0)})
    assert after["cause"].mean() - before["cause"].mean() > 0.6
    assert after["middle"].mean() - before["middle"].mean() > 0.4
    assert (after["effect"] == "high").mean() - (before["effect"] == "high").mean() > 0.1
    for name in ("apart", "kind"):
        numbers = [pd.factorize(rows[name], sort=True)[0] if name == "kind" else rows[name] for rows in (before, after)]
        assert abs(numbers[1].mean() - numbers[0].mean()) < 0.06, name


def test_the_mechanism_below_a_moved_column_stays(scm):
    """The class given the column that causes it: the same shares in both worlds, wherever the rows now are."""
    shares = []
    for world in (None, {MIDDLE: SoftChange(shift=1.5, scale=0.7)}):
        rows = drawn(scm, world, 12_000)
        groups = pd.cut(rows["middle"], [-1, 0, 0.7, 1.4, 2.5])
        shares.append((rows["effect"] == "high").groupby(groups, observed=True).mean())
    np.testing.assert_allclose(*shares, atol=0.08)
    moved = drawn(scm, {MIDDLE: SoftChange(shift=1.5)})
    assert abs(moved["cause"].mean() - drawn(scm, None)["cause"].mean()) < 0.06, "causes are not touched"


def test_a_stretched_noise_keeps_the_mean_and_weakens_the_cause(scm):
    before, after = drawn(scm, None), drawn(scm, {MIDDLE: SoftChange(scale=6.0)})
    correlations = [rows[["cause", "middle"]].corr().iloc[0, 1] for rows in (before, after)]
    assert correlations[1] < correlations[0] - 0.2


@pytest.mark.parametrize(("name", "at", "level"), [("kind", KIND, "b"), ("effect", EFFECT, "high")])
def test_the_odds_of_a_tilted_level_change_by_the_factor(scm, frame, name, at, level):
    levels = [scm.columns[at].levels[int(code)] for code in scm._nodes[at].kept]
    tilt = np.where(np.array(levels) == level, np.log(4.0), 0.0)
    worlds = (drawn(scm, world, 20_000) for world in (None, {at: SoftChange(tilt=tilt)}))
    # Of the effect where its cause leaves it open: the factor holds given the causes, and mixing them makes it smaller.
    open_ones = (rows if name == "kind" else rows[(rows["middle"] - 0.7).abs() < 0.5] for rows in worlds)
    before, after = ((rows[name] == level).mean() for rows in open_ones)
    ratio = after / (1 - after) / (before / (1 - before))
    assert 3.6 < ratio < 4.4 if name == "kind" else 1.8 < ratio < 4.0


def test_no_change_is_the_same_distribution_and_values_stay_inside_what_was_observed(scm, frame):
    nothing = {CAUSE: SoftChange(), MIDDLE: SoftChange(), KIND: SoftChange(tilt=np.zeros(3))}
    before, after = drawn(scm, None, 20_000), drawn(scm, nothing, 20_000)
    assert abs(before["middle"].mean() - after["middle"].mean()) < 0.03
    np.testing.assert_allclose(
        *(rows["kind"].value_counts(normalize=True).sort_index() for rows in (before, after)), atol=0.02
    )
    far = drawn(scm, {CAUSE: SoftChange(shift=50.0), MIDDLE: SoftChange(scale=50.0)})
    for name in ("cause", "middle"):
        assert far[name].min() >= frame[name].min() and far[name].max() <= frame[name].max()


def test_a_random_world_touches_half_of_the_columns_and_never_those_it_must_not():
    rng = np.random.default_rng(0)
    worlds = [random_world([0, 3, 0, 2], 1.0, rng, untouched=[3]) for _ in range(400)]
    assert all(world and 3 not in world for world in worlds)
    assert 1.4 < np.mean([len(world) for world in worlds]) < 1.8
    shifts = np.array([world[0].shift for world in worlds if 0 in world])
    assert abs(shifts.std() - 1.0) < 0.12 and abs(shifts.mean()) < 0.2
    assert all(world[1].tilt.shape == (3,) and world[1].shift == 0 for world in worlds if 1 in world)
    still = random_world([0, 3], 0.0, rng)
    assert all(c.shift == 0 and c.scale == 1 and (c.tilt is None or not c.tilt.any()) for c in still.values())
    assert random_world([2], 1.0, rng, untouched=[0]) == {}


def test_the_generator_draws_worlds_without_the_target_and_the_same_rows_for_the_same_seed():
    table = TypedTable.from_frame(messy_frame(150), categorical=["label"])
    generator = SCMGenerator(target="label", n_dags=2).fit(table)
    rng = np.random.default_rng(3)
    worlds = [generator.draw_world(1.0, rng) for _ in range(30)]
    assert all(table.position("label") not in world for world in worlds)
    first, again = (generator.sample_in(worlds[0], 200, np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(first.values, again.values)
    plain = generator.sample(200, np.random.default_rng(0))
    assert plain.values.shape == first.values.shape and not np.array_equal(plain.values, first.values, equal_nan=True)
    assert len(generator.sample_in(worlds[0], 0, rng)) == 0


def test_only_models_of_causes_make_worlds():
    assert [name for name in GENERATORS if name != "ctgan" and makes_worlds(maker_of(name))] == ["scm"]


@pytest.mark.parametrize("change", [SoftChange(shift=1e-6), SoftChange(shift=-1e-6), SoftChange(scale=1.001)])
def test_a_slight_change_moves_few_rows_of_a_number_whose_values_recur(change):
    """Ratings, counts and sums that are mostly zero: a level is moved row by row, not as a whole."""
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b"], 400)
    frame = pd.DataFrame(
        {
            "rating": rng.choice([1, 2, 3, 4, 5], 400, p=[0.1, 0.2, 0.3, 0.25, 0.15]),
            "kind": kind,
            "count": rng.poisson(np.where(kind == "a", 1.0, 3.0)).clip(max=4),
            "spent": np.where(rng.random(400) < 0.6, 0.0, rng.exponential(100, 400)),
        }
    )
    scm = fit_scm(frame, [("kind", "count")])
    drawn = scm.draw(10_000, np.random.default_rng(1), world=dict.fromkeys((0, 2, 3), change)).to_frame()
    for name in ("rating", "count"):
        real, found = (one[name].value_counts(normalize=True) for one in (frame, drawn))
        assert found.reindex(real.index, fill_value=0).to_numpy() == pytest.approx(real.to_numpy(), abs=0.05)
    assert (drawn["spent"] == 0).mean() == pytest.approx((frame["spent"] == 0).mean(), abs=0.03)


def test_a_feature_that_the_target_repeats_is_not_moved_either():
    rng = np.random.default_rng(0)
    code = rng.integers(0, 3, 200)
    frame = pd.DataFrame({"code": np.array(["a", "b", "c"])[code], "x": code + rng.standard_normal(200), "y": code})
    table = TypedTable.from_frame(frame, categorical=["y"])
    generator = SCMGenerator("y", n_dags=2).fit(table)
    worlds = [generator.draw_world(1.0, rng) for _ in range(50)]
    assert {j for world in worlds for j in world} == {1}


def test_a_column_that_repeats_another_is_not_moved_by_itself():
    """Its values are the other's, whatever becomes of its noise: such a world would change no row."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(200)
    frame = pd.DataFrame({"x": x, "cube": x**3, "y": x + rng.standard_normal(200)})
    generator = SCMGenerator("y", n_dags=2).fit(TypedTable.from_frame(frame))
    assert generator.graph.copies
    worlds = [generator.draw_world(1.0, rng) for _ in range(50)]
    assert all(world and not set(world) & set(generator.graph.copies) for world in worlds)
