"""Do this machine's kernels give a row the same bits whatever rows are beside it?

They choose their order of summation by the number of rows. Another order shows in about one of
twenty thousand bfloat16 results: every step is tried on thousands of random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.inference_weights import LayerWeights

if TYPE_CHECKING:
    import torch

__all__ = ["attention_agrees", "layer_agrees"]

#: Rows that are tried in parts, or one part.
CHECKED_ROWS = 64


def layer_agrees(layer: LayerWeights, keys_values: tuple, whole: int, part: int) -> bool:
    """Whether all steps of a layer make the same of ``whole`` rows at once and ``part`` rows at a time."""
    from autogluon_causalmix.incontext.inference_attention import attend_across_columns

    columns, dtype = len(keys_values[0]), keys_values[0].dtype
    rows = min(whole, max(part, CHECKED_ROWS))
    steps = [*layer.products, (lambda x: attend_across_columns(x, layer.n_heads), 3 * layer.dim)]
    numbers = _random(rows * columns * max(width for _, width in steps)).to(dtype)
    return all(
        _agrees(step, numbers[: rows * columns * width].view(rows, columns, width), whole, part)
        for step, width in steps
    ) and attention_agrees(layer, keys_values, whole, part, rows)


def attention_agrees(
    layer: LayerWeights, keys_values: tuple, whole: int, part: int, checked: int | None = None
) -> bool:
    """The same of the attention to the support, for the first ``checked`` rows."""
    from autogluon_causalmix.incontext.inference_attention import attend_to_support

    shape = (checked or whole, len(keys_values[0]), layer.dim)
    numbers = _random(shape[0] * shape[1] * shape[2]).to(keys_values[0].dtype).view(shape)
    return _agrees(lambda q: attend_to_support(q, *keys_values), numbers, whole, part)


def _random(size: int) -> torch.Tensor:
    import torch

    return torch.randn(size, generator=torch.Generator().manual_seed(0))


def _agrees(step: Callable, x: torch.Tensor, whole: int, part: int) -> bool:
    """Whether rows ``x`` come out of ``step`` alike in parts and as the first of ``whole`` rows."""
    import torch

    filled = torch.cat((x, x[-1:].expand(whole - len(x), -1, -1)))
    return torch.equal(torch.cat([step(piece) for piece in x.split(part)]), step(filled)[: len(x)])
