"""Do rows drawn given a rare class pay, and does it take a graph to draw them?

    python -m benchmarks.studies.rare_classes

The tables, folds, rule and primary metric of `mixing`; the smallest class of each table is thinned to 5 % of its
rows, in training and in test rows, so that macro ROC-AUC counts it as much as any other. ``balance_classes`` hands
out synthetic rows with the classes equally often: of three times as many rows that the generator draws, those of a
class are draws given the class (they repeat where there are too few). Rows stand beside whole real episodes with
their own labels, or make up whole episodes.
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.splits import LowDataRare
from benchmarks.report.ideas import Idea
from benchmarks.studies.command import run_study
from benchmarks.studies.mixing import BASELINES, STRONG
from benchmarks.studies.mixing import STUDY as MIXING
from benchmarks.studies.study import Study

SOURCES = {"scm": "scm", "copula": "copula", "SMOTE": "smote", "jitter": "jitter"}
BESIDE = {"method": "causalmix", **STRONG, "mix_into": "beside"}
BALANCED = {"balance_classes": True}
TWINS = ("copula", "SMOTE", "jitter")
IDEAS = (
    Idea("strong", "default", (), "a gain, smaller than with even classes: few held-out rows are of the rare class"),
    Idea(
        "balanced beside scm",
        "strong",
        tuple(f"balanced beside {twin}" for twin in TWINS),
        "a small gain in ROC-AUC for a higher log loss, since classes are not equally often; SMOTE does as well",
    ),
    Idea("balanced beside scm", "beside scm", (), "a small gain in ROC-AUC"),
    Idea(
        "balanced episodes scm",
        "strong",
        ("balanced episodes copula",),
        "a gain in ROC-AUC where the class has fewer than ten rows",
    ),
)

STUDY: Study = dataclasses.replace(
    MIXING,
    name="rare_classes",
    question="Do rows drawn given a rare class pay, and does it take a graph to draw them?",
    methods={label: BASELINES[label] for label in ("untuned", "untuned 6 views", "default", "strong")}
    | {"beside scm": BESIDE | {"generator": "scm"}}
    | {f"balanced beside {name}": BESIDE | BALANCED | {"generator": source} for name, source in SOURCES.items()}
    | {
        f"balanced episodes {name}": {"method": "causalmix", **STRONG, **BALANCED, "generator": name}
        for name in ("scm", "copula")
    },
    split=LowDataRare(validation=0.0),
)

if __name__ == "__main__":
    run_study(STUDY)
