"""Under shifts that are made: a tail, a category or a cluster is held out, or class shares change.

    python -m benchmarks.studies.shift_made

12 tables x 3 shifts x 5 folds, and the methods of `shift`, whose docstring says what was fixed beforehand and whose
report reads these rows. Tables were chosen for the shifts that they admit: four with both numbers and categories,
five with numbers only (label shift in the category's place), three with categories only (in the tail's).
"""

from __future__ import annotations

import dataclasses

from benchmarks.protocol.shifts_made import CategoryShift, ClusterShift, LabelShift, TailShift
from benchmarks.studies.command import run_study
from benchmarks.studies.shift import METHODS
from benchmarks.studies.shift import STUDY as NATURAL

KINDS = {
    (TailShift, CategoryShift, ClusterShift): ("australian", "contraceptive", "german", "heart"),
    (TailShift, LabelShift, ClusterShift): ("bupa", "magic", "phoneme", "pima", "satimage"),
    (CategoryShift, LabelShift, ClusterShift): ("breast", "tic-tac-toe", "titanic"),
}
SPLITS = {name: tuple(kind() for kind in kinds) for kinds, names in KINDS.items() for name in names}

STUDY = dataclasses.replace(
    NATURAL,
    name="shift_made",
    question="Under shifts made from real tables: does causal augmentation make fine-tuning more robust?",
    methods=METHODS,
    datasets=tuple(SPLITS),
    folds=5,
    split=TailShift(),
    splits=SPLITS,
    sisters=(),
)

if __name__ == "__main__":
    run_study(STUDY)
