"""Predictions: equal to Mitra's, independent of the rows beside them, from a support read once."""

import pickle

import numpy as np
import pytest
import torch

from autogluon_causalmix.finetune import members as members_module
from autogluon_causalmix.incontext import inference_attention, mitra, prediction
from autogluon_causalmix.incontext.learner import has_native_bfloat16
from autogluon_causalmix.incontext.prediction import EncodedSupport, encoded_bytes
from autogluon_causalmix.incontext.quantiles import quantile_codes
from tests.conftest import blobs, estimator

SHAPES = [(30, 1), (200, 10), (150, 40)]
PRECISIONS = [False, pytest.param(True, marks=pytest.mark.skipif(not has_native_bfloat16("cpu"), reason="no bfloat16"))]


def tables(n, f, n_query=300, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x, q = (torch.randn(rows, f, generator=generator) for rows in (n, n_query))
    return x, torch.randint(0, 2, (n,), generator=generator), q


def model(dim=32, regression=False):
    return mitra.new_tab2d(dim, 3, 2, regression=regression, seed=0).eval()


def mitras(tab2d, x, y, q):
    """Logits of `mitra.in_context_logits`, which a contract test holds to upstream's."""
    with torch.no_grad():
        return mitra.in_context_logits(tab2d, x[None], y[None], q[None])[0]


@pytest.mark.parametrize(("n", "f"), SHAPES)
@pytest.mark.parametrize("regression", [False, True])
def test_float32_predictions_are_mitras(n, f, regression):
    tab2d, (x, y, q) = model(regression=regression), tables(n, f)
    y = y.float() if regression else y
    outputs = EncodedSupport(tab2d, x, y, bfloat16=False).outputs(q)
    torch.testing.assert_close(outputs, mitras(tab2d, x, y, q), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("n", "f"), SHAPES)
def test_bfloat16_products_move_probabilities_less_than_a_bfloat16_model(n, f):
    tab2d, (x, y, q) = model(), tables(n, f)
    exact = mitras(tab2d, x, y, q).softmax(-1)
    codes = quantile_codes(x[None], q[None])
    rounded = mitra.new_tab2d(32, 3, 2, seed=0).to(torch.bfloat16)
    with torch.no_grad():
        stepwise = mitra.query_logits(rounded, mitra.encode_support(rounded, codes[0], y[None]), codes[1])[0].softmax(
            -1
        )
    ours = EncodedSupport(tab2d, x, y, bfloat16=True).outputs(q).softmax(-1)
    assert (ours - exact).abs().mean() < (stepwise - exact).abs().mean()
    assert (ours - exact).abs().max() < 0.01


@pytest.mark.parametrize("bfloat16", PRECISIONS)
@pytest.mark.parametrize(("n", "f"), SHAPES)
@pytest.mark.parametrize("dim", [32, 256])
def test_a_row_has_the_same_bits_in_any_batch_and_on_repeat(n, f, dim, bfloat16):
    x, y, q = tables(n, f)
    support = EncodedSupport(model(dim), x, y, bfloat16)
    everything = support.outputs(q)
    assert torch.equal(everything, support.outputs(q))
    assert torch.equal(everything.flip(0), support.outputs(q.flip(0)))
    for size in (1, 2, 4, 5, 16, 17, 31, 33, 64, 129, 299):
        for _ in range(3):  # a narrow tile is tried at the second time
            assert torch.equal(everything[:size], support.outputs(q[:size])), size
        assert torch.equal(everything[-size:], support.outputs(q[-size:])), size


@pytest.mark.parametrize("bfloat16", PRECISIONS)
@pytest.mark.parametrize("table", [True, False], ids=["table of ranks", "no table"])
def test_rows_have_the_same_bits_in_blocks_and_in_tiles(monkeypatch, bfloat16, table):
    if not table:
        monkeypatch.setattr(prediction, "TABLE_NUMBERS", 0)
    x, y, q = tables(200, 10, 2500)
    support = EncodedSupport(model(), x, y, bfloat16)
    assert support.block > support.tile
    everything = support.outputs(q)
    size = support.tile
    assert torch.equal(everything, torch.cat([support.outputs(part) for part in q.split(size)]))
    assert torch.equal(everything.flip(0), support.outputs(q.flip(0)))
    monkeypatch.setattr(support, "_blocks", False)
    assert torch.equal(everything, support.outputs(q))


@pytest.mark.parametrize("bfloat16", PRECISIONS)
@pytest.mark.parametrize("dim", [32, 256])
def test_the_number_of_threads_changes_no_bit_and_comes_back(dim, bfloat16):
    x, y, q = tables(200, 10, 2000)
    support = EncodedSupport(model(dim), x, y, bfloat16)
    alone = support.outputs(q)
    torch.set_num_threads(3)  # conftest restores
    for size in (1, 5, 60, 100, 600, 600, 600, 2000):
        assert torch.equal(alone[:size], support.outputs(q[:size])), size
    assert torch.get_num_threads() == 3


def test_narrow_batches_are_filled_up_where_kernels_differ(monkeypatch):
    x, y, q = tables(100, 5)
    support = EncodedSupport(model(), x, y, bfloat16=False)
    plain, seen = support._pass, []

    def moved(codes):  # a kernel whose result depends on the number of rows
        seen.append(len(codes))
        return plain(codes) + 1e-3 * len(codes)

    monkeypatch.setattr(support, "_pass", moved)
    many = support.outputs(q)
    for _ in range(3):
        assert torch.equal(support.outputs(q[:1]), many[:1])
    assert seen.count(1) == 1, "tried once, given up"
    assert seen[-1] == support.tile


def test_a_single_row_goes_in_a_narrow_tile_where_kernels_agree(monkeypatch):
    monkeypatch.setattr(prediction, "layer_agrees", lambda *arguments: True)
    x, y, q = tables(100, 5)
    support = EncodedSupport(model(), x, y, bfloat16=False)
    seen = []

    def constant(ranks):
        seen.append(len(ranks))
        return torch.zeros(len(ranks), 10)

    monkeypatch.setattr(support, "_pass", constant)
    for _ in range(4):
        support.outputs(q[:1])
    assert seen == [support.tile, 1, support.tile, 1, 1, 1]


def test_rows_go_tile_by_tile_where_the_attention_of_a_block_differs(monkeypatch):
    x, y, q = tables(100, 5, 2000)
    support = EncodedSupport(model(), x, y, bfloat16=False)
    q = q[: len(q) // support.tile * support.tile]  # a rest would try narrow tiles
    plain, asked = inference_attention.attend_to_support, []

    def moved(queries, *keys_values):  # a kernel whose result depends on the number of rows
        asked.append(len(queries))
        return plain(queries, *keys_values) + 1e-3 * len(queries)

    monkeypatch.setattr(inference_attention, "attend_to_support", moved)
    support.outputs(q)
    assert max(asked) == support.block, "tried once"
    asked.clear()
    assert torch.equal(support.outputs(q)[: support.tile], support.outputs(q[: support.tile]))
    assert set(asked) == {support.tile}


def test_bytes_are_counted(monkeypatch):
    x, y, q = tables(50, 7)
    with_table = EncodedSupport(model(), x, y, bfloat16=False)
    monkeypatch.setattr(prediction, "TABLE_NUMBERS", 0)
    support = EncodedSupport(model(), x, y, bfloat16=False)
    assert support.n_bytes == encoded_bytes(50, 7, 32, 3, bfloat16=False)
    assert with_table.n_bytes == support.n_bytes + 8 * 1000 * 32 * 4
    assert EncodedSupport(model(), x, y, bfloat16=True).n_bytes == support.n_bytes / 2
    torch.testing.assert_close(with_table.outputs(q), support.outputs(q), atol=1e-6, rtol=1e-5)


@pytest.fixture
def reads(monkeypatch):
    """Counts how often a support is read."""
    counted, plain = [], prediction.read_support

    def read(weights, tokens, tile):
        counted.append(len(tokens))
        return plain(weights, tokens, tile)

    monkeypatch.setattr(prediction, "read_support", read)
    return counted


def test_the_support_is_read_once_and_not_pickled(tiny_classifier, reads):
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, fine_tune=False, n_estimators=2, n_views=1).fit(X, y)
    size = len(pickle.dumps(fitted))
    first = fitted.predict_proba(X)
    assert len(reads) == 2, "once a member"
    np.testing.assert_array_equal(first, fitted.predict_proba(X))
    assert len(reads) == 2
    assert len(pickle.dumps(fitted)) == size
    np.testing.assert_array_equal(first, pickle.loads(pickle.dumps(fitted)).predict_proba(X))
    assert len(reads) == 4
    np.testing.assert_array_equal(first, fitted.to("cpu").predict_proba(X))
    assert len(reads) == 6, "a moved model reads it anew"


def test_a_support_over_the_stated_size_is_not_kept(tiny_classifier, reads, monkeypatch):
    monkeypatch.setattr(members_module, "KEPT_BYTES", 10)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, fine_tune=False, n_views=1).fit(X, y)
    np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(X))
    assert len(reads) == 2
    assert fitted.members[0]._kept is None


def test_of_supports_that_are_not_kept_one_is_alive_at_a_time(tiny_classifier, monkeypatch):
    import weakref

    monkeypatch.setattr(members_module, "KEPT_BYTES", 10)
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, fine_tune=False, n_views=3).fit(X, y)
    (member,) = fitted.members
    plain, made, alive = type(member.learner).encode, [], []

    def encode(self, *args):
        alive.append(sum(reference() is not None for reference in made))
        one = plain(self, *args)
        made.append(weakref.ref(one))
        return one

    monkeypatch.setattr(type(member.learner), "encode", encode)
    fitted.predict_proba(X)
    assert alive == [0, 0, 0]
    assert member._kept is None


def test_views_share_one_copy_of_the_weights(tiny_classifier):
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, fine_tune=False, n_views=3).fit(X, y)
    fitted.predict_proba(X[:3])
    kept = fitted.members[0]._kept[1]
    assert len(kept) == 3 and all(one.weights is kept[0].weights for one in kept)


def test_a_wide_tables_tile_on_a_gpu_is_no_more_than_memory_is_estimated_for():
    from autogluon_causalmix.incontext.learner import QUERY_CELLS

    for columns in (2, 11, 97, 98, 300, 501):
        rows = prediction.gpu_tile(columns)
        assert rows * columns <= QUERY_CELLS and rows % prediction.TILE_STEP == 0
        assert rows == prediction.GPU_TILE or (rows + prediction.TILE_STEP) * columns > QUERY_CELLS
    assert prediction.gpu_tile(5000) == prediction.MIN_TILE


def test_rows_are_ranked_some_at_a_time_with_the_same_bits(monkeypatch):
    x, y, q = tables(50, 7)
    support = EncodedSupport(model(), x, y, bfloat16=False)
    whole = support.outputs(q)
    monkeypatch.setattr(prediction, "RANKED_ROWS", 37)
    assert torch.equal(support.outputs(q), whole)
