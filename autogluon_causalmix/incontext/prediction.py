"""Predictions of a fitted model: the support is encoded once, query rows pass in tiles of one size.

Contract
--------
* `EncodedSupport` holds the support rows' keys and values of every layer and the weights in the
  precision of predictions; it answers any number of calls.
* **A row's outputs do not depend on the rows beside it**, bit for bit, nor on the number of threads that predict.
  (What was read of the support does depend on the threads that read it, where it is large: `InContextModel.encode`.)
  Kernels choose their order of summation by the number of rows and of threads, so all rows pass in
  tiles of one size, the last one filled up with copies, each on one thread. A few rows take a narrow
  tile, and many share one call of the attention to the support, if this machine's kernels were seen
  to give the same bits there (checked once a model, on thousands of random rows).
* Products run in the compute dtype, bfloat16 where the hardware multiplies it natively; what is
  carried from layer to layer, the normalisations and the last layer are float32.
* Up to the first attention over rows a value's token depends on its column and rank alone: a table
  holds what the first half of the first layer makes of every rank.
* With several threads each takes whole tiles: no thread waits for another within a pass.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from autogluon_causalmix.incontext.inference_layers import MIN_READ, filled, mix_rows, query_targets, read_support
from autogluon_causalmix.incontext.inference_weights import InferenceWeights, inference_weights
from autogluon_causalmix.incontext.quantiles import N_QUANTILES, fit_quantiles
from autogluon_causalmix.incontext.same_bits import attention_agrees, layer_agrees

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["EncodedSupport", "encoded_bytes", "one_thread_a_pass"]

#: Numbers that a tile carries from layer to layer on a CPU: they stay in a core's cache.
TILE_NUMBERS = 400_000
#: Rows of a tile: at least, at most, and the multiple that attention likes.
MIN_TILE, MAX_TILE, TILE_STEP = 64, 384, 64
#: Rows that attend to the support in one call on a CPU, if they carry no more numbers than this:
#: the fused kernel works best on so many queries at a time.
BLOCK, BLOCK_NUMBERS = 768, 2**21
#: Rows of a tile on a GPU, which wants work for thousands of lanes, and the cells that it has at most: they are what
#: the estimate of memory counts.
GPU_TILE, GPU_TILE_CELLS = 1024, 100_000
#: Rows that are ranked at a time: that takes some 20 bytes for each of their cells.
RANKED_ROWS = 8192
#: A table of ranks of at most so many numbers is made.
TABLE_NUMBERS = 2**24
#: Sizes of narrow tiles, for few rows.
NARROW_TILES = (1, 4, 16, 64, 128)


def encoded_bytes(n_support: int, n_features: int, dim: int, n_layers: int, bfloat16: bool) -> int:
    """Bytes of the keys and values of ``n_support`` rows."""
    return 2 * n_layers * n_support * (n_features + 1) * dim * (2 if bfloat16 else 4)


def cpu_tile(numbers: int) -> int:
    """Rows of a tile on a CPU, each of so many numbers."""
    return max(MIN_TILE, min(MAX_TILE, TILE_NUMBERS // numbers // TILE_STEP * TILE_STEP))


def gpu_tile(columns: int) -> int:
    """Rows of a tile on a GPU, each of so many columns."""
    return max(MIN_TILE, min(GPU_TILE, GPU_TILE_CELLS // columns // TILE_STEP * TILE_STEP))


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
    weights
        Those of another support that this model has read, to share; None copies the model's.
    """

    def __init__(
        self,
        model: nn.Module,
        x_support: torch.Tensor,
        y_support: torch.Tensor,
        bfloat16: bool,
        weights: InferenceWeights | None = None,
    ) -> None:
        import torch

        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._n_features = x_support.shape[1]
        self._on_cpu = x_support.device.type == "cpu"
        numbers = (self._n_features + 1) * model.dim  # a row's
        self.tile = cpu_tile(numbers) if self._on_cpu else gpu_tile(self._n_features + 1)
        self.block = max(self.tile, min(BLOCK, BLOCK_NUMBERS // numbers) // self.tile * self.tile)
        self._narrow: dict[int, bool | None] = {}  # sizes asked for, and whether they are exact
        self._blocks: bool | None = None
        with torch.inference_mode():
            self.weights = inference_weights(model, self._dtype) if weights is None else weights
            self._quantiles = fit_quantiles(x_support[None])
            tokens = self.weights.embed(self._quantiles(x_support[None])[0], self.weights.embed_target(y_support))
            self._keys_values = read_support(self.weights, tokens, self.tile)
            fits = self._n_features * (N_QUANTILES + 1) * model.dim <= TABLE_NUMBERS
            self._table = self._ranks_half_way() if fits else None

    @property
    def n_bytes(self) -> int:
        """Memory of the keys and values, and of the table of ranks."""
        table = 0 if self._table is None else 4 * self._table.numel()
        return table + sum(2 * keys.numel() * keys.element_size() for keys, _ in self._keys_values)

    def outputs(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs ``(n, dim_output)`` of query rows ``(n, f)``, float32 on the model's device.

        On a CPU up to ``torch.get_num_threads()`` tiles or blocks of them are in work at a time, each
        on one thread; torch's setting is restored.
        """
        import torch

        with torch.inference_mode(), one_thread_a_pass(self._on_cpu) as n_threads:
            ranks = torch.cat([self._quantiles.ranks(some[None])[0] for some in x.split(RANKED_ROWS)])
            parts = self._parts(ranks, n_threads)
            if n_threads == 1 or len(parts) == 1:
                return torch.cat([self._any_part(part) for part in parts])
            with ThreadPoolExecutor(min(n_threads, len(parts))) as pool:
                return torch.cat(list(pool.map(self._in_worker, parts)))

    def _parts(self, ranks: torch.Tensor, n_threads: int) -> list[torch.Tensor]:
        """Rows cut into blocks, if every thread gets one, and tiles, narrow ones if they are few for the threads."""
        in_blocks = len(ranks) // self.block * self.block
        if self.block == self.tile or in_blocks < n_threads * self.block or not self._blocks_are_exact():
            in_blocks = 0
        blocks, rest = ranks[:in_blocks], ranks[in_blocks:]
        size, narrow = self.tile, NARROW_TILES[-1]
        if narrow < size and narrow < len(rest) < n_threads * size and n_threads > 1 and self._is_exact(narrow, rest):
            size = narrow
        return [part for part in (*blocks.split(self.block), *rest.split(size)) if len(part)]

    def _in_worker(self, part: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.inference_mode():  # a setting of the thread
            return self._any_part(part)

    def _any_part(self, ranks: torch.Tensor) -> torch.Tensor:
        """Outputs of a block, or of at most one tile, of rows given as ranks."""
        n = len(ranks)
        if n in (self.tile, self.block):
            return self._pass(ranks)
        narrow = next((size for size in NARROW_TILES if n <= size < self.tile), None)
        usable = narrow is not None and self._on_cpu and self._is_exact(narrow, ranks)
        return self._pass(filled(ranks, narrow if usable else self.tile))[:n]

    def _is_exact(self, size: int, ranks: torch.Tensor) -> bool:
        """Whether rows have in a narrow tile of this size the bits that they have in a whole one.

        Found out when it is asked for the second time, until when the answer is no: many models
        predict once.
        """
        import torch

        if size not in self._narrow:
            self._narrow[size] = None
            return False
        if self._narrow[size] is None:
            whole = filled(ranks[: self.tile], self.tile)
            alike = torch.equal(self._pass(whole[:size]), self._pass(whole)[:size])
            support = self._keys_values[0]
            self._narrow[size] = alike and layer_agrees(self.weights.layers[0], support, self.tile, size)
        return self._narrow[size]

    def _blocks_are_exact(self) -> bool:
        """Whether a block's rows attend to the support with the bits of a tile's; found out once."""
        if self._blocks is None:
            layer, support = self.weights.layers[0], self._keys_values[0]
            self._blocks = attention_agrees(layer, support, self.block, self.tile)
        return self._blocks

    def _embedded(self, ranks: torch.Tensor) -> torch.Tensor:
        """Tokens ``(n, f + 1, d)`` of query rows given as ranks."""
        codes = self._quantiles.standardised(ranks[None])[0]
        return self.weights.embed(codes, self.weights.mask.expand(len(codes), -1))

    def _ranks_half_way(self) -> torch.Tensor:
        """What the first half of the first layer makes of the target and of every rank, ``((f + 1) * 1000, d)``."""
        import torch

        from autogluon_causalmix.incontext.inference_attention import attend_to_support

        device, layer = self._keys_values[0][0].device, self.weights.layers[0]
        ranks = torch.arange(N_QUANTILES + 1.0, device=device)[:, None].expand(-1, self._n_features)
        tokens = self._embedded(ranks)
        for part in tokens.split(self.tile):
            asked = layer.query(layer.norms[0](part))
            mix_rows(part, attend_to_support(asked, *self._keys_values[0]), layer)
        return tokens.transpose(0, 1).flatten(0, 1)

    def _looked_up(self, ranks: torch.Tensor) -> torch.Tensor:
        """`_embedded` after that, from the table."""
        import torch

        starts = torch.arange(self._n_features + 1, device=ranks.device) * (N_QUANTILES + 1)
        rows = torch.nn.functional.pad(ranks.long(), (1, 0)) + starts
        return self._table.index_select(0, rows.flatten()).view(*rows.shape, -1)

    def _pass(self, ranks: torch.Tensor) -> torch.Tensor:
        """Outputs of query rows given as ranks ``(n, f)``: a narrow tile, a tile, or several."""
        import torch

        weights, half_way = self.weights, self._table is not None
        tokens = self._looked_up(ranks) if half_way else self._embedded(ranks)
        targets = query_targets(weights, self._keys_values, tokens, self.tile, half_way)
        if len(targets) < MIN_READ:
            return weights.read_out(filled(targets, MIN_READ))[: len(targets)]
        return torch.cat([weights.read_out(part) for part in targets.split(self.tile)])


@contextlib.contextmanager
def one_thread_a_pass(on_cpu: bool) -> Iterator[int]:
    """Yields torch's number of threads, which is 1 within on a CPU: kernels sum in another order with more."""
    import torch

    n_threads = torch.get_num_threads() if on_cpu else 1
    if n_threads == 1:
        yield 1
        return
    torch.set_num_threads(1)  # workers take it over
    try:
        yield n_threads
    finally:
        torch.set_num_threads(n_threads)
