"""How much memory a fit takes: from the checkpoint's shape, the rows in a batch and the rows drawn.

Constants are measured (benchmarks/memory.py compares the estimate with real peaks).
"""

from __future__ import annotations

from autogluon_causalmix.checkpoints.resolve import Checkpoint
from autogluon_causalmix.finetune.learner import BYTES_PER_TOKEN, QUERY_CELLS, RECOMPUTE_ABOVE_BYTES
from autogluon_causalmix.options import CausalMixOptions

__all__ = ["fit_bytes"]

#: Python with AutoGluon, torch, DoWhy and scikit-learn imported.
BASE_BYTES = 750e6
#: Copies of the weights: live, gradients, two moments of AdamW, best so far.
WEIGHT_COPIES = 5
#: Floor of a fit that recomputes activations, from one measured shape (3,000 x 20).
LEAST_RECOMPUTED_BYTES = 1.0e9
#: float32 numbers of one embedding dimension alive per token within one layer, without gradients.
LIVE_PER_TOKEN = 16


def fit_bytes(
    checkpoint: Checkpoint, options: CausalMixOptions, n_rows: int, n_features: int, *, on_gpu: bool = False
) -> int:
    """Estimate peak bytes of a fit and of predicting with it.

    Parameters
    ----------
    n_rows, n_features
        Shape of the training data.
    on_gpu
        Estimate the GPU's memory instead of the host's when the fit runs on a GPU.
    """
    d, n_layers = checkpoint.config["dim"], checkpoint.config["n_layers"]
    tunes = options.fine_tune and options.fine_tune_steps > 0
    width = n_features + 1
    support = min(n_rows, options.max_support) * width
    weights = checkpoint.n_parameters * 4 * (WEIGHT_COPIES if tunes else 1) + (options.n_estimators - 1) * (
        checkpoint.n_parameters * 4
    )
    query = min(max(n_rows, 1000) * width, QUERY_CELLS)
    inference = 4 * d * ((support + query) * LIVE_PER_TOKEN + 2 * n_layers * support)
    training = 0.0
    if tunes:
        n_query = min(max(1, round(options.query_share * n_rows)), options.max_query)
        tokens = (min(n_rows - n_query, options.max_support) + n_query) * width
        kept = BYTES_PER_TOKEN * tokens * n_layers * d
        if kept > RECOMPUTE_ABOVE_BYTES:
            kept = max(tokens * d * (4 * n_layers + BYTES_PER_TOKEN), LEAST_RECOMPUTED_BYTES)
        training = kept
    model = weights + max(inference, training)
    if on_gpu:
        return int(model + 500e6)
    causal = 0.0
    if tunes and options.mix_ratio > 0:
        causal = options.pool_rows * width * 8 * 6 + 100e6
    return int(BASE_BYTES + n_rows * width * 8 * 6 + model + causal)
