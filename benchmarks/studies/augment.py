"""Do synthetic rows help any model of the leaderboard? Four models, plain and with five kinds of rows.

    python -m benchmarks.studies.augment

12 tables x 5 folds x 2 sizes x 24 methods. Models and generators have their defaults, ``mix_ratio`` is the default
.5 (as many synthetic rows as real ones), and nothing is chosen by this study, so that all tables count alike. The
tables were fixed before any score: every third of the 33, as in `leaderboard` and `paper_500`, six of which are of the
half on which earlier trials of the package's options were made (`protocol.halves`) and five of the other; and
*contraceptive*, the first of the other half with more than two classes and enough rows for both sizes, because only two
of the eleven have more than two. The report tells the halves apart. A table gives half of its rows at most: those that
give the same rows at both sizes count at the smaller one.

CatBoost must be installed for CAT, imbalanced-learn for SMOTE; else their cells are rows with an error.
"""

from __future__ import annotations

from benchmarks.protocol.augmented import model_with_rows
from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

MODELS = ("GBM", "CAT", "RF", "NN_TORCH")
GENERATORS = ("scm", "copula", "mixup", "smote", "bootstrap")

STUDY = Study(
    name="augment",
    question="Do synthetic rows help any model of the leaderboard?",
    measure="benchmarks.protocol.augmented:in_autogluon",
    report="benchmarks.report.augment:body",
    resolve=model_with_rows,
    methods={model: {"model": model} for model in MODELS}
    | {f"{model} + {name}": {"model": model, "generator": name} for model in MODELS for name in GENERATORS},
    datasets=[*DATASETS[::3], "contraceptive"],
    folds=5,
    split=LowData(validation=0.0),
    sizes=(200, 500),
    smoke={"time_limit": 20.0},
)

if __name__ == "__main__":
    run_study(STUDY)
