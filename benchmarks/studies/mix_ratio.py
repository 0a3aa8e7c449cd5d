"""Does ``mix_ratio="auto"`` choose well, beside fixed ratios, and what do label source and schedule do?

    python -m benchmarks.studies.mix_ratio

30 steps; ``scm`` rows unless a generator is named.
"""

from __future__ import annotations

from benchmarks.protocol.methods import causalmix
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="mix_ratio",
    question='Does mix_ratio="auto" choose well, and what do label source and schedule do?',
    measure="benchmarks.protocol.measures:fine_tuned",
    report="benchmarks.report.bodies:mixing",
    resolve=causalmix,
    methods={
        "untuned": {"fine_tune": False},
        "mix 0": {"mix_ratio": 0.0},
        "mix .25": {"mix_ratio": 0.25},
        "mix .5": {"mix_ratio": 0.5},
        "mix .75": {"mix_ratio": 0.75},
        "mix 1": {"mix_ratio": 1.0},
        "mix auto": {"mix_ratio": "auto"},
        "mix auto marginals": {"mix_ratio": "auto", "generator": "marginals"},
        "mix auto bootstrap": {"mix_ratio": "auto", "generator": "bootstrap"},
        "mix .5 model's labels": {"label_source": "model"},
        "mix 1 model's labels": {"mix_ratio": 1.0, "label_source": "model"},
        "mix .5 falling": {"mix_schedule": "falling"},
    },
    datasets="heart german tae contraceptive pima bupa wine phoneme crx wdbc ionosphere tic-tac-toe".split(),
    folds=2,
    common={"fine_tune_steps": 30},
    smoke={"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 200},
)

if __name__ == "__main__":
    run_study(STUDY)
