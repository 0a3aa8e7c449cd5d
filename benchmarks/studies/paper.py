"""Does mixing in SCM rows pay? The paper's seven ways of fine-tuning against the untuned model.

    python -m benchmarks.studies.paper

33 tables x 10 folds x 7 methods, and the untuned model as the baseline: 2,310 + 330 cells. The report also reads
the rows of the sister studies: `controls`, `paper_500` and `leaderboard`.
"""

from __future__ import annotations

from autogluon_causalmix.options import METHODS
from benchmarks.protocol.methods import causalmix
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.command import run_study
from benchmarks.studies.study import Study

#: TabEBM's chains at half their steps, as many as there are training rows. By default they end after 20 s, which
#: twonorm's 20 columns reach: its rows would depend on how busy the machine is.
TABEBM = {"n_steps": 100, "n_rows": 160, "seconds": 600.0}

#: What a smoke run replaces, here and in the sister studies.
SMOKE = {"fine_tune_steps": 2, "discovery_resamples": 2, "pool_rows": 200}

STUDY = Study(
    name="paper",
    question="Does mixing in SCM rows pay, beside the paper's other six ways of fine-tuning?",
    measure="benchmarks.protocol.measures:fine_tuned",
    report="benchmarks.report.paper:body",
    resolve=causalmix,
    methods={"untuned": {"fine_tune": False}}
    | {name: {"method": name} for name in METHODS}
    | {"tabebm_only": {"method": "tabebm_only", "generator_options": TABEBM}},
    datasets=DATASETS,
    folds=10,
    smoke=SMOKE,
    sisters=("controls", "paper_500", "leaderboard"),
)

if __name__ == "__main__":
    run_study(STUDY)
