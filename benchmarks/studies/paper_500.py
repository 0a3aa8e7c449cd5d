"""Does what the paper's table says hold with 500 training rows? A third of its tables.

    python -m benchmarks.studies.paper_500

11 tables x 10 folds x 7 methods, and the untuned model; all else as in `paper`, whose report has the summary.

Fixed before any score of it was seen, log loss as it is, means over the folds of a table, Wilcoxon's test over tables:

* "causalmix" less "default". Expected: less of it on most tables, a smaller difference than with 200 rows, and
  undecided: of eleven tables nine must agree.
* "causalmix" or "default", whichever validates better, less "default" (`report.choice`). With 200 rows this gained
  .0035, better on 22 tables and worse on 9, and did not lose on tic-tac-toe what always mixing loses; it was found
  after those scores were known, so this is where it is tried. Expected: a gain on more tables than a loss, and none
  over the copula's, which gained as much.
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.paper import STUDY as PAPER

STUDY = dataclasses.replace(
    PAPER,
    name="paper_500",
    question="Does mixing in SCM rows pay with 500 training rows?",
    report="benchmarks.report.paper:body_500",
    datasets=DATASETS[::3],
    split=LowData(rows=500),
    sisters=(),
)

if __name__ == "__main__":
    run_study(STUDY)
