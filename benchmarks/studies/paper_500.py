"""Does what the paper's table says hold with 500 training rows? A third of its tables.

    python -m benchmarks.studies.paper_500

11 tables x 10 folds x 7 methods, and the untuned model; all else as in `paper`, whose report has the summary.
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
    report="benchmarks.report.paper:summary",
    datasets=DATASETS[::3],
    split=LowData(rows=500),
    sisters=(),
)

if __name__ == "__main__":
    run_study(STUDY)
