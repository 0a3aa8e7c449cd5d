"""One fit in this process, for `costs.load`: prints its seconds, imports not counted.

    python -P benchmarks/costs/one_fit.py 200 10 50 scm

Run by its path, with the package to measure on ``PYTHONPATH``, so that another checkout can be measured.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings

# Some seconds of imports, which are not what is measured.
import autogluon.tabular.models.mitra.sklearn_interface  # noqa: F401
import dowhy.gcm  # noqa: F401
import numpy as np
import pandas as pd

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions


def main(n: int, f: int, steps: int, generator: str) -> None:
    """Fit the bundled classifier to ``n`` rows of ``f`` columns, a fifth as many validate."""
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    rng = np.random.default_rng(0)
    y = pd.Series(rng.integers(0, 2, n + n // 4))
    X = pd.DataFrame(rng.standard_normal((len(y), f)) + 0.5 * y.to_numpy()[:, None])
    given = {"hf_model": "mini", "fine_tune_steps": steps, "patience": 10**6, "generator": generator}
    options = CausalMixOptions.from_hyperparameters(given)
    began = time.perf_counter()
    CausalMixEstimator(options, "binary", 2).fit(X[:n], y[:n], X[n:], y[n:])
    sys.stdout.write(f"{time.perf_counter() - began:.3f}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), sys.argv[4])
