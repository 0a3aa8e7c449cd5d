"""Episodes and splits: shares, strata, freshness."""

import numpy as np
import pytest

from autogluon_causalmix.finetune.episodes import EpisodeSampler, EpisodeSize, Mixing
from autogluon_causalmix.finetune.members import View
from autogluon_causalmix.finetune.strata import holdout_split, stratified_order


def sampler(n=100, mix_ratio=0.5, mix_into="both", synthetic="rows", seed=0, views=(), **options):
    """Real rows have x = 0, 1, ... and synthetic ones x = -1, -2, ...; nobody is drawn twice."""
    y = np.arange(n) % 2
    x = np.arange(n, dtype=np.float32)[:, None]
    drawn = iter(range(-1, -1_000_000, -1))

    def fresh(k):
        return np.array([[next(drawn)] for _ in range(k)], dtype=np.float32), np.zeros(k, dtype=np.int64)

    settings = {"query_share": 0.2, "max_support": 1000, "max_query": 1000} | options
    fall = settings.pop("fall", 0.0)
    mixing = Mixing(mix_ratio, mix_into, fall, fresh if synthetic == "rows" else synthetic)
    rng = np.random.default_rng(seed)
    return EpisodeSampler(x, y, EpisodeSize(**settings), mixing, rng, stratify=True, views=views)


def synthetic_share(x):
    return float((x < 0).mean())


@pytest.mark.parametrize(
    ("mix_into", "support", "query"), [("both", 0.3, 0.3), ("support", 0.3, 0.0), ("query", 0.0, 0.3)]
)
def test_the_share_of_synthetic_rows_is_the_ratio_where_it_is_mixed_in(mix_into, support, query):
    source = sampler(mix_ratio=0.3, mix_into=mix_into)
    episodes = [source.next() for _ in range(200)]
    assert np.mean([synthetic_share(e.x_support) for e in episodes]) == pytest.approx(support, abs=0.01)
    assert np.mean([synthetic_share(e.x_query) for e in episodes]) == pytest.approx(query, abs=0.02)
    assert all(len(e.x_support) == 80 and len(e.x_query) == 20 for e in episodes), "size does not change"


def test_whole_synthetic_episodes():
    source = sampler(mix_ratio=0.4, mix_into="episode")
    shares = [(synthetic_share(e.x_support), synthetic_share(e.x_query)) for e in (source.next() for _ in range(300))]
    assert set(shares) == {(0.0, 0.0), (1.0, 1.0)}
    assert np.mean([s for s, _ in shares]) == pytest.approx(0.4, abs=0.08)


def test_ratio_zero_and_one():
    assert synthetic_share(sampler(mix_ratio=0).next().x_support) == 0
    episode = sampler(mix_ratio=1).next()
    assert synthetic_share(episode.x_support) == synthetic_share(episode.x_query) == 1


def test_synthetic_rows_are_fresh_in_every_step():
    source = sampler()
    seen = np.concatenate([np.concatenate((e.x_support, e.x_query)) for e in (source.next() for _ in range(20))])
    seen = seen[seen < 0]
    assert len(np.unique(seen)) == len(seen)


def test_the_real_rows_of_an_episode_do_not_depend_on_mixing():
    plain, mixed = sampler(mix_ratio=0), sampler(mix_ratio=0.5)
    for _ in range(5):
        a, b = plain.next(), mixed.next()
        kept = b.x_support >= 0
        np.testing.assert_array_equal(a.x_support[kept], b.x_support[kept])


def test_support_and_query_are_disjoint_and_capped():
    episode = sampler(mix_ratio=0, max_support=30, max_query=7).next()
    assert len(episode.x_support) == 30 and len(episode.x_query) == 7
    assert not set(episode.x_support[:, 0]) & set(episode.x_query[:, 0])


def test_a_source_that_dries_up_leaves_real_rows():
    source = sampler(synthetic=lambda k: None)
    assert [source.next().n_synthetic for _ in range(3)] == [0, 0, 0]


def test_every_prefix_of_a_stratified_order_holds_the_classes_in_proportion():
    y = np.repeat([0, 1, 2], [70, 25, 5])
    order = stratified_order(y, np.random.default_rng(0), 100)
    assert sorted(order) == list(range(100))
    for cut in (20, 40, 80):
        counts = np.bincount(y[order[:cut]], minlength=3)
        assert np.abs(counts - cut * np.array([0.7, 0.25, 0.05])).max() <= 1.5


@pytest.mark.parametrize("n", [2, 3, 5, 50])
def test_holdout_keeps_a_row_on_each_side_and_lone_classes_in_training(n):
    y = np.zeros(n, dtype=int)
    y[0] = 1
    for seed in range(20):
        training, held_out = holdout_split(y, 0.2, np.random.default_rng(seed), n)
        assert len(training) and len(held_out)
        assert sorted(np.concatenate((training, held_out))) == list(range(n))
        if n > 2:
            assert 0 in training


def test_a_shorter_fit_walks_the_beginning_of_the_same_schedule():
    part = sampler(n=1000, mix_ratio=0.8, fall=0.25)
    shares = [synthetic_share(part.next(progress).x_support) for progress in (0.0, 0.5, 0.96)]
    whole = sampler(n=1000, mix_ratio=0.8, fall=1.0)
    assert shares == [synthetic_share(whole.next(0.25 * progress).x_support) for progress in (0.0, 0.5, 0.96)]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_every_class_keeps_a_row_in_training_whatever_is_held_out(share):
    y = np.repeat([0, 1, 2, 3], [40, 2, 3, 1])
    for seed in range(50):
        training, held_out = holdout_split(y, share, np.random.default_rng(seed), len(y))
        assert set(y[training]) == {0, 1, 2, 3}
        assert len(held_out) == min(round(share * len(y)), len(y) - 4)


def test_a_share_that_falls_faster_than_the_fit_ends_is_zero_from_then_on():
    source = sampler(mix_ratio=1, mix_into="episode", fall=2.5)
    assert [source._ratio_at(progress) for progress in (0.0, 0.2, 0.4, 0.9)] == [1.0, 0.5, 0.0, 0.0]


def test_a_falling_share_ends_at_zero():
    source = sampler(mix_ratio=0.8, fall=1.0)
    shares = [synthetic_share(source.next(progress).x_support) for progress in (0.0, 0.5, 0.95)]
    assert shares == pytest.approx([0.8, 0.4, 0.04], abs=0.02)
    whole = sampler(mix_ratio=1, mix_into="episode", fall=1.0)
    late = [synthetic_share(whole.next(0.9).x_support) for _ in range(200)]
    assert np.mean(late) == pytest.approx(0.1, abs=0.06)


@pytest.mark.parametrize("mix_into", ["both", "episode"])
def test_probabilities_are_drawn_from_in_the_support_and_kept_in_the_query(mix_into):
    def soft(k):
        return np.full((k, 1), -1, dtype=np.float32), np.tile([0.25, 0.75], (k, 1))

    source = sampler(n=1000, mix_ratio=1.0, mix_into=mix_into, synthetic=soft)
    episode = source.next()
    assert episode.y_support.shape == (800,) and episode.y_query.shape == (200, 2)
    assert episode.y_support.mean() == pytest.approx(0.75, abs=0.06)
    assert (episode.y_query == [0.25, 0.75]).all()


def test_real_query_rows_beside_probabilities_are_certain():
    source = sampler(
        mix_ratio=0.5, synthetic=lambda k: (np.full((k, 1), -1.0, np.float32), np.tile([0.3, 0.7], (k, 1)))
    )
    episode = source.next()
    real = episode.x_query[:, 0] >= 0
    assert real.sum() == 10
    np.testing.assert_array_equal(episode.y_query[real], np.eye(2)[(episode.x_query[real, 0] % 2).astype(int)])


def test_one_draw_serves_support_and_query():
    calls = []

    def counted(k):
        calls.append(k)
        return np.zeros((k, 1), dtype=np.float32), np.zeros(k, dtype=np.int64)

    sampler(mix_ratio=1.0, mix_into="episode", synthetic=counted).next()
    assert calls == [100]


#: Real rows are counted up, synthetic ones down: the first two episodes of 12 rows by each way of mixing.
FIRST_EPISODES = {
    "support": [([-3, 5, 0, -1, 6, -2], [9, 2, 7]), ([11, 8, -6, 2, -5, -4], [4, 5, 10])],
    "query": [([4, 5, 0, 11, 6, 3], [-2, 2, -1]), ([11, 8, 1, 2, 7, 6], [-4, 5, -3])],
    "both": [([-3, 5, 0, -1, 6, -2], [-5, 2, -4]), ([11, -8, 1, 2, -6, -7], [-10, -9, 10])],
    "episode": [([-3, -4, -2, -5, -6, -1], [-8, -7, -9]), ([11, 8, 1, 2, 7, 6], [4, 5, 10])],
}


@pytest.mark.parametrize("mix_into", FIRST_EPISODES)
def test_the_rows_of_an_episode_stay_what_they_were_when_other_ways_of_mixing_come(mix_into):
    source = sampler(n=12, mix_into=mix_into, query_share=0.25, max_support=6, max_query=3)
    drawn = []
    for _ in range(2):
        episode = source.next()
        drawn.append(tuple(part[:, 0].astype(int).tolist() for part in (episode.x_support, episode.x_query)))
        source.real()  # of another stream
    assert drawn == FIRST_EPISODES[mix_into]


def test_rows_beside_leave_every_real_row_where_it_was():
    plain, beside = sampler(mix_ratio=0), sampler(mix_ratio=0.25, mix_into="beside")
    extra = []
    for _ in range(60):
        a, b = plain.next(), beside.next()
        np.testing.assert_array_equal(a.x_support, b.x_support)
        np.testing.assert_array_equal(a.x_query, b.x_query[:20])
        np.testing.assert_array_equal(a.y_query, b.y_query[:20])
        assert (b.x_query[20:] < 0).all() and b.n_synthetic == len(b.x_query) - 20
        extra.append(b.n_synthetic)
    assert np.mean(extra) == pytest.approx(20 / 3, abs=0.2), "a quarter of the query"
    assert beside.sizes == (80, 27) and plain.sizes == (80, 20)


def test_rows_beside_are_soft_fall_with_the_steps_and_are_capped():
    def soft(k):
        return np.full((k, 1), -1.0, np.float32), np.tile([0.3, 0.7], (k, 1))

    source = sampler(mix_ratio=0.5, mix_into="beside", synthetic=soft, fall=1.0, max_query=15)
    episode = source.next()
    assert episode.x_query.shape == (30, 1) and episode.y_query.shape == (30, 2)
    np.testing.assert_array_equal(episode.y_query[:15], np.eye(2)[(episode.x_query[:15, 0] % 2).astype(int)])
    assert (episode.y_query[15:] == [0.3, 0.7]).all()
    assert sampler(mix_ratio=0.9, mix_into="beside", max_query=15).next().n_synthetic == 15
    assert source.next(0.999).n_synthetic <= 1
    dry = sampler(mix_into="beside", synthetic=lambda k: None)
    assert [len(dry.next().x_query) for _ in range(2)] == [20, 20]


def test_a_whole_support_is_synthetic_and_its_query_real():
    source = sampler(mix_ratio=0.4, mix_into="whole_support")
    shares = [(synthetic_share(e.x_support), synthetic_share(e.x_query)) for e in (source.next() for _ in range(300))]
    assert set(shares) == {(0.0, 0.0), (1.0, 0.0)}
    assert np.mean([s for s, _ in shares]) == pytest.approx(0.4, abs=0.08)


def in_view(sign, classes):
    return View(np.full(1, sign, dtype=np.float32), np.arange(1), np.array(classes))


@pytest.mark.parametrize("mix_ratio", [0, 1])
def test_episodes_are_seen_in_the_views_in_turn_and_are_otherwise_the_same(mix_ratio):
    views = (in_view(1, [0, 1]), in_view(-1, [1, 0]), in_view(1, [1, 0]))
    plain, seen = (sampler(mix_ratio=mix_ratio, mix_into="episode", views=some) for some in ((), views))
    for k in range(6):
        a, b = plain.next(), seen.next()
        sign, swapped = (1, -1, 1)[k % 3], k % 3 > 0
        for part in ("support", "query"):
            np.testing.assert_array_equal(getattr(b, f"x_{part}"), sign * getattr(a, f"x_{part}"))
            y = getattr(a, f"y_{part}")
            np.testing.assert_array_equal(getattr(b, f"y_{part}"), 1 - y if swapped else y)
        real = seen.real()
        assert (np.sign(real.x_query) != -sign).all(), "a real episode beside it is seen in the same view"


def test_probabilities_are_seen_in_the_views_order_of_classes():
    def soft(k):
        return np.full((k, 1), -1, dtype=np.float32), np.tile([0.25, 0.75], (k, 1))

    source = sampler(n=1000, mix_ratio=1.0, mix_into="episode", synthetic=soft, views=(in_view(1, [1, 0]),))
    episode = source.next()
    assert (episode.y_query == [0.75, 0.25]).all()
    assert episode.y_support.mean() == pytest.approx(0.25, abs=0.06)


@pytest.mark.parametrize("n", [3, 200, 500, 8000, 20_000])
def test_half_of_the_rows_is_half_of_each_part(n):
    size = EpisodeSize()
    for _ in range(8):
        (n_support, n_query), size = size.of(n), size.halved(n)
        assert size.of(n) == (max(2, n_support // 2), max(1, n_query // 2))
