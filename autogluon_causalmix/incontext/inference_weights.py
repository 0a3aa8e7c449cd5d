"""A Tab2D's weights as predictions use them: copied once, products in a precision of their own."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["InferenceWeights", "LayerWeights", "inference_weights"]

Map = Callable[..., "torch.Tensor"]


@dataclass(frozen=True)
class LayerWeights:
    """One layer's maps for predictions, each from its last axis to its last axis.

    ``norms`` take float32; their results and all else are in the dtype of
    `inference_weights`. The first of each ``feed_forward`` ends in the activation.
    """

    n_heads: int
    dim: int
    norms: tuple[Map, Map, Map, Map]
    query: Map
    keys_values: Map
    mix_rows: Map
    across: Map
    mix_columns: Map
    feed_forward: tuple[tuple[Map, Map], tuple[Map, Map]]

    @property
    def products(self) -> list[tuple[Map, int]]:
        """The products that query rows go through, and the width of what they take."""
        ups, downs = zip(*self.feed_forward, strict=True)
        narrow = (self.query, self.mix_rows, self.across, self.mix_columns, *ups)
        return [(product, self.dim) for product in narrow] + [(product, 4 * self.dim) for product in downs]


@dataclass(frozen=True)
class InferenceWeights:
    """A Tab2D's maps for predictions: tokens ``(n, f + 1, d)`` in, outputs ``(n, dim_output)`` out."""

    layers: list[LayerWeights]
    mask: torch.Tensor
    embed: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    embed_target: Callable[[torch.Tensor], torch.Tensor]
    read_out: Callable[[torch.Tensor], torch.Tensor]


def inference_weights(model: nn.Module, dtype: torch.dtype) -> InferenceWeights:
    """Copy a Tab2D's weights as they are now: products in ``dtype``, all else in float32."""
    import torch
    import torch.nn.functional as F

    def product(*linears: nn.Module, to: torch.dtype = dtype, gelu: bool = False) -> Map:
        weight = torch.cat([linear.weight.detach() for linear in linears]).to(to, copy=True)
        bias = torch.cat([linear.bias.detach() for linear in linears]).to(to, copy=True)
        return _linear(weight, bias, gelu)

    def norm(layer: nn.Module, to: torch.dtype = dtype) -> Map:
        weight, bias, eps = layer.weight.detach().clone(), layer.bias.detach().clone(), layer.eps
        return lambda h: F.layer_norm(h, weight.shape, weight, bias, eps).to(to)

    def layer_weights(layer: nn.Module) -> LayerWeights:
        rows, columns = layer.attention1, layer.attention2
        return LayerWeights(
            rows.n_heads,
            model.dim,
            tuple(norm(part) for part in (layer.layer_norm1, layer.layer_norm2, layer.layer_norm3, layer.layer_norm4)),
            product(rows.q),
            product(rows.k, rows.v),
            product(rows.o),
            product(columns.q, columns.k, columns.v),
            product(columns.o),
            (
                (product(layer.linear1, gelu=True), product(layer.linear2)),
                (product(layer.linear3, gelu=True), product(layer.linear4)),
            ),
        )

    value = model.x_embedding.x_embedding
    weight, bias = value.weight.detach()[:, 0].clone(), value.bias.detach().clone()
    target = copy.deepcopy(model.y_embedding.y_embedding)
    final_norm, final = norm(model.final_layer_norm, torch.float32), product(model.final_layer, to=torch.float32)

    def embed(codes: torch.Tensor, target_tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat((target_tokens[:, None], codes[..., None] * weight + bias), dim=1)

    def embed_target(y: torch.Tensor) -> torch.Tensor:
        return target(y.long()) if isinstance(target, torch.nn.Embedding) else target(y.float()[:, None])

    return InferenceWeights(
        [layer_weights(layer) for layer in model.layers],
        model.y_embedding.y_mask.weight.detach().clone(),
        embed,
        embed_target,
        lambda h: final(final_norm(h)),
    )


def _linear(weight: torch.Tensor, bias: torch.Tensor, gelu: bool) -> Map:
    """``x @ weight.T + bias`` and, with ``gelu``, the activation of that."""
    import torch
    import torch.nn.functional as F

    if weight.dtype == torch.bfloat16 and weight.device.type == "cpu" and _fuses():
        fused, activation = (
            torch.ops.mkldnn._linear_pointwise.default,
            ("gelu", [], "none") if gelu else ("none", [], ""),
        )
        return lambda x: fused(x, weight, bias, *activation)
    return (lambda x: F.gelu(F.linear(x, weight, bias))) if gelu else lambda x: F.linear(x, weight, bias)


@functools.cache
def _fuses() -> bool:
    """Whether this build of torch has oneDNN's product with bias and activation for bfloat16, no public call."""
    import torch
    import torch.nn.functional as F

    x, weight, bias = (torch.linspace(-1, 1, size).to(torch.bfloat16) for size in (16 * 32, 8 * 32, 8))
    x, weight = x.view(16, 32), weight.view(8, 32)
    try:
        product = torch.ops.mkldnn._linear_pointwise.default(x, weight, bias, "gelu", [], "none")
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(product, F.gelu(F.linear(x, weight, bias)), rtol=2**-6, atol=2**-6)
