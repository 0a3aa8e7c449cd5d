"""Which learning rate, mix ratio and place to mix are good defaults?

    python -m benchmarks.studies.ablation

30 steps; the method that names nothing but ``fine_tune=False`` is the baseline.
"""

from __future__ import annotations

import itertools

from benchmarks.protocol.methods import causalmix
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

DATASETS = (
    "heart german tae contraceptive pima breast hayes-roth bupa wine housevotes phoneme titanic "
    "australian banana magic led7digit wdbc ionosphere monk-2 tic-tac-toe"
).split()
RATES, MIXTURES = (1e-4, 3e-4, 1e-3), ((0.0, "both"), (0.3, "both"))
READINGS = (
    (3e-4, 0.5, "both"),
    (3e-4, 0.5, "support"),
    (3e-4, 0.5, "query"),
    (3e-4, 0.5, "episode"),
    (1e-3, 0.5, "support"),
)
SETTINGS = {
    f"lr {lr:g} mix {ratio:g} {into}": {"lr": lr, "mix_ratio": ratio, "mix_into": into}
    for lr, ratio, into in ([(lr, *mix) for lr, mix in itertools.product(RATES, MIXTURES)] + list(READINGS))
}

STUDY = Study(
    name="ablation",
    question="Which learning rate, mix ratio and place to mix are good defaults?",
    measure="benchmarks.protocol.measures:fine_tuned",
    report="benchmarks.report.bodies:gains",
    resolve=causalmix,
    methods={"untuned": {"fine_tune": False}} | SETTINGS,
    datasets=DATASETS,
    folds=3,
    common={"fine_tune_steps": 30},
    smoke={"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 200},
)

if __name__ == "__main__":
    run_study(STUDY)
