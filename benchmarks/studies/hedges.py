"""Mixing costs on rows like those of training and protects under shift: can two fits, one on real rows, have both?

    python -m benchmarks.studies.hedges
    python -m benchmarks.studies.hedges_under_shift

`kept_mixing` found that six views lose log loss by mixing on the 33 tables and regain it where validation may give
mixing up; `views_confirmed` that mixing gains under shift. A second fit on real rows alone can be used in three ways:
*chosen*, mixing is kept unless real rows alone validate better by more than `kept_mixing.MARGIN` (no further cost in
prediction); *averaged*, both predict and their mean counts (twice the cost); *merged*, one model has the mean of both
fits' weights (a model soup; no further cost). Averaging helps by itself, so both are made of two fits with SCM rows and
of two on real rows, too ("twice", two seeds). The twins have rows of a copula in the SCM's place.

A cell fits all five (SCM rows, copula rows, real rows alone; SCM and real rows again with another seed), six views.
This study tests on rows like those of training: 33 tables, 160 training rows and 40 that pick the step, tests on at
most 2,000 others, folds 4 and 5, which no study of six views has looked at. `hedges_under_shift` tests the same under
shift, on the tables of `views_confirmed`, in the third fold.

Fixed before any score of either was seen. Tables are the units (means over folds and splits), tests are Wilcoxon's,
two-sided; tic-tac-toe, on which mixing was seen to lose most, is told but left out of this study's tests. Candidates
are the three hedges, "SCM twice" averaged and merged, "real twice" averaged and merged, and "default". One of them
*passes* if

1. here its mean log loss is lower than "causalmix"'s with p < .05 after Holm's correction over the eight candidates,
   and its mean ROC-AUC is not lower; and
2. under shift its mean log loss on the second test is above "causalmix"'s by at most half of what "default"'s is
   ("causalmix" is to be ahead of "default" there; if it is not, by nothing), and not above it with p < .05.

Of those that pass, the one with the lowest sum of both mean log losses becomes an option of the package, if it is not
one already; merged rather than averaged if within .001. It becomes the default if 8-fold bags, which average eight fits
already, do not speak against it: asked afterwards, in `leaderboard`. None passes: nothing changes, and `kept_mixing`'s
option is all there is.

Done otherwise than written: bags were asked in `bagged_members`, on ten tables of the tuning half in one fold instead
of the 11 of `leaderboard` in three, and of two members of one model instead of two fits; by .0001 they said no.

It is called a hedge, and not averaging, only if its sum is below those of "SCM twice" and "real twice" of its kind. It
is put down to the graph only if it is ahead of its twin, p < .05, in either place.

Expected: averaged passes with the lowest sum, merged within .002 of it, chosen passes; "twice" gains half as much here
and "real twice" fails under shift; twins tie.
"""

from __future__ import annotations

from benchmarks.protocol.hedges import resolved
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.longer import SIX
from benchmarks.studies.paper import SMOKE
from benchmarks.studies.study import Study

#: The only cells: each of them is all the fits.
METHODS = {"two fits": SIX}

STUDY = Study(
    name="hedges",
    question="Can two fits, one of them on real rows alone, have what mixing gains without what it costs?",
    measure="benchmarks.protocol.hedges:like_training",
    report="benchmarks.report.hedges:body",
    resolve=resolved,
    methods=METHODS,
    datasets=DATASETS,
    folds=2,
    first_fold=3,
    smoke=SMOKE,
    sisters=("hedges_under_shift", "shift", "shift_simulated"),
)

if __name__ == "__main__":
    run_study(STUDY)
