"""Attention of predictions gives torch's own values, whatever way it takes."""

import pytest
import torch
import torch.nn.functional as F

from autogluon_causalmix.incontext.inference_attention import (
    FEW_COLUMNS,
    attend_across_columns,
    attend_to_support,
)

PRECISIONS = [torch.float32, torch.bfloat16]


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def heads(x, n_heads):
    """``(n, c, d)`` to ``(n, heads, c, d / heads)``."""
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def assert_close(ours, exact):
    assert (ours.float() - exact).norm() < (0.01 if ours.dtype == torch.bfloat16 else 1e-5) * exact.norm()


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("n_heads", [1, 2, 4])
@pytest.mark.parametrize("columns", [2, 5, FEW_COLUMNS, FEW_COLUMNS + 1])
@pytest.mark.parametrize("n", [1, 3, 64])
def test_columns_attend_to_each_other(dtype, n_heads, columns, n):
    across = random(n, columns, 3 * 16).to(dtype)
    q, k, v = (heads(x, n_heads) for x in across.float().chunk(3, dim=-1))
    exact = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
    ours = attend_across_columns(across, n_heads)
    assert ours.dtype == dtype
    assert_close(ours, exact)
    assert_close(attend_across_columns(across, n_heads, target_only=True), exact[:, :1])


def test_columns_with_large_scores_stay_finite():
    across = 100 * random(64, 7, 3 * 16).to(torch.bfloat16)
    assert torch.isfinite(attend_across_columns(across, 2)).all()


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("n", [1, 64, 100])
@pytest.mark.parametrize("n_support", [1, 37, 48])
def test_rows_attend_to_the_support(dtype, n, n_support):
    q, k, v = random(n, 3, 16).to(dtype), *(random(3, 2, n_support, 8, seed=seed).to(dtype) for seed in (1, 2))
    exact = F.scaled_dot_product_attention(q.float().unflatten(-1, (2, 8)).permute(1, 2, 0, 3), k.float(), v.float())
    ours = attend_to_support(q, k, v)
    assert ours.dtype == dtype
    assert_close(ours, exact.permute(2, 0, 1, 3).flatten(2))
