"""An in-context model as an energy with a gradient, for TabEBM.

Mitra replaces every value by its rank among the support's quantiles, a step function without a
gradient. Here a numeric column goes through a smooth one instead: the cumulative distribution of a
Gaussian kernel density of the context rows, for context and query rows alike, standardised as Mitra
does it. It tends to the rank as the bandwidth (Silverman's rule, over the context's robust spread)
shrinks. Class columns keep Mitra's own codes and have no gradient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autogluon_causalmix.incontext.learner import has_native_bfloat16
from autogluon_causalmix.incontext.mitra import encode_support, query_logits
from autogluon_causalmix.incontext.quantiles import quantile_codes

if TYPE_CHECKING:
    import torch

__all__ = ["InContextEnergy"]

#: Cells (rows times context rows times columns) of the kernel sums computed at a time.
KERNEL_CELLS = 20_000_000
#: Cells (rows times columns) whose activations are kept at a time for their gradients.
GRADIENT_CELLS = 20_000


class InContextEnergy:
    """``E(x) = -logsumexp`` of the first two logits of a Tab2D classifier.

    Parameters
    ----------
    model
        A Tab2D of its own: its precision is changed.
    device
        Where it is.
    precision
        As in fine-tuning steps: "float32", "bfloat16" or "auto".
    """

    def __init__(self, model: torch.nn.Module, device: str = "cpu", precision: str = "auto") -> None:
        import torch

        fast = has_native_bfloat16(device) if precision == "auto" else precision == "bfloat16"
        self._model = model.to(device, torch.bfloat16 if fast else torch.float32).eval()
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        self._device = device

    def condition(self, x: np.ndarray, y: np.ndarray, is_category: np.ndarray) -> None:
        """Take rows ``(n, f)`` with labels 0 and 1 as context."""
        import torch

        self._is_category = torch.from_numpy(np.flatnonzero(is_category)).to(self._device)
        self._context = self._tensor(x)
        spread = np.minimum(x.std(axis=0), np.subtract(*np.percentile(x, [75, 25], axis=0)) / 1.34)
        spread = np.where(spread > 0, spread, x.std(axis=0))
        bandwidth = 0.9 * np.maximum(spread, 1e-3) * len(x) ** -0.2
        self._bandwidth = self._tensor(bandwidth)
        with torch.no_grad():
            codes = torch.cat([self._ranks(part) for part in self._parts(x)])
            self._mean = codes.mean(dim=0)
            std = (codes - self._mean).square().mean(dim=0).sqrt()
            self._std = torch.where(std > 0, std, 1.0)
            codes = torch.cat([self._codes(part) for part in self._parts(x)])
            labels = torch.from_numpy(np.asarray(y)).to(self._device)
            self._cache = encode_support(self._model, codes[None], labels[None])

    def values(self, x: np.ndarray) -> np.ndarray:
        """Energies ``(n,)``."""
        import torch

        with torch.no_grad():
            parts = [self._energy(part).cpu().numpy() for part in self._parts(x)]
        return np.concatenate(parts).astype(np.float64)

    def gradients(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energies ``(n,)`` and their gradients ``(n, f)``, zero in categorical columns."""
        import torch

        energies, gradients = [], []
        for rows in self._parts(x):
            rows.requires_grad_(True)
            energy = self._energy(rows)
            gradients.append(torch.autograd.grad(energy.sum(), rows)[0].cpu().numpy())
            energies.append(energy.detach().cpu().numpy())
        return np.concatenate(energies).astype(np.float64), np.concatenate(gradients).astype(np.float64)

    def _parts(self, x: np.ndarray) -> list[torch.Tensor]:
        rows = max(1, min(KERNEL_CELLS // self._context.numel(), GRADIENT_CELLS // (x.shape[1] + 1)))
        return [self._tensor(x[at : at + rows]) for at in range(0, len(x), rows)]

    def _tensor(self, x: np.ndarray) -> torch.Tensor:
        import torch

        return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)).to(self._device)

    def _ranks(self, rows: torch.Tensor) -> torch.Tensor:
        """Smooth ranks in [0, 1] among the context rows, ``(n, f)``."""
        import torch

        return torch.special.ndtr((rows[:, None] - self._context) / self._bandwidth).mean(dim=1)

    def _codes(self, rows: torch.Tensor) -> torch.Tensor:
        import torch

        codes = (self._ranks(rows) - self._mean) / self._std
        if not len(self._is_category):
            return codes
        with torch.no_grad():
            context, queries = self._context[:, self._is_category], rows[:, self._is_category].detach()
            exact = quantile_codes(context[None], queries[None])[1][0]
        return codes.index_copy(1, self._is_category, exact)

    def _energy(self, rows: torch.Tensor) -> torch.Tensor:
        logits = query_logits(self._model, self._cache, self._codes(rows)[None])[0, :, :2]
        return -logits.logsumexp(dim=-1)
