"""With validation rows given, what makes the fine-tuning of one member steadier, and does mixing pay on top of it?

    python -m benchmarks.studies.steadier

`mixing` asks the same of four members that hold out rows of their own. ``TabularPredictor`` gives a model its
validation rows, in bags and without, and most people fit one member: here are the parts that help there too. The
odd-numbered tables (17 of 33), 3 folds, 160 training rows and 40 that pick the step, tests on at most 2,000 others.

*Half untuned* keeps weights that are half what they were before training and half what it made of them
(``untuned_share``, WiSE-FT, arXiv 2109.01903); half the learning rate is its control, since both end half as far
away. *6 views* predicts in six views. The rule of `mixing` holds, with what an idea is added to in place of the strong
baseline: kept if over the tables its mean gain is above its base's, its mean log loss not above, and no larger share
of its runs more than 1 % below the six untuned views; causal only if its mean gain is above each twin's as well. It
was written, as were the expectations, before any score of this study was seen; eleven tables' scores of the baselines
of `mixing` were (one member, four, and the guard).
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.splits import LowData
from benchmarks.report.ideas import Idea
from benchmarks.studies.command import run_study
from benchmarks.studies.mixing import STUDY as MIXING

ROWS = {
    "default": {"method": "default"},
    "causalmix": {"method": "causalmix"},
    "copula": {"method": "causalmix", "generator": "copula"},
    "jitter": {"method": "causalmix", "generator": "jitter"},
}
#: Views that fine-tuning does not see, which was the one way there was; `views` asks whether it should see them.
SIX = {"n_views": 6, "tuned_views": "first"}
PARTS = {
    "": {},
    " half untuned": {"untuned_share": 0.5},
    " 6 views": SIX,
    " half untuned 6 views": {"untuned_share": 0.5, **SIX},
}
METHODS = {
    "untuned": {"fine_tune": False},
    "untuned 6 views": {"fine_tune": False, "n_views": 6},
    "default half rate": {"method": "default", "lr": 1.5e-4},
    "default averaged": {"method": "default", "weight_averaging": 0.9},
    "default guarded": {"method": "default", "keep_untuned_within": 1.0},
} | {f"{rows}{part}": ROWS[rows] | PARTS[part] for part in PARTS for rows in ROWS}
IDEAS = (
    Idea("default 6 views", "default", (), "more than half a percent, as six views give the untuned model"),
    Idea(
        "default half untuned",
        "default",
        (),
        "the same gain with a smaller spread, and a lower log loss: less sure of itself",
    ),
    Idea("default half rate", "default", (), "the same as half untuned: both end half as far away"),
    Idea("default averaged", "default", (), "a smaller spread, the gain no other"),
    Idea("default guarded", "default", (), "a loss: 40 rows make few gains certain"),
    Idea("default half untuned 6 views", "default 6 views", (), "next to nothing: views average what the share does"),
    Idea("causalmix", "default", ("copula", "jitter"), "a tenth of a percent; ties the copula"),
    Idea(
        "causalmix half untuned",
        "default half untuned",
        ("copula half untuned", "jitter half untuned"),
        "nothing: what mixing mends, too much certainty, is mended already",
    ),
    Idea(
        "causalmix 6 views",
        "default 6 views",
        ("copula 6 views", "jitter 6 views"),
        "a little less than in one view; ties the copula",
    ),
    Idea(
        "causalmix half untuned 6 views",
        "default half untuned 6 views",
        ("copula half untuned 6 views", "jitter half untuned 6 views"),
        "nothing",
    ),
)

STUDY = dataclasses.replace(
    MIXING,
    name="steadier",
    question="With validation rows given, what makes one member's fine-tuning steadier, and does mixing pay on top?",
    measure="benchmarks.protocol.whole_measures:fine_tuned_given",
    methods=METHODS,
    folds=3,
    split=LowData(),
)

if __name__ == "__main__":
    run_study(STUDY)
