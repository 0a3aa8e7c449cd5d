"""Scaled dot-product attention that is fast and small in bfloat16 on a CPU.

Torch's fused CPU kernel is slow in bfloat16, five times so backward, and plain products keep the
whole attention matrix of every layer for the backward pass, on memory that the system must hand
out and zero again at each step. Here the matrix is made piece by piece in one scratch buffer that
fits the cache, and made again backward: nothing but queries, keys and values is kept.
Everywhere else `attend` is torch's own kernel. Imported lazily, for it needs torch.
"""

from __future__ import annotations

import math

import torch

from autogluon_causalmix.incontext.fused_attention import fused_attention

__all__ = ["attend"]

#: Entries of the attention matrix that are in work at a time (4 MB of bfloat16).
PIECE = 2_000_000
#: A matrix of so few entries is made at once and kept: less to do backward.
SMALL = 4_000_000


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention over the last two axes.

    Parameters
    ----------
    q, k, v
        Shapes ``(b, sequences, heads, n, d)``, ``(b, sequences, heads, m, d)`` and the same.

    Returns
    -------
    Tensor ``(b, sequences, heads, n, d)``.
    """
    if q.device.type == "cpu" and q.dtype == torch.bfloat16:
        if q.shape[:-1].numel() * k.shape[-2] <= SMALL:
            return (_scaled(q) @ k.transpose(-1, -2)).softmax(-1) @ v
        folded = (t.flatten(0, 2).contiguous() for t in (_scaled(q), k, v))
        return _PiecewiseAttention.apply(*folded).view(q.shape)
    return fused_attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1)).unflatten(0, q.shape[:2])


def _scaled(q: torch.Tensor) -> torch.Tensor:
    return q * (1 / math.sqrt(q.shape[-1]))


class _PiecewiseAttention(torch.autograd.Function):
    """Attention of scaled queries ``(g, n, d)`` on keys and values ``(g, m, d)``."""

    @staticmethod
    def forward(ctx, q, k, v):
        ctx.save_for_backward(q, k, v)
        out = torch.empty_like(q)
        (scratch,) = _scratch(q, k, 1)
        for piece in _pieces(q, k):
            torch.bmm(_weights(q[piece], k[piece], scratch), v[piece], out=out[piece])
        return out

    @staticmethod
    def backward(ctx, gradient):
        q, k, v = ctx.saved_tensors
        gradient = gradient.contiguous()
        dq, dk, dv = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        scratch, other = _scratch(q, k, 2)
        for piece in _pieces(q, k):
            g = gradient[piece]
            weights = _weights(q[piece], k[piece], scratch)
            # g' w and not w' g: the large matrix is read in the order in which it lies.
            dv[piece] = torch.bmm(g.transpose(1, 2), weights).transpose(1, 2)
            ds = torch.bmm(g, v[piece].transpose(1, 2), out=other[: len(g)])
            torch.ops.aten._softmax_backward_data.out(ds, weights, -1, ds.dtype, grad_input=ds)
            torch.bmm(ds, k[piece], out=dq[piece])
            dk[piece] = torch.bmm(q[piece].transpose(1, 2), ds).transpose(1, 2)
        return dq, dk, dv


def _pieces(q: torch.Tensor, k: torch.Tensor) -> list[slice]:
    """Cut the sequences so that a piece's matrix has at most `PIECE` entries, or is one sequence."""
    size = max(1, PIECE // (q.shape[1] * k.shape[1]))
    return [slice(start, start + size) for start in range(0, len(q), size)]


def _scratch(q: torch.Tensor, k: torch.Tensor, n_buffers: int) -> torch.Tensor:
    first = _pieces(q, k)[0]
    return q.new_empty(n_buffers, len(q[first]), q.shape[1], k.shape[1])


def _weights(q: torch.Tensor, k: torch.Tensor, scratch: torch.Tensor) -> torch.Tensor:
    scores = torch.bmm(q, k.transpose(1, 2), out=scratch[: len(q)])
    return torch.softmax(scores, -1, out=scores)
