"""Which mechanisms and which noise make the most faithful rows, beside controls without a causal graph?

    python -m benchmarks.studies.mechanisms

Controls: real rows drawn again, independent columns, a copula without graph, and a graph of
unconditioned pairs. 400 training rows at most, judged on as many unseen ones.
"""

from __future__ import annotations

from autogluon_causalmix.causal.mechanisms import MECHANISMS
from autogluon_causalmix.causal.noise import NOISES
from benchmarks.protocol.methods import causalmix
from benchmarks.protocol.splits import LowData
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="mechanisms",
    question="Which mechanisms and which noise make the most faithful rows?",
    measure="benchmarks.protocol.measures:row_fidelity",
    report="benchmarks.report.bodies:fidelity",
    resolve=causalmix,
    methods={
        f"SCM {mechanism} {noise}": {"generator_options": {"mechanism": mechanism, "noise": noise}}
        for mechanism in MECHANISMS
        for noise in NOISES
    }
    | {
        "bootstrap (control)": {"generator": "bootstrap"},
        "marginals (control)": {"generator": "marginals"},
        "copula no graph (control)": {"generator": "copula"},
        "unconditioned graph (control)": {"discovery_max_depth": 0},
    },
    datasets="heart german wdbc crx pima phoneme contraceptive ionosphere".split(),
    folds=3,
    split=LowData(rows=400, validation=0.0, test_rows=400),
    smoke={"discovery_resamples": 2},
)

if __name__ == "__main__":
    run_study(STUDY)
