"""torch's fused attention, with what it needs on a GPU.

There torch prefers cuDNN's kernel on some cards (H100, H200, B200), which plans anew for every shape that it meets
(others report up to a second; not measured here); tables have many. And its other kernels count sequences, and numbers
of the backward pass, in integers that large batches overflow: those go in pieces. Imported lazily, for it needs torch.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

__all__ = ["fused_attention"]

KERNELS = (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH)
#: Sequences of a launch: its grid has no more places.
MOST_SEQUENCES = 65_535
#: Numbers of a launch's backward pass, which counts them in 32 bits; to what it rounds up queries and a head's size.
MOST_NUMBERS, QUERIES, HEAD = 2**31, 128, 32


def fused_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention of queries ``(g, heads, n, d)`` on keys and values ``(g, heads, m, d)``, shaped as the queries.

    Four axes: with five, torch leaves its fused kernels for plain products.
    """
    return _on_gpu(q, k, v) if q.is_cuda else F.scaled_dot_product_attention(q, k, v)


def _on_gpu(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    _, n_heads, n, d = q.shape
    numbers = n_heads * -(-n // QUERIES) * QUERIES * max(d, HEAD)
    most = max(1, min(MOST_SEQUENCES, MOST_NUMBERS // numbers))
    with sdpa_kernel(list(KERNELS)):
        pieces = zip(*(t.split(most) for t in (q, k, v)), strict=True)
        parts = [F.scaled_dot_product_attention(*piece) for piece in pieces]
    return parts[0] if len(parts) == 1 else torch.cat(parts)
