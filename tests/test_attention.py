"""Attention piece by piece gives torch's own values and gradients."""

import pytest
import torch
import torch.nn.functional as F

from autogluon_causalmix.incontext import attention

#: (sequences, heads, queries, keys, dimension of a head)
SHAPES = [(3, 2, 50, 40, 8), (5, 1, 7, 7, 4), (1, 4, 1, 30, 16)]


def tensors(shape, dtype):
    sequences, heads, n, m, d = shape
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(1, sequences, heads, rows, d, generator=generator).to(dtype).requires_grad_() for rows in (n, m, m)
    ]


def values_and_gradients(function, inputs):
    out = function(*inputs)
    weight = torch.linspace(-1, 1, out.numel(), dtype=torch.float32).view(out.shape).to(out.dtype)
    return [out, *torch.autograd.grad(out, inputs, weight)]


@pytest.mark.parametrize("small", [10**9, 0], ids=["at once", "pieces"])
@pytest.mark.parametrize("piece", [10**9, 2500, 1], ids=["one piece", "uneven pieces", "sequence by sequence"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_way_gives_the_same(monkeypatch, shape, piece, small):
    monkeypatch.setattr(attention, "PIECE", piece)
    monkeypatch.setattr(attention, "SMALL", small)
    rounded = tensors(shape, torch.bfloat16)
    exact = [t.detach().float().requires_grad_() for t in rounded]
    expected = values_and_gradients(F.scaled_dot_product_attention, exact)
    for ours, wanted in zip(values_and_gradients(attention.attend, rounded), expected, strict=True):
        assert ours.dtype == torch.bfloat16
        assert (ours.float() - wanted).norm() < 0.02 * wanted.norm()
    for ours, wanted in zip(values_and_gradients(attention.attend, exact), expected, strict=True):
        torch.testing.assert_close(ours, wanted)


def test_pieces_keep_no_attention_matrix():
    """What is kept for the backward pass grows with the rows, not with their square."""
    q, k, v = tensors((4, 2, 600, 600, 8), torch.bfloat16)
    saved_sizes = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (saved_sizes.append(t.numel()), t)[1], lambda t: t):
        attention._PiecewiseAttention.apply(*(t.flatten(0, 2) for t in (q, k, v)))
    assert sum(saved_sizes) == q.numel() + k.numel() + v.numel()


def test_attention_of_a_wide_table_goes_through_pieces():
    q, k, v = tensors((3, 2, 1200, 1200, 8), torch.bfloat16)
    assert q.shape[:-1].numel() * 1200 > attention.SMALL
    ours = values_and_gradients(attention.attend, (q, k, v))
    exact = [t.detach().float().requires_grad_() for t in (q, k, v)]
    for a, b in zip(ours, values_and_gradients(F.scaled_dot_product_attention, exact), strict=True):
        assert (a.float() - b).norm() < 0.02 * b.norm()


def test_large_scores_stay_finite(monkeypatch):
    monkeypatch.setattr(attention, "SMALL", 0)
    q, k, v = tensors((3, 2, 300, 200, 8), torch.bfloat16)
    q = (q.detach() * 100).requires_grad_()
    assert all(torch.isfinite(t).all() for t in values_and_gradients(attention.attend, (q, k, v)))
