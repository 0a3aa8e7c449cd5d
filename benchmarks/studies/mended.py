"""Do mended generators make mixing gain more? The paper's tables and folds with the generators of 28 November 2026.

    python -m benchmarks.studies.mended

A review by experiment found faults in what `paper` and `controls` had measured: a quarter of the SCM's labels was drawn
from the classes' shares however sure its mechanism was, columns that nearly repeat each other hid each other's edges,
and a copula's correlations with categories were too weak. Here the mended rows are mixed in; they are more faithful (by
how much, the report ends with).

What was fixed before any score was seen. A table's score is the mean over its folds, tables are the units, tests are
Wilcoxon's, two-sided, at .05. Folds come first, so that any number of whole folds is an answer.

* Primary: "causalmix" less "default" here, less the same difference in `paper` on the same tables and folds, in log
  loss. Mended rows gain more, or less, if p < .05.
* Secondary, Holm's correction over both measures of all three: the same in ROC-AUC with the primary; "causalmix" less
  "default"; "causalmix" less "copula".

Expected: a gain of some thousandths in log loss for the SCM, and still a tie with the copula, which was mended too.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.controls import STUDY as CONTROLS
from benchmarks.studies.paper import STUDY as PAPER

METHODS = {label: PAPER.methods[label] for label in ("untuned", "default", "causalmix")} | {
    "copula": CONTROLS.methods["copula"]
}

STUDY = dataclasses.replace(
    PAPER,
    name="mended",
    question="Do mended generators make mixing gain more?",
    report="benchmarks.report.mended:body",
    methods=METHODS,
    sisters=("paper", "controls"),
)

if __name__ == "__main__":
    run_study(STUDY)
