"""What torch's fused attention needs on a GPU, tried on the CPU, which counts kernels and pieces alike."""

import pytest
import torch
import torch.nn.functional as F

from autogluon_causalmix.incontext import fused_attention as module
from autogluon_causalmix.incontext.fused_attention import fused_attention


def tensors(g=10, n=5, m=7):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(g, 2, rows, 8, generator=generator, requires_grad=True) for rows in (n, m, m)]


@pytest.fixture
def seen(monkeypatch):
    """Sequences of every launch, and whether cuDNN's kernel was allowed in it."""
    launches, plain = [], F.scaled_dot_product_attention

    def spy(q, k, v):
        launches.append((len(q), torch.backends.cuda.cudnn_sdp_enabled()))
        return plain(q, k, v)

    monkeypatch.setattr(F, "scaled_dot_product_attention", spy)
    return launches


def test_a_gpu_never_takes_the_kernel_that_plans_for_every_shape(seen):
    inputs, before = tensors(), torch.backends.cuda.cudnn_sdp_enabled()
    module._on_gpu(*inputs)
    assert before and seen == [(10, False)] and torch.backends.cuda.cudnn_sdp_enabled()
    fused_attention(*inputs)
    assert seen[1:] == [(10, True)], "a CPU has no such kernel, and its settings are left alone"


@pytest.mark.parametrize(
    ("bound", "value", "sizes"),
    [("MOST_SEQUENCES", 4, [4, 4, 2]), ("MOST_NUMBERS", 2 * 128 * 32 * 3, [3, 3, 3, 1]), ("MOST_NUMBERS", 1, [1] * 10)],
)
def test_batches_beyond_a_launch_go_in_pieces_with_the_same_values_and_gradients(
    monkeypatch, seen, bound, value, sizes
):
    inputs = tensors()
    expected = fused_attention(*inputs)
    wanted = torch.autograd.grad(expected.sin().sum(), inputs)
    seen.clear()
    monkeypatch.setattr(module, bound, value)
    out = module._on_gpu(*inputs)
    assert [size for size, _ in seen] == sizes
    torch.testing.assert_close(out, expected)
    for ours, theirs in zip(torch.autograd.grad(out.sin().sum(), inputs), wanted, strict=True):
        torch.testing.assert_close(ours, theirs)
