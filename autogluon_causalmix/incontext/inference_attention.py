"""Attention as predictions use it: without gradients, from queries in tiles of one size.

Each of the two kinds has a kernel that is slow on a CPU at the sizes that tables have, and another
that is not. Imported lazily, for it needs torch.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from autogluon_causalmix.incontext.attention import attend
from autogluon_causalmix.incontext.fused_attention import fused_attention

__all__ = ["attend_across_columns", "attend_to_support"]

#: Queries that the fused kernel takes at a time.
TILE_QUERIES = 64
#: Up to so many columns plain products beat the fused kernel in bfloat16.
FEW_COLUMNS = 64
#: Entries that fill whole vectors on any CPU.
VECTOR = 64


def attend_to_support(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Every column's rows attend to that column of the support.

    On a CPU queries are filled up to a multiple of `TILE_QUERIES`, because the fused kernel's order
    of work changes with their number: a query's result has the same bits beside any others.

    Parameters
    ----------
    q
        Queries ``(n, c, d)``.
    keys, values
        Of the support, ``(c, heads, m, d / heads)``.

    Returns
    -------
    Tensor ``(n, c, d)``, a view.
    """
    n = len(q)
    q = q.unflatten(-1, (keys.shape[1], -1)).permute(1, 2, 0, 3)
    missing = -n % TILE_QUERIES if q.device.type == "cpu" else 0
    if missing:
        q = F.pad(q, (0, 0, 0, missing))
    return _attend(q, keys, values)[:, :, :n].permute(2, 0, 1, 3).flatten(2)


def attend_across_columns(across: torch.Tensor, n_heads: int, target_only: bool = False) -> torch.Tensor:
    """Every row's columns attend to each other.

    Parameters
    ----------
    across
        Queries, keys and values ``(n, c, 3 d)``.
    target_only
        Only the first column asks.

    Returns
    -------
    Tensor ``(n, c, d)``, or ``(n, 1, d)``.
    """
    q, keys, values = (x.unflatten(-1, (n_heads, -1)).transpose(1, 2) for x in across.chunk(3, dim=-1))
    if target_only:
        mixed = _attend(q[:, :, :1], keys, values)
    elif across.device.type == "cpu" and across.dtype == torch.bfloat16 and across.shape[1] <= FEW_COLUMNS:
        mixed = _attend_to_few(q, keys, values)
    else:
        mixed = _attend(q, keys, values)
    return mixed.transpose(1, 2).flatten(2)


def _attend_to_few(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Attention ``(n, heads, c, d)`` of all to all by plain products.

    The softmax runs along the outer axis of the transposed scores: along the inner one, torch takes
    a whole call for every few keys.
    """
    n, n_heads, columns, d = q.shape
    q, keys, values = (x.reshape(n * n_heads, columns, d) for x in (q, keys, values))
    ignored = q.new_empty(()).expand(1, 1, 1)
    scores = torch.baddbmm(ignored, q, keys.transpose(1, 2), beta=0, alpha=1 / math.sqrt(d)).flatten(0, 1)
    asking = len(scores)
    if missing := -asking % VECTOR:  # a vector's last few entries would go through other instructions
        scores = F.pad(scores, (0, 0, 0, missing))
    weights = scores.t().contiguous().softmax(0).t().contiguous()[:asking]
    return torch.bmm(weights.view(-1, columns, columns), values).view(n, n_heads, columns, d)


def _attend(q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Attention ``(g, heads, n, d)`` on ``(g, heads, m, d)`` by the kernel that is fastest without gradients."""
    if q.device.type == "cpu" and q.dtype == torch.bfloat16 and not torch.cpu.get_capabilities().get("amx_bf16"):
        return attend(q[None], keys[None], values[None])[0]  # torch's fused kernel is slow there
    return fused_attention(q, keys, values)
