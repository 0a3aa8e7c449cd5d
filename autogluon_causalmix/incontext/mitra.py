"""The one place that touches Mitra's private package: loading ``Tab2D`` and running it.

Contract
--------
``in_context_logits`` computes what ``Tab2D.forward`` computes for tables without padding,
from the same parameters, without its costs and faults (measured on AutoGluon 1.6.3):

* no padding masks, which the CPU path of ``Tab2D`` ignores while it writes 9999 into the
  caller's support tensor (``tab2d.py``, ``embedding.py:50``);
* no unconditional activation recomputation: ``recompute`` is the caller's decision;
* rows of support and query walk through a layer together, and the last layer only computes
  the target token of the query rows;
* the support rows' keys and values can be computed once and reused for any number of query
  chunks (`encode_support`, `query_logits`).

``tests/test_upstream_contract.py`` compares both on random inputs and names every attribute
this module relies on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.quantiles import quantile_codes

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = [
    "encode_support",
    "in_context_logits",
    "load_tab2d",
    "new_tab2d",
    "query_logits",
]


def new_tab2d(
    dim: int, n_layers: int, n_heads: int, *, regression: bool = False, n_classes: int = 10, seed: int | None = None
) -> nn.Module:
    """Build a `Tab2D` with random weights on the CPU; torch's global random state is as before."""
    import torch
    from autogluon.tabular.models.mitra._internal.models.tab2d import Tab2D

    with torch.random.fork_rng(devices=[]):
        if seed is not None:
            torch.default_generator.manual_seed(seed)  # `torch.manual_seed` would seed GPUs as well
        return Tab2D(
            dim=dim,
            dim_output=1 if regression else n_classes,
            n_layers=n_layers,
            n_heads=n_heads,
            task="REGRESSION" if regression else "CLASSIFICATION",
            use_pretrained_weights=False,
            path_to_weights="",
            device="cpu",
        )


def load_tab2d(folder: str) -> nn.Module:
    """Load a checkpoint folder (``config.json`` and ``model.safetensors``) onto the CPU."""
    import torch
    from autogluon.tabular.models.mitra._internal.models.tab2d import Tab2D

    with torch.random.fork_rng(devices=[]):  # weights are drawn before they are overwritten
        return Tab2D.from_pretrained(str(folder), device="cpu")


def _row_heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    """``(b, n, f, d)`` to ``(b, f, heads, n, d / heads)``: a sequence is one column's rows."""
    b, n, f, d = x.shape
    return x.view(b, n, f, n_heads, d // n_heads).permute(0, 2, 3, 1, 4)


def _column_heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    """``(b, n, f, d)`` to ``(b, n, heads, f, d / heads)``: a sequence is one row's columns."""
    b, n, f, d = x.shape
    return x.view(b, n, f, n_heads, d // n_heads).permute(0, 1, 3, 2, 4)


def _row_keys_values(layer: nn.Module, normed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    attention = layer.attention1
    heads = attention.n_heads
    return _row_heads(attention.k(normed), heads), _row_heads(attention.v(normed), heads)


def _layer(layer: nn.Module, h: torch.Tensor, n_support: int, keys_values=None, target_only: bool = False):
    """Apply one layer to ``h`` of shape ``(b, n, f + 1, d)``.

    The first ``n_support`` rows are the support; rows attend to them, or to ``keys_values``.
    With ``target_only`` the result holds the target token of the query rows alone.
    """
    import torch.nn.functional as F

    from autogluon_causalmix.incontext.attention import attend

    attention = layer.attention1
    b, _, f, d = h.shape
    normed = layer.layer_norm1(h)
    if keys_values is None:
        keys_values = _row_keys_values(layer, normed[:, :n_support])
    if target_only:
        h, normed = h[:, n_support:], normed[:, n_support:]
    mixed = attend(_row_heads(attention.q(normed), attention.n_heads), *keys_values)
    h = h + attention.o(mixed.permute(0, 3, 1, 2, 4).reshape(b, h.shape[1], f, d))
    h = h + layer.linear2(F.gelu(layer.linear1(layer.layer_norm2(h))))

    attention = layer.attention2
    heads = attention.n_heads
    normed = layer.layer_norm3(h)
    k, v = _column_heads(attention.k(normed), heads), _column_heads(attention.v(normed), heads)
    if target_only:
        h, normed = h[:, :, :1], normed[:, :, :1]
    mixed = attend(_column_heads(attention.q(normed), heads), k, v)
    h = h + attention.o(mixed.permute(0, 1, 3, 2, 4).reshape(b, h.shape[1], h.shape[2], d))
    return h + layer.linear4(F.gelu(layer.linear3(layer.layer_norm4(h))))


def _embed_support(model: nn.Module, codes: torch.Tensor, y_support: torch.Tensor) -> torch.Tensor:
    import torch

    embedding = model.y_embedding
    is_class = isinstance(embedding.y_embedding, torch.nn.Embedding)
    y = y_support.long() if is_class else y_support.to(codes.dtype).unsqueeze(-1)
    return torch.cat((embedding.y_embedding(y).unsqueeze(2), model.x_embedding.x_embedding(codes.unsqueeze(-1))), dim=2)


def _embed_query(model: nn.Module, codes: torch.Tensor) -> torch.Tensor:
    import torch

    b, n, _ = codes.shape
    mask = model.y_embedding.y_mask.weight.expand(b, n, 1, -1)
    return torch.cat((mask, model.x_embedding.x_embedding(codes.unsqueeze(-1))), dim=2)


def in_context_logits(
    model: nn.Module,
    x_support: torch.Tensor,
    y_support: torch.Tensor,
    x_query: torch.Tensor,
    *,
    recompute: bool = False,
    coded: bool = False,
) -> torch.Tensor:
    """Predict query rows from support rows, in one joint pass that gradients can flow through.

    Parameters
    ----------
    model
        A ``Tab2D``; its parameters' dtype is the compute dtype (autocast is honoured).
    x_support, y_support, x_query
        Shapes ``(b, n_support, f)``, ``(b, n_support)``, ``(b, n_query, f)``. Labels are class
        codes, or floats scaled to [0, 1] for a regressor.
    recompute
        Trade time for memory: keep one activation per layer for the backward pass.
    coded
        The columns went through `quantile_codes` already.

    Returns
    -------
    Float32 tensor ``(b, n_query, dim_output)``.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    codes_support, codes_query = (x_support, x_query) if coded else quantile_codes(x_support, x_query)
    dtype = model.final_layer.weight.dtype
    n_support = x_support.shape[1]
    h = torch.cat(
        (_embed_support(model, codes_support.to(dtype), y_support), _embed_query(model, codes_query.to(dtype))), dim=1
    )
    for i, layer in enumerate(model.layers):
        last = i == len(model.layers) - 1
        if recompute:
            h = checkpoint(_layer, layer, h, n_support, None, last, use_reentrant=False)
        else:
            h = _layer(layer, h, n_support, None, last)
    return model.final_layer(model.final_layer_norm(h))[:, :, 0].float()


def encode_support(model: nn.Module, codes_support: torch.Tensor, y_support: torch.Tensor) -> list:
    """Keys and values of the support rows for every layer, for `query_logits`.

    ``codes_support`` has shape ``(b, n_support, f)`` and comes from `quantile_codes`.
    """
    h = _embed_support(model, codes_support.to(model.final_layer.weight.dtype), y_support)
    cache = []
    for i, layer in enumerate(model.layers):
        cache.append(_row_keys_values(layer, layer.layer_norm1(h)))
        if i < len(model.layers) - 1:
            h = _layer(layer, h, 0, cache[-1])
    return cache


def query_logits(model: nn.Module, cache: list, codes_query: torch.Tensor) -> torch.Tensor:
    """Logits ``(b, n_query, dim_output)`` of coded query rows against an encoded support."""
    h = _embed_query(model, codes_query.to(model.final_layer.weight.dtype))
    for i, layer in enumerate(model.layers):
        h = _layer(layer, h, 0, cache[i], i == len(model.layers) - 1)
    return model.final_layer(model.final_layer_norm(h))[:, :, 0].float()
