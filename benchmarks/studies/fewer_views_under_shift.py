"""The question of `fewer_views` under shift: are fewer views, or two members, as robust as six views of one model?

    python -m benchmarks.studies.fewer_views_under_shift

The tables and splits of `views_confirmed` (21 real ones, three choices of domains each, 20 simulated ones with worlds
in which somebody intervened), in the fourth fold, which nobody has looked at. What is fitted, and the rule that was
fixed beforehand, stand in `fewer_views`, whose report tells both.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.fewer_views import METHODS
from benchmarks.studies.fewer_views import STUDY as FEWER_VIEWS
from benchmarks.studies.views_confirmed import STUDY as VIEWS_CONFIRMED

STUDY = dataclasses.replace(
    VIEWS_CONFIRMED,
    name="fewer_views_under_shift",
    question="Are fewer views, or two members, as robust under shift as six views of one model?",
    measure="benchmarks.protocol.fewer_views:under_shift",
    report="benchmarks.report.fewer_views:body_under_shift",
    resolve=FEWER_VIEWS.resolve,
    methods=METHODS,
    smoke=FEWER_VIEWS.smoke,
    folds=1,
    first_fold=3,
)

if __name__ == "__main__":
    run_study(STUDY)
