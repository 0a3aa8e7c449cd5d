"""How does CausalMixFT rank as people run it: 8-fold bags through ``TabularPredictor``, beside AutoGluon's models?

    python -m benchmarks.studies.leaderboard

Every third table of `paper`, three folds, 200 training rows, of which a bag holds out each in turn. AutoGluon's
MITRA has the weights of CAUSALMIX; LightGBM, CatBoost and the random forest are AutoGluon's, with its defaults.
"CAUSALMIX as it comes" is ``{"CAUSALMIX": {}}``; the three methods beside it have one view, as in `paper`.

Goal, fixed before any score was seen (issue 14): as it comes, its mean rank in ROC-AUC over the tables' means is at
or above LightGBM's, CatBoost's and the random forest's. Ranks in log loss are told beside it. Whether a
difference is more than chance: Wilcoxon's test over tables, Holm's correction over the seven others; the untuned
bag is compared with the others in the same way.
"""

from __future__ import annotations

from benchmarks.protocol.methods import in_predictor
from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

MODELS = {
    "CAUSALMIX as it comes": {"model": "CAUSALMIX", "n_views": None},
    "untuned": {"model": "CAUSALMIX", "fine_tune": False},
    "default": {"model": "CAUSALMIX", "method": "default"},
    "causalmix": {"model": "CAUSALMIX", "method": "causalmix"},
    "AutoGluon MITRA": {"model": "MITRA"},
    "LightGBM": {"model": "GBM"},
    "CatBoost": {"model": "CAT"},
    "random forest": {"model": "RF"},
}

STUDY = Study(
    name="leaderboard",
    question="How does CausalMixFT rank in 8-fold bags of TabularPredictor, beside AutoGluon's models?",
    measure="benchmarks.protocol.measures:in_autogluon",
    report="benchmarks.report.bags:body",
    resolve=in_predictor,
    methods={label: {"bag_folds": 8, **options} for label, options in MODELS.items()},
    datasets=DATASETS[::3],
    folds=3,
    split=LowData(rows=200, validation=0.0),
    smoke={"bag_folds": 2},
)

if __name__ == "__main__":
    run_study(STUDY)
