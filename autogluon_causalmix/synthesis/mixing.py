"""How many synthetic rows a fit mixes in: by the measured fidelity, and beside real ones."""

from __future__ import annotations

__all__ = ["LARGEST_AUTO_RATIO", "UNMEASURED_RATIO", "auto_mix_ratio", "rows_beside"]

#: Share of synthetic rows if they cannot be told from real ones: real rows stay in the mix, because
#: what a classifier overlooks may still matter to the target.
LARGEST_AUTO_RATIO = 0.75
#: Share where too few rows are left to measure on: the default of `mix_ratio`.
UNMEASURED_RATIO = 0.5
#: A model trained on the synthetic rows must order real rows better than by chance, by this much.
LEAST_USEFULNESS = 0.55


def auto_mix_ratio(two_sample_auc: float | None, usefulness: float | None, diversity: float = 1.0) -> float:
    """Share of synthetic rows by their fidelity on rows that the generator has not seen.

    ``2 * auc - 1`` is the share of rows by which a classifier separates the two samples, so
    ``2 * (1 - auc)`` is the share that passes for real: rows are mixed in proportion to it. Rows
    from which the target cannot be learned (``usefulness``, the ROC-AUC or rank correlation on
    real rows of a model trained on synthetic ones, from `metrics.fidelity.usefulness`) get none,
    however real they look, and a generator that repeats itself gets less by its ``diversity``.
    """
    if two_sample_auc is None:
        return UNMEASURED_RATIO
    if usefulness is not None and usefulness < LEAST_USEFULNESS:
        return 0.0
    return LARGEST_AUTO_RATIO * min(1.0, max(0.0, 2.0 * (1.0 - two_sample_auc))) * min(1.0, diversity)


def rows_beside(n_query: int, ratio: float, most: int) -> float:
    """Synthetic rows, ``most`` at most, that are a share ``ratio`` of a query with ``n_query`` real ones."""
    return min(float(most), n_query * ratio / (1.0 - ratio))
