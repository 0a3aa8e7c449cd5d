"""Predictions of a fitted model: the support is encoded once, query rows pass in tiles of one size.

Contract
--------
* `EncodedSupport` holds the support rows' keys and values of every layer and the weights in the
  precision of predictions; it answers any number of calls.
* **A row's outputs do not depend on the rows beside it**, bit for bit. Kernels for matrix products
  choose their order of summation by the number of rows, so all rows pass in tiles of one size, the
  last one filled up with copies. A few rows take a narrow tile if this machine's kernels were seen
  to give the same bits there (checked once a model, on thousands of random rows).
* Products run in the compute dtype, bfloat16 where the hardware multiplies it natively; what is
  carried from layer to layer, the normalisations and the last layer are float32.
* Up to the first attention over rows a value's token depends on its column and rank alone: a table
  holds what the first half of the first layer makes of every rank.
* With several threads each takes whole tiles: no thread waits for another within a pass.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.inference_weights import InferenceWeights, LayerWeights, inference_weights
from autogluon_causalmix.incontext.quantiles import N_QUANTILES, fit_quantiles

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["EncodedSupport", "encoded_bytes"]

#: Numbers that a tile carries from layer to layer on a CPU: they stay in a core's cache.
TILE_NUMBERS = 180_000
#: Rows of a tile: at least, at most, and the multiple that attention likes.
MIN_TILE, MAX_TILE, TILE_STEP = 64, 128, 64
#: The same on a GPU, which wants work for thousands of lanes.
GPU_TILE = 1024
#: A table of ranks of at most so many numbers is made.
TABLE_NUMBERS = 2**24
#: Sizes of narrow tiles, for few rows.
NARROW_TILES = (1, 4, 16)
#: Rows, times columns, by which the kernels are checked for them.
CHECKED_ROWS = 64
#: Rows that the last layer reads at least: products of fewer rows are summed in another order.
MIN_READ = 16


def encoded_bytes(n_support: int, n_features: int, dim: int, n_layers: int, bfloat16: bool) -> int:
    """Bytes of the keys and values of ``n_support`` rows."""
    return 2 * n_layers * n_support * (n_features + 1) * dim * (2 if bfloat16 else 4)


class EncodedSupport:
    """A Tab2D that has read its support rows.

    Parameters
    ----------
    model
        Tab2D with float32 weights; they are copied, later changes of the model are not seen.
    x_support, y_support
        Features ``(n, f)`` float32 and class codes or scaled targets ``(n,)`` on the model's device.
    bfloat16
        Whether products run in bfloat16.
    """

    def __init__(self, model: nn.Module, x_support: torch.Tensor, y_support: torch.Tensor, bfloat16: bool) -> None:
        import torch

        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._n_features = x_support.shape[1]
        self._parallel = x_support.device.type == "cpu"
        fitting = TILE_NUMBERS // ((self._n_features + 1) * model.dim) // TILE_STEP * TILE_STEP
        self.tile = max(MIN_TILE, min(MAX_TILE, fitting)) if self._parallel else GPU_TILE
        self._narrow: bool | None = None
        with torch.inference_mode():
            self._weights: InferenceWeights = inference_weights(model, self._dtype)
            self._quantiles = fit_quantiles(x_support[None])
            self._keys_values = self._read(self._quantiles(x_support[None])[0], y_support)
            fits = self._n_features * (N_QUANTILES + 1) * model.dim <= TABLE_NUMBERS
            self._table = self._ranks_half_way() if fits else None

    @property
    def n_bytes(self) -> int:
        """Memory of the keys and values, and of the table of ranks."""
        table = 0 if self._table is None else 4 * self._table.numel()
        return table + sum(2 * keys.numel() * keys.element_size() for keys, _ in self._keys_values)

    def outputs(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs ``(n, dim_output)`` of query rows ``(n, f)``, float32 on the model's device.

        Up to ``torch.get_num_threads()`` tiles are in work at a time on a CPU; torch's setting is
        restored.
        """
        import torch

        with torch.inference_mode():
            tiles = self._quantiles.ranks(x[None])[0].split(self.tile)
            n_threads = torch.get_num_threads()
            if not self._parallel or n_threads == 1 or len(tiles) < 2:
                return torch.cat([self._any_tile(tile) for tile in tiles])
            torch.set_num_threads(1)  # of each worker; their own number is taken over from here
            try:
                with ThreadPoolExecutor(min(n_threads, len(tiles))) as pool:
                    return torch.cat(list(pool.map(self._in_worker, tiles)))
            finally:
                torch.set_num_threads(n_threads)

    def _in_worker(self, tile: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.inference_mode():  # a setting of the thread
            return self._any_tile(tile)

    def _any_tile(self, ranks: torch.Tensor) -> torch.Tensor:
        """Outputs of at most one tile of rows, given as ranks."""
        n = len(ranks)
        if n == self.tile:
            return self._pass(ranks)
        narrow = next((size for size in NARROW_TILES if n <= size), None)
        usable = narrow is not None and self._parallel and self._narrow_is_exact(ranks)
        return self._pass(_filled(ranks, narrow if usable else self.tile))[:n]

    def _narrow_is_exact(self, ranks: torch.Tensor) -> bool:
        import torch

        if self._narrow is None:
            expected = self._pass(_filled(ranks, self.tile))
            narrow = ((size, self._pass(_filled(ranks, max(size, len(ranks)))[:size])) for size in NARROW_TILES)
            self._narrow = self._products_agree() and all(torch.equal(out, expected[:size]) for size, out in narrow)
        return self._narrow

    def _products_agree(self) -> bool:
        """Whether every product gives a row of a narrow tile the bits that it has in a whole one.

        Another order of summation shows in about one of twenty thousand bfloat16 results: few rows do not tell.
        """
        import torch

        generator, columns = torch.Generator().manual_seed(0), self._n_features + 1
        for product, width in self._weights.layers[0].products:
            x = torch.randn(self.tile * columns, width, generator=generator).to(self._dtype)
            whole = product(x)
            for size in NARROW_TILES:
                parts = x.split(size * columns)[: CHECKED_ROWS // size]
                if not torch.equal(torch.cat([product(part) for part in parts]), whole[: sum(map(len, parts))]):
                    return False
        return True

    # -- layers; tokens are (f + 1, n, d), the target's first ------------------------------------

    def _read(self, codes: torch.Tensor, y: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Keys and values ``(f + 1, heads, n, d / heads)`` of the support in every layer."""
        weights, found = self._weights, []
        h = weights.embed(codes, weights.embed_target(y))
        for layer in weights.layers:
            normed = layer.norms[0](h, self._dtype)
            keys, values = layer.keys_values(normed).chunk(2, dim=-1)
            found.append(tuple(_heads(part, layer.n_heads).contiguous() for part in (keys, values)))
            if layer is not weights.layers[-1]:
                h = self._columns(self._rows(h, layer, found[-1], normed), layer)
        return found

    def _half_way(self, ranks: torch.Tensor) -> torch.Tensor:
        """Tokens of query rows after the first layer's attention over rows, computed."""
        weights = self._weights
        codes = self._quantiles.standardised(ranks[None])[0]
        h = weights.embed(codes, weights.mask.expand(len(codes), -1))
        return self._rows(h, weights.layers[0], self._keys_values[0], weights.layers[0].norms[0](h, self._dtype))

    def _ranks_half_way(self) -> torch.Tensor:
        """The same of every rank ``(f + 1, 1000, d)``."""
        import torch

        device = self._keys_values[0][0].device
        ranks = torch.arange(N_QUANTILES + 1.0, device=device)[:, None].expand(-1, self._n_features)
        return torch.cat([self._half_way(part) for part in ranks.split(self.tile)], dim=1)

    def _looked_up(self, ranks: torch.Tensor) -> torch.Tensor:
        """`_half_way`, from the table."""
        import torch

        columns = torch.arange(self._n_features, device=ranks.device)[:, None]
        target = self._table[:1, :1].expand(-1, len(ranks), -1)
        return torch.cat((target, self._table[1:][columns, ranks.t().long()]))

    def _pass(self, ranks: torch.Tensor) -> torch.Tensor:
        """Outputs of query rows given as ranks ``(n, f)``."""
        weights = self._weights
        h = self._half_way(ranks) if self._table is None else self._looked_up(ranks)
        for layer, keys_values in zip(weights.layers, self._keys_values, strict=True):
            if layer is not weights.layers[0]:
                h = self._rows(h, layer, keys_values, layer.norms[0](h, self._dtype))
            h = self._columns(h, layer, target_only=layer is weights.layers[-1])
        h = h[0]
        if len(h) < MIN_READ:
            return weights.read_out(_filled(h, MIN_READ))[: len(h)]
        return weights.read_out(h)

    def _rows(self, h: torch.Tensor, layer: LayerWeights, keys_values: tuple, normed: torch.Tensor) -> torch.Tensor:
        """Every column's rows attend to the support's."""
        from autogluon_causalmix.incontext.attention import attend_tile

        mixed = attend_tile(_heads(layer.query(normed), layer.n_heads), *keys_values)
        h += layer.mix_rows(mixed.transpose(1, 2).reshape(h.shape))
        return self._feed_forward(h, layer, 0)

    def _columns(self, h: torch.Tensor, layer: LayerWeights, target_only: bool = False) -> torch.Tensor:
        """Every row's columns attend to each other; ``target_only`` keeps the target's token."""
        from autogluon_causalmix.incontext.attention import attend_plain

        parts = layer.across(layer.norms[2](h, self._dtype)).chunk(3, dim=-1)
        q, k, v = (_heads(part, layer.n_heads).permute(2, 1, 0, 3) for part in parts)
        if target_only:
            h, q = h[:1], q[:, :, :1]
        h = h + layer.mix_columns(attend_plain(q, k, v).permute(2, 0, 1, 3).reshape(h.shape))
        return self._feed_forward(h, layer, 1)

    def _feed_forward(self, h: torch.Tensor, layer: LayerWeights, half: int) -> torch.Tensor:
        import torch.nn.functional as F

        up, down = layer.feed_forward[half]
        h += down(F.gelu(up(layer.norms[2 * half + 1](h, self._dtype))))
        return h


def _heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    """``(f, n, d)`` to ``(f, heads, n, d / heads)``, without a copy."""
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def _filled(rows: torch.Tensor, n: int) -> torch.Tensor:
    """``n`` rows, of which the last ones are copies."""
    import torch

    return torch.cat((rows, rows[-1:].expand(n - len(rows), -1)))
