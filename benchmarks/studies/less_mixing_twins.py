"""With rows for a fifth of the steps in six views, does it take a graph to draw them?

    python -m benchmarks.studies.less_mixing_twins
    python -m benchmarks.studies.less_mixing_twins_under_shift

`less_mixing` found SCM rows in a fifth of the steps ahead of half of them, and as good as none. It had no twin without
a graph, since it asked how many rows, not whose. Here are two: rows of a copula (the same margins and correlations of
ranks, no causes), and real rows with noise (`jitter`), both in a fifth of the steps, with the seeds, tables and folds
of `less_mixing` and `less_mixing_under_shift`, whose fits they are paired with.

Fixed before any score of a twin was seen (those of "a fifth" and "none" were known). Log loss, tables are the units,
Wilcoxon's test, two-sided, Holm's correction over all six comparisons: "a fifth" less either twin, on rows like those
of training (tic-tac-toe left out), on the second tests of real tables under shift, and of simulated ones. A place where
"a fifth" has less than both twins with p < .05 is one where the graph helps; where a twin has less than it with p < .05
it is better without; all else is a tie, and is called one in the pages that say what a fifth gains. No default follows:
a twin that is better would have to be confirmed in folds that nobody has looked at.

Expected: ties in the first two; on simulated tables, where somebody intervenes on a model that is a graph, SCM rows are
ahead of jittered ones by .01, p of .1, and level with the copula's.

Told afterwards: ties by the rule in all three places; SCM rows are ahead of jittered ones on simulated tables by .017.
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.less_mixing import twins_resolved
from benchmarks.studies.command import run_study
from benchmarks.studies.less_mixing import STUDY as LESS_MIXING
from benchmarks.studies.longer import SIX

#: The only cells: each of them is both twins.
METHODS = {"two twins": SIX}

STUDY = dataclasses.replace(
    LESS_MIXING,
    name="less_mixing_twins",
    question="With rows for a fifth of the steps in six views, does it take a graph to draw them?",
    report="benchmarks.report.less_mixing_twins:body",
    resolve=twins_resolved,
    methods=METHODS,
    sisters=("less_mixing", "less_mixing_under_shift", "less_mixing_twins_under_shift", "shift", "shift_simulated"),
)

if __name__ == "__main__":
    run_study(STUDY)
