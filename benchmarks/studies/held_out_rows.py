"""What are a bag's validation rows worth in its children's support, once they have been predicted?

    python -m benchmarks.studies.held_out_rows

8-fold bags through ``TabularPredictor``, 200 training rows, fine-tuning on real rows alone, so that the
two methods differ in nothing but the rows that predictions are made from.
"""

from __future__ import annotations

from benchmarks.protocol.methods import in_predictor
from benchmarks.protocol.splits import LowData
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

BAG = {"model": "CAUSALMIX", "bag_folds": 8, "mix_ratio": 0.0, "fine_tune_steps": 15}

STUDY = Study(
    name="held_out_rows",
    question="What are a bag's validation rows worth in its children's support?",
    measure="benchmarks.protocol.measures:in_autogluon",
    report="benchmarks.report.bodies:paired_predictors",
    resolve=in_predictor,
    methods={
        "fit rows only": BAG | {"validation_joins_support": False},
        "validation rows join": BAG | {"validation_joins_support": True},
    },
    datasets="australian bupa contraceptive german heart ionosphere monk-2 pima tae wine".split(),
    folds=3,
    split=LowData(rows=200, validation=0.0),
    smoke={"fine_tune_steps": 2, "bag_folds": 2},
)

if __name__ == "__main__":
    run_study(STUDY)
