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

#: Rows that are tried in parts.
CHECKED_ROWS = 64


def layer_agrees(layer: LayerWeights, keys_values: tuple, whole: int, part: int) -> bool:
    """Whether all steps of a layer make the same of ``whole`` rows at once and ``part`` rows at a time."""
    from autogluon_causalmix.incontext.inference_attention import attend_across_columns

    def across(x: torch.Tensor) -> torch.Tensor:
        return attend_across_columns(x, layer.n_heads)

    steps = [*layer.products, (across, 3 * layer.dim)]
    keys = keys_values[0]
    tried = (_agrees(step, (whole, len(keys), width), keys.dtype, part, CHECKED_ROWS) for step, width in steps)
    return all(tried) and attention_agrees(layer, keys_values, whole, part, CHECKED_ROWS)


def attention_agrees(
    layer: LayerWeights, keys_values: tuple, whole: int, part: int, checked: int | None = None
) -> bool:
    """The same of the attention to the support, for the first ``checked`` rows."""
    from autogluon_causalmix.incontext.inference_attention import attend_to_support

    keys = keys_values[0]
    shape = (whole, len(keys), layer.dim)
    return _agrees(lambda q: attend_to_support(q, *keys_values), shape, keys.dtype, part, checked or whole)


def _agrees(step: Callable, shape: tuple[int, ...], dtype: torch.dtype, part: int, checked: int) -> bool:
    import torch

    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    parts = torch.cat([step(piece) for piece in x[: max(part, checked)].split(part)])
    return torch.equal(parts, step(x)[: len(parts)])
