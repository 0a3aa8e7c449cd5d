"""In AutoGluon's weighted ensembles, what do bags of CAUSALMIX add to trees, and a bag in one view to one in six?

    python -m benchmarks.studies.ensembles

People do not choose one model of a leaderboard, they use the ensemble at its top. And six views, the default on small
tables, lose what one view finds on tables whose columns decide together by what they hold: log loss .50 for .12 on
tic-tac-toe, some on chess and hayes-roth (`fewer_views`). No option of a fit may know that; AutoGluon can, if it is
given both: ``{"CAUSALMIX": [{}, {"method": "default"}]}``, whose second has one view and no SCM rows.

A cell fits six 8-fold bags in one ``TabularPredictor`` by log loss: CAUSALMIX as it comes, in one view on real rows
alone, and untuned in six views; LightGBM, CatBoost, a random forest. AutoGluon weighs some of them, on out-of-fold
rows: "both" of CAUSALMIX, "trees", and these with the untuned bag, with the one as it comes, with both. 200 training
rows, the 20 tables of `bagged_fifth` and tic-tac-toe in a fold that no study of bags has looked at.

Fixed before any score of it was seen. Log loss on test rows, tables are the units, tic-tac-toe is told and in no test;
Wilcoxon's test, two-sided, Holm's correction over all four. A first is better than its second if it has less log loss
with p < .05 and mean ROC-AUC that is not lower by .001 or more:

1. "trees, both" less "trees": does CAUSALMIX help an ensemble that lacks it?
2. "both" less "as it comes": are two bags better than one? (Two members of one kind are not, by `bagged_members`.)
3. "trees, both" less "trees, as it comes": and beside trees?
4. "trees, as it comes" less "trees, untuned": is it the fine-tuning? Untuned, a bag takes a second, not a hundred.

What is better becomes what README and the guide of AutoGluon say to write; no default follows. Nothing is asked about
the graph: `less_mixing_twins` has asked.

Expected: the first by .03, p below .01; the second by .004, p of .05; the third by .002, not told apart; the fourth by
.01, p of .05.

Told afterwards: none is shown to be better. Below 1,000 rows AutoGluon's ensembles take one model of a type at most
(``max_base_models_per_type``), which nobody here knew: "both" is whichever of the two predicts out-of-fold rows better.
"""

from __future__ import annotations

from benchmarks.protocol.ensembles import resolved
from benchmarks.protocol.splits import LowData
from benchmarks.studies.bagged_fifth import STUDY as BAGGED_FIFTH
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

STUDY = Study(
    name="ensembles",
    question="What do bags of CAUSALMIX add to AutoGluon's weighted ensembles?",
    measure="benchmarks.protocol.ensembles:measured",
    report="benchmarks.report.ensembles:body",
    resolve=resolved,
    methods={"all bags": {"bag_folds": 8}},
    datasets=(*BAGGED_FIFTH.datasets, "tic-tac-toe"),
    folds=1,
    first_fold=4,
    split=LowData(rows=200, validation=0.0),
    smoke={"bag_folds": 2},
)

if __name__ == "__main__":
    run_study(STUDY)
