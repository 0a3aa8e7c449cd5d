"""A Tab2D at work: losses, gradients and predictions, on any device and in any precision.

Weights are float32 masters. Where the hardware multiplies bfloat16 natively (CUDA, CPUs with
AVX512-BF16 or AMX), steps and the validation passes between them run through a bfloat16 copy that
is refreshed before each; its gradients come back in float32. Predictions multiply in bfloat16 there
too, but carry, normalise and read out in float32 (`incontext.prediction`).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from autogluon_causalmix.incontext.episode import Episode
from autogluon_causalmix.incontext.mitra import encode_support, in_context_logits, query_logits
from autogluon_causalmix.incontext.prediction import EncodedSupport, one_thread_a_pass
from autogluon_causalmix.incontext.quantiles import quantile_codes
from autogluon_causalmix.threads import is_small

if TYPE_CHECKING:
    import torch
    from torch import nn

    from autogluon_causalmix.incontext.inference_weights import InferenceWeights

__all__ = ["InContextModel", "has_native_bfloat16", "numpy_outputs", "step_bytes"]

#: Activation bytes per token, layer and embedding dimension that a step keeps, and per token and
#: dimension that the one layer at work takes if they are recomputed; in (bfloat16, float32), measured.
KEPT_BYTES, WORKING_BYTES = (70, 120), (160, 400)
#: Above this, activations are recomputed in the backward pass: more time, a fraction of the memory.
RECOMPUTE_ABOVE_BYTES = 3e9
#: Cells predicted in one pass.
QUERY_CELLS = 100_000


def has_native_bfloat16(device: str) -> bool:
    """Whether the device multiplies bfloat16 faster than float32."""
    import torch

    if device.startswith("cuda") and torch.cuda.is_available():
        with torch.cuda.device(device):  # asked of the current one, which may be another card
            return torch.cuda.is_bf16_supported(including_emulation=False)
    if not device.startswith("cpu") or not hasattr(torch.cpu, "get_capabilities"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def step_bytes(n_rows: int, n_features: int, dim: int, n_layers: int, bfloat16: bool) -> tuple[int, bool]:
    """Activation bytes of a step on ``n_rows`` support and query rows, and whether it recomputes."""
    tokens = n_rows * (n_features + 1)
    kept_bytes = KEPT_BYTES[0 if bfloat16 else 1] * tokens * n_layers * dim
    if kept_bytes <= RECOMPUTE_ABOVE_BYTES:
        return kept_bytes, False
    inputs = (2 if bfloat16 else 4) * n_layers
    return tokens * dim * (WORKING_BYTES[0 if bfloat16 else 1] + inputs), True


class InContextModel:
    """A Tab2D with the number of classes it is used for.

    Parameters
    ----------
    model
        Float32 Tab2D.
    n_classes
        Classes present (their logits are the first ones); 0 for regression.
    precision
        "float32", "bfloat16" or "auto": bfloat16 where the device multiplies it faster.
    """

    def __init__(self, model: nn.Module, n_classes: int, device: str, precision: str) -> None:
        self.model, self.n_classes, self.device = model.to(device), n_classes, device
        self.precision = precision
        self._copy: nn.Module | None = None

    @property
    def rounds(self) -> bool:
        """Whether products, of steps and of predictions, are computed in bfloat16."""
        if self.precision != "auto":
            return self.precision == "bfloat16"
        return has_native_bfloat16(self.device)

    def _compute_model(self) -> nn.Module:
        """The model of steps: the masters, or the bfloat16 copy of their present values."""
        import torch

        if not self.rounds:
            return self.model
        if self._copy is None:
            self._copy = copy.deepcopy(self.model).to(torch.bfloat16)
        with torch.no_grad():
            torch._foreach_copy_(list(self._copy.parameters()), list(self.model.parameters()))
        return self._copy

    def _tensors(self, *arrays: np.ndarray) -> list[torch.Tensor]:
        import torch

        return [torch.from_numpy(np.ascontiguousarray(a)).to(self.device).unsqueeze(0) for a in arrays]

    def _outputs(self, raw: torch.Tensor) -> torch.Tensor:
        return raw[0, :, : self.n_classes] if self.n_classes else raw[0, :, 0]

    def loss(self, outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Cross-entropy over the classes present, or squared error of the scaled target.

        ``y`` has shape ``(n,)``, or ``(n, n_classes)`` where labels are probabilities.
        """
        import torch.nn.functional as F

        if not self.n_classes:
            return F.mse_loss(outputs, y.float())
        return F.cross_entropy(outputs, y.float() if y.ndim == 2 else y.long())

    def compute_gradients(self, episode: Episode) -> float:
        """Set the masters' ``grad`` to the gradient of the episode's loss; return the loss.

        The loss is that of the query rows given the support rows.
        """
        model = self._compute_model()
        if model is self.model:
            model.zero_grad(set_to_none=True)
        x_s, y_s, x_q, y_q = self._tensors(episode.x_support, episode.y_support, episode.x_query, episode.y_query)
        recompute = self._recomputes(x_s.shape[1] + x_q.shape[1], x_s.shape[2])
        loss = self.loss(self._outputs(in_context_logits(model, x_s, y_s, x_q, recompute=recompute)), y_q[0])
        loss.backward()
        if model is not self.model:
            for master, shadow in zip(self.model.parameters(), model.parameters(), strict=True):
                if shadow.grad is None or master.grad is None:
                    master.grad = None if shadow.grad is None else shadow.grad.float()
                else:  # into the memory at hand: new pages cost more than the copy
                    master.grad.copy_(shadow.grad)
            model.zero_grad(set_to_none=True)
        return float(loss.detach())

    def _recomputes(self, n_rows: int, n_features: int) -> bool:
        model = self.model
        return step_bytes(n_rows, n_features, model.dim, len(model.layers), self.rounds)[1]

    def pass_work(self, n_support: int, n_query: int, n_features: int) -> float:
        """Floating-point operations of predicting ``n_query`` rows from ``n_support`` rows."""
        d, n_layers = self.model.dim, len(self.model.layers)
        columns, rows = n_features + 1, n_support + n_query
        linear, across, down = 48 * d, 4 * columns, 4 * n_support
        return float(n_layers * rows * columns * d * (linear + across + down))

    def step_work(self, n_support: int, n_query: int, n_features: int) -> float:
        """The same for a training step: backward costs twice as much as forward."""
        passes = 4 if self._recomputes(n_support + n_query, n_features) else 3
        return passes * self.pass_work(n_support, n_query, n_features)

    def coded(self, x_support: np.ndarray, x_query: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Column codes of support and query rows, for `read_codes` and `outputs_given`."""
        return quantile_codes(*self._tensors(x_support, x_query))

    def read_codes(self, codes_support: torch.Tensor, y_support: np.ndarray) -> list:
        """Support rows as steps compute, read with the weights as they are now, for `outputs_given`."""
        import torch

        (y,) = self._tensors(y_support)
        model = self._compute_model()
        with torch.inference_mode():
            return encode_support(model, codes_support, y)

    def outputs_given(self, support: list, codes_query: torch.Tensor) -> torch.Tensor:
        """Logits ``(n_query, n_classes)`` or scaled targets ``(n_query,)`` as steps compute them, without gradients.

        For the passes between steps, with the weights that read ``support``; `encode` makes what
        predictions come from.
        """
        import torch

        rows = max(1, QUERY_CELLS // (codes_query.shape[2] + 1))
        model = self._compute_model()
        with torch.inference_mode():
            parts = [query_logits(model, support, part) for part in codes_query.split(rows, dim=1)]
        return self._outputs(torch.cat(parts, dim=1))

    def encode(
        self, x_support: np.ndarray, y_support: np.ndarray, weights: InferenceWeights | None = None
    ) -> EncodedSupport:
        """Read support rows ``(n, f)`` for `predict`, with the weights as they are now, or those of another support.

        Few rows are read on one thread, so that they are read alike wherever predictions are made.
        """
        x, y = self._tensors(x_support, y_support)
        small = is_small(self.pass_work(len(x_support), 0, x_support.shape[1]))
        with one_thread_a_pass(small and self.device.startswith("cpu")):
            return EncodedSupport(self.model, x[0], y[0], self.rounds, weights)

    def predict(self, support: EncodedSupport, x: np.ndarray) -> torch.Tensor:
        """Logits ``(n, n_classes)`` or scaled targets ``(n,)`` of rows ``(n, f)``."""
        (query,) = self._tensors(x)
        return self._outputs(support.outputs(query[0])[None])

    def release(self) -> None:
        """Free what only training and repeated passes need."""
        self.model.zero_grad(set_to_none=True)
        self._copy = None


def numpy_outputs(outputs: torch.Tensor, n_classes: int) -> np.ndarray:
    """Probabilities ``(n, n_classes)`` (softmax in float64, which no logit overflows) or targets."""
    import torch

    values = torch.softmax(outputs.double(), dim=-1) if n_classes else outputs
    return values.cpu().numpy()
