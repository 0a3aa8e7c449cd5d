"""How much memory a fit takes: from the checkpoint's shape, the rows in a batch and the rows drawn.

Constants are measured (benchmarks/costs/memory.py compares the estimate with real peaks).
"""

from __future__ import annotations

import dataclasses
import math

from autogluon_causalmix.checkpoints.resolve import Checkpoint
from autogluon_causalmix.finetune.episodes import EpisodeSize
from autogluon_causalmix.finetune.members import KEPT_BYTES
from autogluon_causalmix.finetune.tuner import MEMORY_ATTEMPTS
from autogluon_causalmix.generators.catalogue import context_of
from autogluon_causalmix.incontext.energy import KERNEL_CELLS
from autogluon_causalmix.incontext.learner import QUERY_CELLS, has_native_bfloat16, step_bytes
from autogluon_causalmix.incontext.prediction import encoded_bytes
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.synthesis.mixing import LARGEST_AUTO_RATIO, rows_beside
from autogluon_causalmix.synthesis.preparation import REFILL_CELLS

__all__ = ["fit_bytes", "generator_bytes", "least_gpu_bytes"]

#: Python with AutoGluon, torch, DoWhy and scikit-learn imported.
BASE_BYTES = 750e6
#: A GPU's memory that CUDA itself takes for a process.
CONTEXT_BYTES = 500e6
#: Copies of the weights: live, gradients, two moments of AdamW, best so far, rounded.
WEIGHT_COPIES = 5.5
#: float32 numbers of one embedding dimension alive per token within one layer, without gradients.
LIVE_PER_TOKEN = 16


def fit_bytes(
    checkpoint: Checkpoint,
    options: CausalMixOptions,
    n_rows: int,
    n_features: int,
    *,
    on_gpu: bool = False,
    beside_gpu: bool = False,
) -> int:
    """Estimate peak bytes of a fit and of predicting with it.

    Parameters
    ----------
    n_rows, n_features
        Shape of the training data as it is encoded, indicators of missing cells included.
    on_gpu
        Estimate the GPU's memory instead of the host's when the fit runs on a GPU.
    beside_gpu
        Estimate the host's memory when the fit runs on a GPU, which then holds activations,
        gradients and the optimiser's state; the host holds weights that are loaded or saved.
    """
    d, n_layers = checkpoint.config["dim"], checkpoint.config["n_layers"]
    tuning, synthesis, tunes = options.tuning, options.synthesis, options.tuning.tunes
    width = n_features + 1
    bfloat16 = options.weights.precision == "bfloat16" or (
        options.weights.precision == "auto" and has_native_bfloat16("cuda" if on_gpu else "cpu")
    )
    # Of a bag's child, validation rows may join: as many as its own in two folds, fewer in more.
    in_support = min(2 * n_rows if tuning.validation_joins_support else n_rows, tuning.max_support)
    support = in_support * width
    n_views = tuning.views(n_rows)
    # The untuned weights, compared once more as predictions compute, in their precision.
    copies = WEIGHT_COPIES + (2 if tuning.keep_untuned_within or n_views > 1 else 1.5 if bfloat16 else 0)
    kept_differ = bool(tuning.weight_averaging) + bool(tuning.untuned_share)
    copies += kept_differ + (1 if kept_differ else 0)  # the latest weights, while others stand in their place
    copies += 0 if synthesis.mix_ratio == 0 or synthesis.synthetic_gate == "none" else 2
    in_training = (tuning.n_estimators if tuning.pooled_step else 1) if tunes else 0
    weights = checkpoint.n_parameters * 4 * (copies * in_training + tuning.n_estimators - in_training)
    query = min(max(n_rows, 1000) * width, QUERY_CELLS)
    encoded = encoded_bytes(in_support, n_features, d, n_layers, bfloat16=False)
    kept = tuning.n_estimators * min(n_views * encoded, max(encoded, KEPT_BYTES))
    inference = 4 * d * (support + query) * LIVE_PER_TOKEN + kept
    training = 0.0
    if tunes:
        # With and without rows held out: fewer rows take more where they just need no recomputation.
        for rows in (n_rows, round((1 - tuning.holdout_share) * n_rows)):
            n_query = min(max(1, round(tuning.query_share * rows)), tuning.max_query)
            in_step = min(rows - n_query, tuning.max_support) + n_query + _beside(n_query, options)
            training = max(training, step_bytes(in_step, n_features, d, n_layers, bfloat16)[0])
    model = weights + max(inference, training)
    if beside_gpu:
        model = checkpoint.n_parameters * 4 * (tuning.n_estimators + 1)
    mixes = tunes and synthesis.mix_ratio != 0
    labels, energy = synthesis.label_source == "model", "energy" in context_of(synthesis.generator)
    beside = 0.0
    if mixes and (labels or energy):  # the untuned model beside the tuned one
        at_work = 0 if beside_gpu else labels * encoded + energy * KERNEL_CELLS * 4 * 4
        beside = checkpoint.n_parameters * 4 + at_work
    if on_gpu:
        return int(model + beside + CONTEXT_BYTES)
    causal = beside + (_drawing_bytes(min(synthesis.pool_rows * width, REFILL_CELLS)) if mixes else 0)
    return int(BASE_BYTES + _table_bytes(n_rows * width) + model + causal)


def least_gpu_bytes(checkpoint: Checkpoint, options: CausalMixOptions, n_rows: int, n_features: int) -> int:
    """Estimate a GPU's peak bytes in a fit's last attempt, with the rows that a full memory leaves of its episodes."""
    tuning = options.tuning
    size = EpisodeSize(tuning.query_share, tuning.max_support, tuning.max_query)
    for _ in range(MEMORY_ATTEMPTS - 1):
        size = size.halved(n_rows)
    tuning = dataclasses.replace(tuning, max_support=size.max_support, max_query=size.max_query)
    return fit_bytes(checkpoint, dataclasses.replace(options, tuning=tuning), n_rows, n_features, on_gpu=True)


def generator_bytes(n_rows: int, n_drawn: int, width: int) -> int:
    """Estimate peak bytes of a generator that learns from ``n_rows`` rows of ``width`` columns and draws others."""
    return int(_table_bytes(n_rows * width) + _drawing_bytes(n_drawn * width))


def _table_bytes(cells: int) -> float:
    """Copies of a table of so many cells, float64, that are alive while it is read."""
    return cells * 8.0 * 6


def _drawing_bytes(cells: int) -> float:
    """The same of rows that are drawn at once, and a fitted generator."""
    return cells * 8.0 * 6 + 100e6


def _beside(n_query: int, options: CausalMixOptions) -> int:
    """Synthetic rows that join a step's at most."""
    synthesis = options.synthesis
    if synthesis.mix_into != "beside" or synthesis.mix_ratio == 0:
        return 0
    ratio = LARGEST_AUTO_RATIO if synthesis.mix_ratio == "auto" else synthesis.mix_ratio
    return math.ceil(rows_beside(n_query, ratio, options.tuning.max_query))
