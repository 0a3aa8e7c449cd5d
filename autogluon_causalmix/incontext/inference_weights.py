"""A Tab2D's weights as predictions use them: copied once, products in a precision of their own."""

from __future__ import annotations

import copy
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

    ``norms`` take the dtype of their result; the others compute in the dtype of `inference_weights`.
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
    """A Tab2D's maps for predictions: tokens ``(f + 1, n, d)`` in, outputs ``(n, dim_output)`` out."""

    layers: list[LayerWeights]
    mask: torch.Tensor
    embed: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    embed_target: Callable[[torch.Tensor], torch.Tensor]
    read_out: Callable[[torch.Tensor], torch.Tensor]


def inference_weights(model: nn.Module, dtype: torch.dtype) -> InferenceWeights:
    """Copy a Tab2D's weights as they are now: products in ``dtype``, all else in float32."""
    import torch
    import torch.nn.functional as F

    def product(*linears: nn.Module, to: torch.dtype = dtype) -> Map:
        weight = torch.cat([linear.weight.detach() for linear in linears]).to(to, copy=True)
        bias = torch.cat([linear.bias.detach() for linear in linears]).to(to, copy=True)
        return lambda x: F.linear(x, weight, bias)

    def norm(layer: nn.Module) -> Map:
        weight, bias, eps = layer.weight.detach().clone(), layer.bias.detach().clone(), layer.eps
        return lambda h, to: F.layer_norm(h, weight.shape, weight, bias, eps).to(to)

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
            ((product(layer.linear1), product(layer.linear2)), (product(layer.linear3), product(layer.linear4))),
        )

    value = model.x_embedding.x_embedding
    weight, bias = value.weight.detach()[:, 0].clone(), value.bias.detach().clone()
    target = copy.deepcopy(model.y_embedding.y_embedding)
    final_norm, final = norm(model.final_layer_norm), product(model.final_layer, to=torch.float32)

    def embed(codes: torch.Tensor, target_tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat((target_tokens[None], codes.t()[..., None] * weight + bias))

    def embed_target(y: torch.Tensor) -> torch.Tensor:
        return target(y.long()) if isinstance(target, torch.nn.Embedding) else target(y.float()[:, None])

    return InferenceWeights(
        [layer_weights(layer) for layer in model.layers],
        model.y_embedding.y_mask.weight.detach().clone(),
        embed,
        embed_target,
        lambda h: final(final_norm(h, torch.float32)),
    )
