"""A Tab2D's layers as predictions pass them: tokens ``(rows, columns, d)``, the target's column first.

Tokens are float32 and change in place. Rows meet only where they attend to the support; all else
goes tile by tile, and a tile's tokens stay in a core's cache from there to the next layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.inference_weights import InferenceWeights, LayerWeights

if TYPE_CHECKING:
    import torch

__all__ = ["MIN_READ", "KeysValues", "filled", "mix_columns", "mix_rows", "query_targets", "read_support"]

#: Rows of target tokens that a product takes at least: those of fewer rows are summed in another order.
MIN_READ = 16

KeysValues = tuple["torch.Tensor", "torch.Tensor"]


def read_support(weights: InferenceWeights, tokens: torch.Tensor, tile: int) -> list[KeysValues]:
    """Keys and values ``(c, heads, m, d / heads)`` in every layer of support tokens ``(m, c, d)``."""
    import torch

    from autogluon_causalmix.incontext.inference_attention import attend_to_support

    support: list[KeysValues] = []
    parts = tokens.split(tile)
    for layer in weights.layers:
        keys_values, queries = [], []
        for part in parts:
            normed = layer.norms[0](part)
            keys_values.append(layer.keys_values(normed))
            queries.append(layer.query(normed))
        keys, values = (
            part.unflatten(-1, (layer.n_heads, -1)).permute(1, 2, 0, 3).contiguous()
            for part in torch.cat(keys_values).chunk(2, dim=-1)
        )
        support.append((keys, values))
        if layer is not weights.layers[-1]:
            attended = attend_to_support(torch.cat(queries), keys, values).split(tile)
            for part, mixed in zip(parts, attended, strict=True):
                mix_rows(part, mixed, layer)
                mix_columns(part, layer)
    return support


def query_targets(
    weights: InferenceWeights, support: list[KeysValues], tokens: torch.Tensor, tile: int, half_way: bool
) -> torch.Tensor:
    """Target tokens ``(n, d)`` after the last layer of query rows' tokens ``(n, c, d)``.

    With ``half_way`` these are what `mix_rows` makes of them in the first layer.
    """
    import torch

    from autogluon_causalmix.incontext.inference_attention import attend_to_support

    layers, parts = weights.layers, tokens.split(tile)
    targets = []
    asked = [] if half_way else [layers[0].query(layers[0].norms[0](part)) for part in parts]
    for layer, after, keys_values in zip(layers, [*layers[1:], None], support, strict=True):
        attended = attend_to_support(torch.cat(asked), *keys_values).split(tile) if asked else None
        asked = []
        for i, part in enumerate(parts):
            if attended is not None:
                mix_rows(part, attended[i], layer)
            if after is None:
                targets.append(_mixed_target(part, layer))
            else:
                mix_columns(part, layer)
                asked.append(after.query(after.norms[0](part)))
    return torch.cat(targets)


def mix_rows(tokens: torch.Tensor, attended: torch.Tensor, layer: LayerWeights) -> None:
    """First half of a layer, in place, from what the attention to the support made, ``(n, c, d)`` too."""
    tokens += layer.mix_rows(attended)
    _feed_forward(tokens, layer, 0)


def mix_columns(tokens: torch.Tensor, layer: LayerWeights) -> None:
    """Second half of a layer, in place: every row's columns attend to each other."""
    from autogluon_causalmix.incontext.inference_attention import attend_across_columns

    across = layer.across(layer.norms[2](tokens))
    tokens += layer.mix_columns(attend_across_columns(across, layer.n_heads))
    _feed_forward(tokens, layer, 1)


def _mixed_target(tokens: torch.Tensor, layer: LayerWeights) -> torch.Tensor:
    """Target tokens ``(n, d)`` after the second half of a layer."""
    from autogluon_causalmix.incontext.inference_attention import attend_across_columns

    across = layer.across(layer.norms[2](tokens))
    attended = attend_across_columns(across, layer.n_heads, target_only=True)[:, 0]
    target = filled(tokens[:, 0], max(len(tokens), MIN_READ))
    target = target + layer.mix_columns(filled(attended, len(target)))
    _feed_forward(target, layer, 1)
    return target[: len(tokens)]


def _feed_forward(tokens: torch.Tensor, layer: LayerWeights, half: int) -> None:
    up, down = layer.feed_forward[half]
    tokens += down(up(layer.norms[2 * half + 1](tokens)))


def filled(rows: torch.Tensor, n: int) -> torch.Tensor:
    """``n`` rows ``(n, d)``, of which the last ones are copies."""
    import torch

    return torch.cat((rows, rows[-1:].expand(n - len(rows), -1)))
