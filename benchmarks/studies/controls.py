"""Is it the causal model that helps? CausalMixFT with everything as it is but the rows that are mixed in.

    python -m benchmarks.studies.controls

The tables, folds, rows and seeds of `paper`, whose report compares each control with CausalMixFT, run by run.
Bootstrap, jitter, mixup and SMOTE know no model; marginals and copula no graph; the unconditioned graph joins
whatever is associated; the reversed and the permuted graph have the SCM's mechanisms and the wrong causes; in
self-distillation the rows are real ones, labelled by the untuned model.
"""

from __future__ import annotations

import dataclasses

from benchmarks.studies.command import run_study
from benchmarks.studies.paper import STUDY as PAPER

WRONG = "benchmarks.protocol.wrong_graphs"
ROWS = {
    "bootstrap": {"generator": "bootstrap"},
    "jitter": {"generator": "jitter"},
    "mixup": {"generator": "mixup"},
    "SMOTE": {"generator": "smote"},
    "marginals": {"generator": "marginals"},
    "copula": {"generator": "copula"},
    "unconditioned graph": {"discovery_max_depth": 0},
    "reversed graph": {"generator": f"{WRONG}:ReversedGraph"},
    "permuted graph": {"generator": f"{WRONG}:PermutedGraph"},
    "self-distillation": {"generator": "bootstrap", "label_source": "model"},
}

STUDY = dataclasses.replace(
    PAPER,
    name="controls",
    question="Is it the causal model that helps, or would other rows do as well?",
    report="benchmarks.report.paper:fidelity_by_method",
    methods={name: {"method": "causalmix", **rows} for name, rows in ROWS.items()},
    sisters=(),
)

if __name__ == "__main__":
    run_study(STUDY)
