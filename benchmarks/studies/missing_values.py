"""What should a missing number become: the column's mean, the mean and an indicator, or a level below all?

    python -m benchmarks.studies.missing_values

Three encodings x three ways of fitting (no tuning, default fine-tuning, CausalMixFT), on the same rows: 200
for training and 50 for the choice of the step (half of a small table), tests on the rest (at most 2,000).
24 real tables, and eight with gaps made by a rule, which are reported apart and decide nothing.

The rule for the default, written before any test score was seen. Scores are a table's means over its folds;
differences are from the mean's on the same rows; real tables only. Another encoding takes the mean's place if

1. untuned, its log loss has a better mean rank over tables than the mean's, Wilcoxon's test of the tables'
   differences in log loss gives p < .1, and the ROC-AUC is on average not lower;
2. tuned, the log loss, averaged over both ways of tuning, is on average over tables not higher.

Of two that pass, the one with the better mean rank untuned.

The rows in results/missing_values are all the untuned runs, and tuned ones of the real tables with the largest
share of missing numbers: three folds each, one of the two widest (AER/STAR, wooldridge/jtrain), as time allowed.
"""

from __future__ import annotations

from autogluon_causalmix.options.encoding import MISSING_NUMBERS
from benchmarks.protocol.gappy_tables import DATASETS
from benchmarks.protocol.methods import causalmix
from benchmarks.protocol.splits import LowDataGappy
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

FITS = {"untuned": {"fine_tune": False}, "default": {"method": "default"}, "causalmix": {"method": "causalmix"}}

STUDY = Study(
    name="missing_values",
    question="What should a missing number become?",
    measure="benchmarks.protocol.measures:fine_tuned",
    report="benchmarks.report.encodings:encodings",
    resolve=causalmix,
    methods={
        f"{fit} {way}": options | {"missing_numbers": way} for fit, options in FITS.items() for way in MISSING_NUMBERS
    },
    datasets=DATASETS,
    folds=5,
    split=LowDataGappy(rows=250),
    smoke={"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 200},
)

if __name__ == "__main__":
    run_study(STUDY)
