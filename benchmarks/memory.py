"""Estimated against measured peak memory of a fit and a prediction, each in a process of its own.

    python -m benchmarks.memory

Bar: the estimate is never below 0.9 and never above 2 times the peak resident memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from autogluon_causalmix.finetune.mitra import new_tab2d
from benchmarks.grid.machine import describe

#: (rows, features, share of classes among columns, checkpoint, mix_ratio, steps)
CASES = (
    (100, 5, "mini", 0.3, 3),
    (500, 20, "mini", 0.3, 3),
    (1000, 100, "mini", 0.3, 2),
    (3000, 20, "mini", 0.0, 2),
    (5000, 20, "mini", 0.3, 2),
    (300, 500, "mini", 0.3, 1),
    (200, 10, "full", 0.3, 2),
    (500, 20, "mini", 0.3, 0),
)

CHILD = """
import json, resource, sys, tempfile, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from autogluon_causalmix import CausalMixModel
n, f, folder, ratio, steps = json.loads(sys.argv[1])
rng = np.random.default_rng(0)
y = pd.Series(rng.integers(0, 2, n))
X = pd.DataFrame(rng.standard_normal((n, f)) + 0.3 * y.to_numpy()[:, None], columns=[f"x{i}" for i in range(f)])
options = {"hf_model": folder, "mix_ratio": ratio, "fine_tune_steps": steps}
estimate = CausalMixModel.estimate_memory_usage_static(X=X, y=y, hyperparameters=options)
options["ag.max_memory_usage_ratio"] = None
with tempfile.TemporaryDirectory() as path:
    model = CausalMixModel(path=path, hyperparameters=options, problem_type="binary")
    model.fit(X=X, y=y, num_cpus=2, num_gpus=0)
    model.predict_proba(X.sample(1000, replace=True, random_state=0).reset_index(drop=True))
print(json.dumps([estimate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def write(rows: list[dict]) -> None:
    """Write the table."""
    table = pd.DataFrame(rows)
    text = (
        "# Estimated and measured peak memory\n\n"
        f"Whole process, fit and prediction of 1,000 rows. {describe()}\n\n{table.to_markdown(index=False)}\n"
    )
    out = Path("benchmarks/results/memory.md")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as full:
        new_tab2d(512, 12, 4, seed=0).save_pretrained(full)
        for n, f, checkpoint, ratio, steps in CASES:
            arguments = json.dumps([n, f, full if checkpoint == "full" else checkpoint, ratio, steps])
            done = subprocess.run([sys.executable, "-c", CHILD, arguments], capture_output=True, text=True, check=True)
            estimate, peak = json.loads(done.stdout.splitlines()[-1])
            rows.append(
                {
                    "rows x features": f"{n} x {f}",
                    "checkpoint": "512x12" if checkpoint == "full" else "64x5",
                    "mix_ratio": ratio,
                    "steps": steps,
                    "estimate GB": round(estimate / 1e9, 2),
                    "peak GB": round(peak / 1e9, 2),
                    "estimate / peak": round(estimate / peak, 2),
                }
            )
            sys.stdout.write(f"{rows[-1]}\n")
            write(rows)  # after every case: a cut run leaves what it measured
    table = pd.DataFrame(rows)
    if not table["estimate / peak"].between(0.9, 2.0).all():
        raise SystemExit("outside the bar of 0.9 to 2")


if __name__ == "__main__":
    main()
