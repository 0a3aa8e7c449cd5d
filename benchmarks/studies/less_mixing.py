"""In six views, should `{"CAUSALMIX": {}}` mix in SCM rows at all, or fewer of them?

    python -m benchmarks.studies.less_mixing
    python -m benchmarks.studies.less_mixing_under_shift

Small tables have six views, and half of every episode are SCM rows. That was kept because `views_confirmed` found
mixing ahead under shift and level without one. Read again, table by table, the doubts are these. On rows like those of
training mixing costs log loss: on 23 of 32 tables in `kept_mixing`, on 25 of 39 and 31 of 39 (two seeds) on the first
tests of `hedges_under_shift`. Under shift the 20 simulated tables carry what is gained: on the 19 real ones of
`hedges_under_shift` mixing is ahead on 11 and on 10 (p .29 and 1), in `views_confirmed` on 15 of 19. So it is asked
again, of folds that no study has looked at, and with a rule that asks of real tables only. (Read later: their test rows
are mostly rows of other folds' tests, and under shift the same ones; see benchmarks/README.md.)

A cell fits three in six views with one seed: SCM rows for half of an episode, for a fifth, for none. This study tests
on rows like those of training: 33 tables, 160 training rows and 40 that pick the step, tests on at most 2,000 others,
folds 8 and 9. `less_mixing_under_shift` tests the same under shift, on the tables of `views_confirmed`, in the fifth
fold; splits whose shift `shift` told from none are left out.

Fixed before any score of either was seen. Tables are the units (means over folds and splits), tests are Wilcoxon's,
two-sided; tic-tac-toe is told but left out of this study's tests. Candidates are "none" and "a fifth". One of them
*passes* if

1. here its mean log loss is lower than that of "half" with p < .05 after Holm's correction over the two, and its mean
   ROC-AUC is not lower; and
2. on the real tables under shift its mean log loss on the second test is above that of "half" by less than what it
   gains here, and not above it with p < .05.

Of those that pass, the one with the lowest sum of both means (real tables) becomes what small tables get as they come,
if 8-fold bags do not speak against it: by the rule of `bagged_members`, beside "half", in a fold of its own. None
passes, or bags say no: half stays. `method="causalmix"`, the paper's, mixes as it does either way, and so do simulated
tables, which are told and in no rule: somebody intervenes in each of their worlds, and there mixing is expected to win,
which is what `mix_ratio=0.5` is then for. Nothing is asked about the graph, so there is no twin without one.

Told afterwards: "a fifth" won here, and bags said no, by .0006 of ROC-AUC (`bagged_mixing`); `bagged_fifth` asked
again and said no, by p = .04 where .025 was asked. So half stayed.

Expected: "none" gains .006 here and loses .004 on shifted real tables, so it passes narrowly, or not by its ROC-AUC;
"a fifth" has half of either.
"""

from __future__ import annotations

from benchmarks.protocol.less_mixing import resolved
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.longer import SIX
from benchmarks.studies.paper import SMOKE
from benchmarks.studies.study import Study

#: The only cells: each of them is all the fits.
METHODS = {"three fits": SIX}

STUDY = Study(
    name="less_mixing",
    question="In six views, should SCM rows be mixed in at all, or fewer of them?",
    measure="benchmarks.protocol.less_mixing:like_training",
    report="benchmarks.report.less_mixing:body",
    resolve=resolved,
    methods=METHODS,
    datasets=DATASETS,
    folds=2,
    first_fold=7,
    smoke=SMOKE,
    sisters=("less_mixing_under_shift", "shift", "shift_simulated"),
)

if __name__ == "__main__":
    run_study(STUDY)
