"""Do causal rows pay where rows are fewest? The safest mixing, the paper's, and fewer columns, at 30 and 100 rows.

    python -m benchmarks.studies.small_tables

The tables, folds, rule and primary metric of `mixing`, each size on its own.
"""

from __future__ import annotations

import dataclasses

from benchmarks.report.ideas import Idea
from benchmarks.studies.command import run_study
from benchmarks.studies.mixing import STUDY as MIXING

LABELS = (
    "untuned",
    "untuned 6 views",
    "default",
    "strong",
    "episodes scm",
    "episodes copula",
    "episodes jitter",
    "soft beside scm",
    "soft beside copula",
    "soft beside jitter",
    "blanket members",
    "informative members",
)
IDEAS = (
    Idea(
        "strong", "default", (), "at 30 rows no gain: six rows held out choose nothing, and the guard keeps the floor"
    ),
    Idea(
        "episodes scm",
        "strong",
        ("episodes copula", "episodes jitter"),
        "a loss at 30 rows, where no graph can be found; less of one at 100",
    ),
    Idea(
        "soft beside scm",
        "strong",
        ("soft beside copula", "soft beside jitter"),
        "the place where it is likeliest to pay: more query rows than the table has; ties its twins",
    ),
    Idea("blanket members", "strong", ("informative members",), "a loss: tests of 24 rows leave out what matters"),
)

STUDY = dataclasses.replace(
    MIXING,
    name="small_tables",
    question="Do causal rows pay where rows are fewest?",
    methods={label: MIXING.methods[label] for label in LABELS},
    sizes=(30, 100),
)

if __name__ == "__main__":
    run_study(STUDY)
