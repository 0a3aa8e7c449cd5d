"""Gaps are missing for the reasons they claim and look as the encoder presents them."""

import numpy as np
import pytest

from autogluon_causalmix.pretraining.prior import GROUPS, Difficulty, draw_size, sample_batch
from autogluon_causalmix.pretraining.spoiling import FEW_VALUES, _fill, discretise, gaps, spoil


@pytest.mark.parametrize("kind", ["mcar", "mar", "mnar"])
def test_shares_of_gaps(kind):
    shares = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        missing = gaps(rng, rng.standard_normal((2, 500, 6)), kind)
        per_column = missing.mean(axis=1)
        assert per_column.max() < 0.75
        shares.append(per_column)
    shares = np.array(shares)
    assert 0.2 < (shares == 0).mean() < 0.9, "some columns are complete, some are not"
    assert 0.1 < shares[shares > 0].mean() < 0.3


def shift(x, missing, i, j, k):
    """Distance of the mean of column ``k`` where column ``j`` is missing, in standard errors."""
    there = missing[i, :, j]
    return abs(x[i, there, k].mean() - x[i, :, k].mean()) / (x[i, :, k].std() / np.sqrt(there.sum()))


def test_what_gaps_depend_on():
    this_column, other_columns = {}, {}
    for kind in ("mcar", "mar", "mnar"):
        this_column[kind], other_columns[kind] = [], []
        for seed in range(30):
            rng = np.random.default_rng(seed)
            x = rng.standard_normal((1, 2000, 4))
            missing = gaps(rng, x, kind)
            for j in range(4):
                if missing[0, :, j].sum() > 100:
                    shifts = [shift(x, missing, 0, j, k) for k in range(4)]
                    this_column[kind].append(shifts.pop(j))
                    other_columns[kind].append(max(shifts))
    assert np.median(this_column["mcar"]) < 2 and np.median(other_columns["mcar"]) < 3
    assert np.median(this_column["mnar"]) > 5 and np.median(other_columns["mnar"]) < 3
    # One column drives all: three of four columns have another driver.
    assert np.median(other_columns["mar"]) > 5 and np.median(this_column["mar"]) < 3


def test_gaps_become_the_mean_or_a_level_below_all():
    means = levels = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = np.concatenate((rng.standard_normal((2, 200, 2)), rng.integers(0, 4, (2, 200, 2))), axis=-1)
        missing = rng.random(x.shape) < 0.2
        missing[:, 0] = False
        filled = _fill(rng, x, missing)
        np.testing.assert_array_equal(filled[~missing], x[~missing])
        for i in range(2):
            for j in range(4):
                gap, there = missing[i, :, j], ~missing[i, :, j]
                (value,) = np.unique(filled[i, gap, j])
                if value == pytest.approx(x[i, there, j].mean()):
                    means += 1
                else:
                    assert j >= 2, "numbers always get the mean"
                    assert value == x[i, :, j].min() - 1
                    levels += 1
    assert levels > 20 and means > 90


def test_the_encoder_presents_gaps_so():
    """What `_fill` imitates: the rank order of the encoder's columns is the same."""
    import pandas as pd

    from autogluon_causalmix.finetune.encoding import FeatureEncoder
    from autogluon_causalmix.table import TypedTable

    frame = pd.DataFrame(
        {"number": [0.5, 3.0, np.nan, 1.0, 7.5, 2.0] * 5, "class": pd.Categorical(["a", "b", "c", None, "b", "a"] * 5)}
    )
    table = TypedTable.from_frame(frame)
    encoded = FeatureEncoder(table).transform(table.values)
    number, level = encoded[:, 0], encoded[:, 1]
    assert number[2] == pytest.approx(number[[0, 1, 3, 4, 5]].mean(), abs=1e-6)
    assert (level[3] < level[[0, 1, 2, 4, 5]]).all()


def test_noise_columns_keep_their_values_and_lose_their_rows():
    moved = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((1, 100, 20))
        out = spoil(rng, x.copy())
        for j in range(20):
            same = np.array_equal(np.sort(x[0, :, j]), np.sort(out[0, :, j]))
            moved += same and not np.array_equal(x[0, :, j], out[0, :, j])
    assert 60 * 20 * 0.05 < moved < 60 * 20 * 0.4


def test_codes_are_not_discretised():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        codes, numbers = rng.integers(0, 4, (2, 200, 3)), rng.standard_normal((2, 200, 3))
        x = discretise(rng, np.concatenate((codes, numbers), axis=-1))
        np.testing.assert_array_equal(x[..., :3], codes)


def test_discretised_columns_have_few_values():
    few = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = discretise(rng, rng.standard_normal((1, 200, 5)))
        few += [len(np.unique(x[0, :, j])) <= 20 for j in range(5)]
    assert 0.2 < np.mean(few) < 0.5
    assert FEW_VALUES <= 20


def test_sizes_reach_sixty_columns_and_a_thousand_rows():
    sizes = np.array([draw_size(np.random.default_rng(seed), Difficulty.at(1.0), 2048) for seed in range(3000)])
    n_tables, n_rows, n_support, n_features = sizes.T
    assert n_features.max() >= 58 and n_rows.max() >= 950
    assert ((n_features > 40) & (n_rows > 250)).any(), "some tables are wide and long"
    assert (n_support < n_rows).all() and n_features.min() >= 2 and n_tables.min() >= 1


def test_a_batch_holds_tables_of_several_families():
    size = (20, 60, 40, 5)
    batch = sample_batch(np.random.default_rng(0), Difficulty.at(1.0), 0, size=size)
    assert len(batch.family.split(", ")) == GROUPS and batch.x.shape == (20, 60, 5)
    single = sample_batch(np.random.default_rng(0), Difficulty.at(1.0), 0, size=(1, *size[1:]))
    assert len(single.family.split(", ")) == 1


def test_class_counts_range_from_two_to_ten():
    counts = [
        sample_batch(np.random.default_rng(seed), Difficulty.at(1.0), 0, size=(1, 300, 200, 6)).y.max() + 1
        for seed in range(300)
    ]
    counts = np.bincount(counts, minlength=11) / 300
    assert 0.3 < counts[2] < 0.6
    assert counts[8:11].sum() > 0.08
    assert (counts[2:11] > 0).all()
