"""Do six views still pay in 8-fold bags, which average eight models already?

    python -m benchmarks.studies.bagged_views

8-fold bags through ``TabularPredictor``, 200 training rows of ten odd-numbered tables, CausalMixFT as it is but for
the views. Fixed before any of its scores was seen: if `views_confirmed` makes six views the default, they are the
default of bags' children too unless six are worse here in mean ROC-AUC and in mean log loss. Expected: ahead by less
than the half percent that one model gains.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.held_out_rows import STUDY as HELD_OUT_ROWS

BAG = {"model": "CAUSALMIX", "bag_folds": 8, "method": "causalmix"}

STUDY = dataclasses.replace(
    HELD_OUT_ROWS,
    name="bagged_views",
    question="Do six views still pay in 8-fold bags, which average eight models already?",
    methods={"one view": BAG | {"n_views": 1}, "six views": BAG | {"n_views": 6}},
    datasets="australian breast chess hayes-roth housevotes led7digit pima tae titanic wdbc".split(),
)

if __name__ == "__main__":
    run_study(STUDY)
