"""Fidelity: .5 for equals, 1 for strangers, and every measure sees what it is there for."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.metrics import copying
from autogluon_causalmix.metrics.copying import closer_to_training, diversity, lost_levels
from autogluon_causalmix.metrics.fidelity import fidelity, two_sample_auc, usefulness
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame, seconds_of


def test_two_draws_of_one_distribution_cannot_be_told_apart():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 400, 3))
    auc = two_sample_auc(a, b, rng)
    assert auc.low < 0.5 < auc.high
    assert 0.03 < auc.high - auc.low < 0.12, "400 rows each: about +-.04"


@pytest.mark.slow
def test_the_interval_holds_what_it_says():
    rng = np.random.default_rng(0)
    aucs = [two_sample_auc(*rng.standard_normal((2, 40, 2)), rng) for _ in range(40)]
    assert np.mean([one.low <= 0.5 <= one.high for one in aucs]) >= 0.75, "folds add a little to the rows' spread"


def test_broken_dependence_is_noticed():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((400, 1)) * [1, 1] + 0.1 * rng.standard_normal((400, 2))
    b = np.stack([rng.permutation(a[:, 0]), rng.permutation(a[:, 1])], axis=1)
    assert two_sample_auc(a, b, rng).value > 0.9


def test_a_row_drawn_twice_does_not_give_itself_away():
    rng = np.random.default_rng(0)
    training, unseen = rng.standard_normal((2, 200, 3))
    drawn = training[rng.integers(200, size=200)]
    auc = two_sample_auc(unseen, drawn, rng)
    assert auc.low < 0.5


def test_gaps_and_infinities_are_values_like_others():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200, 2))
    a[:, 0], b[:, 1] = np.where(rng.random(200) < 0.5, np.nan, a[:, 0]), np.inf
    assert two_sample_auc(a, b, rng).value > 0.9
    assert two_sample_auc(np.full((50, 2), np.nan), np.full((50, 2), np.nan), rng) is not None


def test_a_handful_of_rows_is_not_measured():
    assert two_sample_auc(np.zeros((9, 2)), np.zeros((50, 2)), np.random.default_rng(0)) is None
    assert usefulness(np.zeros((50, 2)), np.zeros((9, 2)), True, np.random.default_rng(0)) is None


def test_usefulness_of_a_teacher_of_noise_and_of_one_class():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 2))
    real = np.column_stack((x, x[:, 0] > 0))
    noise = np.column_stack((x, rng.integers(0, 2, 300)))
    assert usefulness(real[:150], real[150:], True, rng) > 0.95
    assert abs(usefulness(noise, real, True, rng) - 0.5) < 0.15
    assert usefulness(np.column_stack((x, np.zeros(300))), real, True, rng) == 0.5
    assert usefulness(np.column_stack((x, x[:, 0])), np.column_stack((x, x[:, 0])), False, rng) > 0.95


@pytest.fixture(scope="module")
def frames():
    frame = messy_frame(600)
    return frame[:300].reset_index(drop=True), frame[300:].reset_index(drop=True)


def test_real_rows_are_faithful_and_copies_are_found(frames):
    training, real = frames
    other = messy_frame(300, seed=7)
    good = fidelity(real, other, "label", training=training)
    assert good.two_sample_auc.low < 0.55 and good.marginal_distance < 0.08 and good.association_distance < 0.06
    assert good.usefulness > 0.8 and abs(good.closer_to_training - 0.5) < 0.1
    assert good.usefulness_of_training == pytest.approx(good.usefulness, abs=0.1)
    copies = fidelity(real, training.sample(300, replace=True, random_state=0), "label", training=training)
    assert copies.closer_to_training > 0.97
    few = fidelity(real[:60], training.sample(300, replace=True, random_state=0), "label", training=training)
    assert few.closer_to_training > 0.97, "whatever the numbers of rows"
    assert copies.two_sample_auc.low < 0.55, "only the last measure tells"


@pytest.mark.parametrize("broken", ["marginals", "pairs", "gaps", "classes"])
def test_what_is_broken_is_seen_by_its_measure(frames, broken):
    _, real = frames
    rng = np.random.default_rng(0)
    other = messy_frame(300, seed=7)
    good = fidelity(real, other, "label")
    if broken == "marginals":
        other["skewed"] = other["skewed"] + 3
    elif broken == "pairs":
        other["effect"] = -other["effect"]
    elif broken == "gaps":
        other["gaps"] = other["gaps"].where(rng.random(300) > 0.5)
    else:
        other["colour"] = "green"
    bad = fidelity(real, other, "label")
    columns = bad.columns.set_index("column")
    assert bad.two_sample_auc.value > good.two_sample_auc.value + 0.1
    if broken == "marginals":
        assert columns.loc["skewed", "distance"] > 0.7 and bad.marginal_distance > good.marginal_distance
    elif broken == "pairs":
        assert bad.association_distance > good.association_distance + 0.02
    elif broken == "gaps":
        assert columns.loc["gaps", "more_missing"] > 0.3
    else:
        assert columns.loc["colour", "distance"] > 0.5


def test_input_is_unaltered_and_the_seed_decides(frames):
    training, real = frames
    before = real.copy(deep=True)
    first, second = (fidelity(real, training, "label", training=training, seed=3) for _ in range(2))
    assert first.to_dict() == second.to_dict()
    pd.testing.assert_frame_equal(real, before)


def test_what_cannot_be_measured_is_said(frames):
    training, real = frames
    with pytest.raises(DataError, match="`synthetic` has no rows"):
        fidelity(real, training[:0])
    with pytest.raises(DataError, match="no column 'labell'"):
        fidelity(real, training, "labell")
    with pytest.raises(DataError, match=r"columns \['number'\] are missing from `synthetic`"):
        fidelity(real, training.drop(columns="number"), "label")
    with pytest.raises(DataError, match=r"columns \['number'\] are missing from `training`"):
        fidelity(real, training, "label", training=training.drop(columns="number"))
    assert fidelity(real[:5], training[:5], "label").two_sample_auc is None


@pytest.mark.slow
@pytest.mark.alone
def test_seconds_do_not_grow_faster_than_the_rows():
    rng = np.random.default_rng(0)
    frames = []
    for _ in range(3):
        frame = pd.DataFrame(rng.standard_normal((1000, 20))).add_prefix("x")
        frame["label"] = np.where(frame["x0"] > 0, "yes", "no")
        frames.append(frame)

    def least(n):
        real, drawn, training = (frame[:n] for frame in frames)
        return min(seconds_of(lambda: fidelity(real, drawn, "label", training=training)) for _ in range(3))

    assert least(1000) < 6 * least(250)


def test_a_collapsed_generator_lacks_diversity():
    rng = np.random.default_rng(0)
    training = rng.standard_normal((200, 3))
    assert diversity(training[rng.integers(200, size=200)], training) > 0.9
    assert diversity(training[rng.integers(6, size=200)], training) < 0.1
    classes = rng.integers(0, 2, (200, 2)).astype(float)
    assert diversity(classes[rng.integers(200, size=200)], classes) == 1.0


def test_a_level_is_lost_where_chance_does_not_explain_it():
    colours = pd.Categorical(["red"] * 100 + ["green"] * 98 + ["blue"] * 2)
    frame = pd.DataFrame({"number": np.arange(200.0), "colour": colours, "label": ["yes", "no"] * 100})
    table = TypedTable.from_frame(frame)
    training = table.values
    assert lost_levels(table, training, training) == {}
    kept = training[(frame["colour"] == "red").to_numpy()]
    assert lost_levels(table, training, kept) == {"colour": ["green"]}, "100 draws may well miss two rows of 200"
    assert lost_levels(table, training, np.concatenate([kept] * 20)) == {"colour": ["blue", "green"]}
    assert lost_levels(table, training, training[::2]) == {"label": ["no"]}, "a class is a level"
    assert lost_levels(table, training, kept[:3]) == {}, "of three rows nothing is expected"


def test_classes_that_are_written_as_numbers_are_classes_where_one_says_so():
    rng = np.random.default_rng(0)

    def rows(n):
        x = rng.uniform(-3, 3, n)
        return pd.DataFrame({"x": x, "z": rng.standard_normal(n), "y": np.select([x < -1, x > 1], [1, 0], 2)})

    real, synthetic = rows(300), rows(300)
    as_text = fidelity(real.astype({"y": str}), synthetic.astype({"y": str}), "y").usefulness
    assert (
        fidelity(real, synthetic, "y", categorical=["y"]).usefulness == pytest.approx(as_text, abs=0.05)
        and as_text > 0.9
    )
    assert fidelity(real, synthetic, "y", categorical="y").usefulness != fidelity(real, synthetic, "y").usefulness
    with pytest.raises(OptionError, match="categorical: no column 'Y' in `real`; did you mean 'y'"):
        fidelity(real, synthetic, "y", categorical=["Y"])


@pytest.mark.parametrize("n_training", [60, 900])
@pytest.mark.parametrize("n_columns", [3, 6])
def test_rows_of_a_coarse_table_are_copies_only_beyond_chance(n_columns, n_training):
    rng = np.random.default_rng(0)
    fresh, copied = [], []
    for _ in range(20):
        values = rng.integers(0, 3, (n_training + 260, n_columns)).astype(str)
        table = TypedTable.from_frame(pd.DataFrame(values))
        training, unseen, others = np.split(table.values, [n_training, n_training + 60])
        fresh.append(closer_to_training(table, training, unseen, others))
        copied.append(closer_to_training(table, training, unseen, training[rng.integers(n_training, size=200)]))
    assert np.mean(fresh) == pytest.approx(0.5, abs=0.08)
    assert n_columns == 3 or np.mean(copied) > 0.7, "with 27 different rows copies cannot be seen, with 729 they can"


@pytest.mark.parametrize(("scale", "offset"), [(1, 0), (1e-8, 0), (1, 1e9), (1e-3, 1.7e9)])
def test_the_unit_of_a_column_does_not_matter(scale, offset):
    """scikit-learn's trees take values within 1e-7 of each other for equal, and read float32."""
    rng = np.random.default_rng(0)

    def rows(n, shift=0.0):
        x = rng.standard_normal(n)
        return np.column_stack((offset + scale * (x + shift), x > 0)).astype(float)

    real = rows(300)
    assert usefulness(rows(300), real, True, np.random.default_rng(1)) > 0.95
    assert two_sample_auc(real, rows(300), np.random.default_rng(1)).value < 0.6
    assert two_sample_auc(real, rows(300, 5.0), np.random.default_rng(1)).value > 0.95


def test_what_is_no_table_or_of_another_kind_is_named():
    days = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=30)})
    with pytest.raises(DataError, match="`synthetic` must be a pandas DataFrame, found ndarray"):
        fidelity(days, np.zeros((30, 1)))
    with pytest.raises(DataError, match=r"column 'day' holds datetime64\[ns\] in one table and datetime64\[ns, UTC\]"):
        fidelity(days, days.apply(lambda one: one.dt.tz_localize("UTC")))


@pytest.mark.slow
def test_the_interval_holds_what_is_true_as_often_as_it_says():
    held = []
    for seed in range(40):
        one, other = np.random.default_rng(seed).standard_normal((2, 60, 4))
        found = two_sample_auc(one, other, np.random.default_rng(seed))
        held.append(found.low <= 0.5 <= found.high)
    assert np.mean(held) >= 0.9


def test_thousands_of_levels_take_no_more_room_than_those_that_were_drawn(monkeypatch):
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.integers(0, 3000, 1900), rng.integers(0, 4, 1900)]).astype(str)
    values[::9, 0] = "many"
    frame = pd.DataFrame(values, columns=["code", "y"]).assign(x=rng.standard_normal(1900))
    frame.loc[::7, "code"] = None
    table = TypedTable.from_frame(frame)
    training, unseen, others = np.split(table.values, [1500, 1700])
    synthetic = np.concatenate([others, training[:100]])
    seen = []

    class Seen(copying.RowCoding):
        def __init__(self, *given):
            super().__init__(*given)
            seen.append(len(self.parts))

    monkeypatch.setattr(copying, "RowCoding", Seen)
    share = closer_to_training(table, training, unseen, synthetic)
    monkeypatch.setattr(copying, "_levels_apart", lambda table, synthetic, others: (None, list(others)))
    assert share == closer_to_training(table, training, unseen, synthetic), "all levels: the same figure"
    assert seen[0] < 330 and seen[1] > 1000


def test_a_column_of_names_fills_no_memory():
    """Indicators of 4,000 levels would be a matrix of 16 million correlations."""
    rng = np.random.default_rng(0)
    real, other = (
        pd.DataFrame({"name": [f"{kind}{i}" for i in range(2000)], "x": rng.standard_normal(2000)}) for kind in "ab"
    )
    tracemalloc.start()
    measured = fidelity(real, real.sample(300, random_state=0), training=other)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6 and 0 <= measured.association_distance < 0.2


def test_many_levels_are_compared_by_the_commonest():
    rng = np.random.default_rng(0)
    codes = rng.choice(200, 2000, p=np.arange(1, 201) / np.arange(1, 201).sum())
    real = pd.DataFrame({"code": codes.astype(str), "x": (codes > 150) + 0.1 * rng.standard_normal(2000)})
    torn = real.assign(x=rng.permutation(real["x"]))
    kept, lost = (fidelity(real[:1000], one[1000:]).association_distance for one in (real, torn))
    assert kept < 0.75 * lost


def test_rows_drawn_again_are_as_diverse_as_can_be_where_some_are_many():
    rng = np.random.default_rng(0)
    often = np.repeat(rng.standard_normal((20, 3)), 11, axis=0)
    training = np.concatenate((often, rng.standard_normal((80, 3))))
    drawn = [diversity(training[rng.integers(300, size=300)], training) for _ in range(20)]
    assert np.mean(drawn) > 0.97


@pytest.mark.parametrize("n_different", [1, 5, 20])
def test_a_few_rows_repeated_are_shown_by_their_diversity_alone(n_different):
    rng = np.random.default_rng(0)
    real = pd.DataFrame(rng.standard_normal((200, 3)), columns=list("abc"))
    few = real.iloc[rng.integers(n_different, size=200)]
    found = fidelity(real, few)
    assert found.two_sample_auc.value < 0.7 and found.diversity < 0.2
    assert fidelity(real, real.iloc[rng.integers(200, size=200)]).diversity > 0.9
    assert found.to_dict()["diversity"] == found.diversity


def test_a_table_that_is_its_target_alone_has_no_usefulness():
    frame = pd.DataFrame({"y": pd.Categorical(["a", "b"] * 40)})
    found = fidelity(frame, frame, target="y", training=frame)
    assert found.usefulness is None and found.usefulness_of_training is None
