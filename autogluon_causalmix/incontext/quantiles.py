"""Mitra's first layer: every column becomes its rank among the support's quantiles.

The same numbers as upstream's (``x_quantile`` in ``embedding.py``; a contract test compares them),
by sorting and searching instead of a comparison with all 999 quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["N_QUANTILES", "Quantiles", "fit_quantiles", "quantile_codes"]

#: Mitra cuts each column at the support's 0.1 %, 0.2 %, ..., 99.9 % quantiles (embedding.py).
N_QUANTILES = 999


@dataclass(frozen=True)
class Quantiles:
    """Rank codes of columns by a support's quantiles, standardised (Mitra's first layer).

    Attributes
    ----------
    cuts
        Quantiles ``(b, f, 999)`` of the support.
    mean, std
        Of the support's codes, ``(b, 1, f)``; ``std`` is 0 where a column is constant.
    """

    cuts: torch.Tensor
    mean: torch.Tensor
    std: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Codes of rows ``(b, n, f)``, float32; 0 in columns that are constant in the support."""
        return self.standardised(self.ranks(x))

    def ranks(self, x: torch.Tensor) -> torch.Tensor:
        """Quantiles below each value, 0 to `N_QUANTILES`, as float32."""
        return _ranks(self.cuts, x)

    def standardised(self, ranks: torch.Tensor) -> torch.Tensor:
        """Codes of ranks ``(b, n, f)``."""
        import torch

        constant = self.std == 0
        codes = (ranks - self.mean) / torch.where(constant, 1.0, self.std)
        return torch.where(constant, 0.0, codes)


def fit_quantiles(x_support: torch.Tensor) -> Quantiles:
    """Quantiles of support rows ``(b, n, f)``, float32 and finite."""
    import torch

    n_support = x_support.shape[1]
    ordered = x_support.transpose(1, 2).sort(dim=-1).values  # (b, f, n_support)
    q = torch.arange(1, N_QUANTILES + 1, dtype=torch.float, device=x_support.device) / (N_QUANTILES + 1)
    position = q * (n_support - 1)
    below = position.floor().long()
    weight = position - below
    above = (below + 1).clamp_max(n_support - 1)
    # The same interpolation as torch.quantile, which refuses tensors of more than 16 M elements.
    cuts = torch.lerp(ordered[..., below], ordered[..., above], weight).contiguous()
    ranks = _ranks(cuts, x_support)
    mean = ranks.mean(dim=1, keepdim=True)
    return Quantiles(cuts, mean, (ranks - mean).square().mean(dim=1, keepdim=True).sqrt())


def _ranks(cuts: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.searchsorted(cuts, x.transpose(1, 2).contiguous()).float().transpose(1, 2)


def quantile_codes(x_support: torch.Tensor, x_query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes of support and query rows ``(b, n, f)`` by the support's `Quantiles`."""
    codes = fit_quantiles(x_support)
    return codes(x_support), codes(x_query)
