"""In 8-fold bags in six views, should SCM rows be mixed in at all, or fewer of them?

    python -m benchmarks.studies.bagged_mixing --methods half,none

`less_mixing` asks it of single fits; a candidate that passes there becomes what small tables get as they come if bags
do not speak against it. 8-fold bags through ``TabularPredictor``, 200 training rows, the tables of `bagged_views` in a
fold that neither it nor `bagged_members` looked at, ``{"CAUSALMIX": {}}`` as it comes on them but for the share.

Fixed before any score of it or of `less_mixing` was seen: bags speak against a candidate if mean log loss is higher
with it than with "half", or mean ROC-AUC lower, as in `bagged_members`. Only the candidate that passed is run.

Expected: "none" is ahead of "half" by less than the .006 of single fits, in two thirds of the time.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.bagged_views import BAG
from benchmarks.studies.bagged_views import STUDY as BAGGED_VIEWS
from benchmarks.studies.command import run_study

STUDY = dataclasses.replace(
    BAGGED_VIEWS,
    name="bagged_mixing",
    question="In 8-fold bags in six views, should SCM rows be mixed in at all, or fewer of them?",
    methods={
        "half": BAG | {"n_views": 6},
        "a fifth": BAG | {"n_views": 6, "mix_ratio": 0.2},
        "none": BAG | {"n_views": 6, "mix_ratio": 0.0},
    },
    folds=1,
    first_fold=2,
)

if __name__ == "__main__":
    run_study(STUDY)
