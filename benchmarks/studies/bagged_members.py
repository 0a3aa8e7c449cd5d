"""Do two members of one model pay in 8-fold bags, which average eight models already?

    python -m benchmarks.studies.bagged_members

By the rule of `hedges` two fits with SCM rows, averaged, become the default if bags do not speak against them. 8-fold
bags through ``TabularPredictor``, 200 training rows, the tables of `bagged_views` in a fold that it did not look at,
``{"CAUSALMIX": {}}`` as it comes on them but for the members.

Fixed before any of its scores was seen: bags speak against two members if mean log loss is higher with them than with
one, or mean ROC-AUC lower. Then the default stays. If they do not, two members become the default where there are six
views, at most 300 rows, and a bag's time is told beside one member's.

Expected: no difference that could be told, in twice the time, so a toss of a coin decides; a fit outside of bags gains
what `two_members` says.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.bagged_views import BAG
from benchmarks.studies.bagged_views import STUDY as BAGGED_VIEWS
from benchmarks.studies.command import run_study

STUDY = dataclasses.replace(
    BAGGED_VIEWS,
    name="bagged_members",
    question="Do two members of one model pay in 8-fold bags, which average eight models already?",
    methods={"one member": BAG | {"n_views": 6}, "two members": BAG | {"n_views": 6, "n_estimators": 2}},
    folds=1,
    first_fold=1,
)

if __name__ == "__main__":
    run_study(STUDY)
