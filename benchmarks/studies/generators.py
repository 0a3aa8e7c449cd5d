"""How faithful are the rows of every generator?

    python -m benchmarks.studies.generators

400 training rows at most, judged on as many unseen ones; default options.
"""

from __future__ import annotations

from autogluon_causalmix.generators.catalogue import GENERATORS
from benchmarks.protocol.methods import causalmix
from benchmarks.protocol.splits import LowData
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="generators",
    question="How faithful are the rows of every generator?",
    measure="benchmarks.protocol.measures:row_fidelity",
    report="benchmarks.report.bodies:fidelity",
    resolve=causalmix,
    methods={name: {"generator": name} for name in GENERATORS},
    datasets="heart german wdbc crx pima phoneme contraceptive ionosphere titanic wine".split(),
    folds=2,
    split=LowData(rows=400, validation=0.0, test_rows=400),
    smoke={"discovery_resamples": 2},
)

if __name__ == "__main__":
    run_study(STUDY)
