"""Families of categories and boundaries: labels depend on the columns as claimed."""

import itertools

import numpy as np
import pytest

from autogluon_causalmix.pretraining.boundaries import curves, regions
from autogluon_causalmix.pretraining.categories import (
    _as_in_a_game,
    _conjunctions,
    _lines,
    board,
    level_effects,
    lookup,
    parity,
    prototypes,
    rules,
)
from autogluon_causalmix.pretraining.families import FAMILIES, REGRESSION_FAMILIES, REGRESSION_WEIGHTS
from autogluon_causalmix.pretraining.functions import effects
from autogluon_causalmix.pretraining.inputs import random_levels

SEEDS = range(15)


def draw(family, seed, b=2, n=300, f=6, c=2, noise=0.0):
    x, scores, y = family(np.random.default_rng(seed), b, n, f, c, noise)
    return x, scores, y


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_keeps_the_contract(family):
    for seed, (f, c) in enumerate(itertools.product((2, 3, 9, 60), (2, 3, 10))):
        x, scores, y = draw(FAMILIES[family], seed, b=3, n=70, f=f, c=c, noise=0.5)
        assert x.shape == (3, 70, f) and np.isfinite(x).all()
        assert (scores is None) != (y is None)
        if y is None:
            assert scores.shape in ((3, 70, 1), (3, 70, c)) and np.isfinite(scores).all()
        else:
            assert y.shape == (3, 70) and y.dtype == np.int64 and y.min() >= 0 and y.max() < c


@pytest.mark.parametrize("family", REGRESSION_FAMILIES)
def test_regression_families_draw_one_score(family):
    if family in ("mixture", "prototypes"):  # their classes become levels of a target
        return
    _, scores, y = draw(REGRESSION_FAMILIES[family], 0, c=1)
    assert y is None and scores.shape == (2, 300, 1)


def determined_by(x, y, columns):
    """Do rows that are equal in these columns share their class?"""
    _, cell = np.unique(x[:, columns], axis=0, return_inverse=True)
    cell = cell.ravel()
    return all(len(np.unique(y[cell == each])) == 1 for each in np.unique(cell))


@pytest.mark.parametrize("family", [rules, lookup, board, parity])
@pytest.mark.parametrize("c", [2, 4])
def test_equal_rows_have_equal_classes(family, c):
    """Classes that a family draws itself are a function of the columns, without noise of their own."""
    checked = 0
    for seed in SEEDS:
        x, _, y = draw(family, seed, c=c)
        if y is not None:
            checked += 1
            assert all(determined_by(x[i], y[i], list(range(6))) for i in range(len(x)))
    assert checked >= 5


def test_binary_classes_are_not_constant():
    for family in (rules, lookup, level_effects, board, parity, prototypes, regions, curves):
        shares = [y.mean(axis=1) for seed in SEEDS for y in [draw(family, seed)[2]] if y is not None]
        shares = np.concatenate(shares)
        assert np.mean((shares > 0.05) & (shares < 0.95)) > 0.85, family.__name__


def test_a_conjunction_is_met_by_its_model_row_and_not_by_all():
    shares = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        codes, _ = random_levels(rng, 3, 200, 5)
        hits = _conjunctions(rng, codes.astype(float), np.ones(5, dtype=bool), 6)
        assert hits.any(axis=1).all()
        shares.append(hits.mean())
    assert 0.03 < np.mean(shares) < 0.7


def test_a_conjunction_of_numbers_is_a_box():
    """Per column the rows that meet it are an interval, which other rows in it may leave elsewhere."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 400, 2))
    hits = _conjunctions(rng, x, np.zeros(2, dtype=bool), 8)[0]
    for hit in hits.T:
        low, high = x[0, hit].min(axis=0), x[0, hit].max(axis=0)
        assert (hit == ((x[0] >= low) & (x[0] <= high)).all(axis=1)).all()


def test_a_look_up_table_reads_at_most_three_columns():
    checked = 0
    for seed in SEEDS:
        x, _, y = draw(lookup, seed, b=1, n=400, f=6)
        if y is not None:
            checked += 1
            assert any(determined_by(x[0], y[0], list(three)) for three in itertools.combinations(range(6), 3))
    assert checked >= 5


def test_no_column_alone_tells_a_parity():
    """Of a sum modulo 2 of balanced parts nothing can be seen in one column, all in the right ones."""
    best, learnable = [], 0
    for seed in range(40):
        x, _, y = draw(parity, seed, b=1, n=2000, f=4)
        best.append(max(abs(np.corrcoef(x[0, :, j], y[0])[0, 1]) for j in range(4)))
        learnable += any(
            determined_by(x[0], y[0], list(some)) for m in (2, 3, 4) for some in itertools.combinations(range(4), m)
        )
    assert np.median(best) < 0.2
    assert learnable >= 20


def test_a_square_board_has_rows_columns_and_diagonals():
    boards = [_lines(np.random.default_rng(seed), 9) for seed in range(60)]
    noughts = [lines for lines, cells in boards if lines.shape == (8, 3) and len(cells) == 9]
    assert noughts
    for lines in noughts:
        together = {frozenset(pair) for line in lines for pair in itertools.combinations(line, 2)}
        counts = np.bincount(lines.ravel())
        assert sorted(counts) == [2, 2, 2, 2, 3, 3, 3, 3, 4], "edges, corners, the middle"
        assert len(together) == 24


def test_more_cells_of_the_deciding_level_never_lose_a_line():
    for seed in SEEDS:
        x, _, y = draw(board, seed, b=1, n=400, f=9)

        def monotone(level, x=x[0], y=y[0]):
            has = x == level
            contains = (has[None, y == 0] >= has[y == 1][:, None]).all(axis=-1)
            return not contains.any()

        assert any(monotone(level) for level in np.unique(x))


def test_effects_of_levels_add_up():
    """A logistic regression on levels, which knows nothing of pairs, orders classes that a family cut without noise."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import OneHotEncoder

    by_level, by_code = [], []
    for seed in range(40):
        x, _, y = draw(level_effects, seed, b=1, n=900, f=8)
        if y is None or len(np.unique(y[0, :600])) < 2:
            continue
        levels = OneHotEncoder().fit_transform(x[0])
        for z, scores in ((levels, by_level), (x[0], by_code)):
            known = LogisticRegression(max_iter=1000).fit(z[:600], y[0, :600])
            scores.append(roc_auc_score(y[0, 600:], known.predict_proba(z[600:])[:, 1]))
    assert len(by_level) >= 10 and np.median(by_level) > 0.95
    assert np.median(by_level) - np.median(by_code) > 0.03, "codes are names"


def test_levels_of_a_game_are_as_many_in_every_row():
    for seed in SEEDS:
        codes, n_levels = _as_in_a_game(np.random.default_rng(seed), 2, 200, 9)
        counts = (codes[..., None] == np.arange(n_levels[0])).sum(axis=2)
        assert (np.ptp(counts, axis=1) <= 4).all() and counts.sum() == codes.size


def test_prototypes_tell_ten_classes_apart():
    from sklearn.naive_bayes import GaussianNB

    scores = []
    for seed in SEEDS:
        x, _, y = draw(prototypes, seed, b=1, n=600, f=20, c=10)
        assert len(np.unique(y)) == 10
        scores.append(GaussianNB(var_smoothing=1e-2).fit(x[0, :400], y[0, :400]).score(x[0, 400:], y[0, 400:]))
    assert np.mean(scores) > 0.4, "chance is 0.1"


def test_regions_are_local():
    """In the space of few columns the nearest known row mostly has a row's class."""
    from sklearn.neighbors import KNeighborsClassifier

    scores = []
    for seed in SEEDS:
        x, _, y = draw(regions, seed, b=1, n=900, f=2, c=3)
        z = x[0].argsort(axis=0).argsort(axis=0)
        scores.append(KNeighborsClassifier(1).fit(z[:800], y[0, :800]).score(z[800:], y[0, 800:]))
    assert np.mean(scores) > 0.75, "chance is about 0.33"


def test_curves_have_fewer_degrees_of_freedom_than_columns():
    shares = []
    for seed in SEEDS:
        x, _, _ = draw(curves, seed, b=1, n=300, f=40, c=3)
        values = np.linalg.svd(x[0] - x[0].mean(axis=0), compute_uv=False) ** 2
        shares.append(values[:13].sum() / values.sum())
    assert np.median(shares) > 0.75


def test_effects_of_several_classes_differ_by_class():
    shapes = {draw(effects, seed, c=5)[1].shape[2] for seed in SEEDS}
    assert shapes == {1, 5}


def test_levels_may_be_tied_to_each_other():
    """Some draws have columns that move together, some do not."""
    ties = []
    for seed in range(40):
        codes, n_levels = random_levels(np.random.default_rng(seed), 1, 2000, 4)
        assert (codes.max(axis=(0, 1)) < n_levels).all() and codes.min() >= 0
        correlation = np.abs(np.corrcoef(codes[0].T + 1e-9 * np.arange(2000) % 7)[np.triu_indices(4, 1)])
        ties.append(np.nanmax(correlation))
    assert np.min(ties) < 0.06 and np.max(ties) > 0.2


def test_regression_weights_are_shares():
    assert sum(REGRESSION_WEIGHTS) == pytest.approx(1)
