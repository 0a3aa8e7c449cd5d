"""How much can any generator give, and how much fidelity does that take? Simulated tables, whose truth is known.

    python -m benchmarks.studies.dose

24 simulated models x 4 sizes x 2 folds x 15 methods, all by the default rule of validation rows. From the best
dose to none: fresh rows from the SCM that made the table; its graph with fitted mechanisms; the discovered
graph, in eight DAGs and in one, since the true graph is one; the true graph with edges dropped, reversed, or
between the wrong columns; rows that know no graph. Beside them, what real rows would have given: as many more as
there are training rows, for fine-tuning and for the untuned model, which reads them as support.
"""

from __future__ import annotations

from benchmarks.protocol.dose import dose
from benchmarks.protocol.simulated import DATASETS
from benchmarks.protocol.splits import LowDataSimulated
from benchmarks.studies.command import run_study
from benchmarks.studies.paper import SMOKE
from benchmarks.studies.study import Study

TRUTH = "benchmarks.protocol.true_graphs"


def dropped(share: float) -> dict:
    """Rows from the true graph without a share of its edges."""
    return {"generator": f"{TRUTH}:DroppedEdges", "generator_options": {"share": share}}


#: Synthetic rows by label, most of the truth first.
ROWS = {
    "true SCM": {"generator": f"{TRUTH}:TrueSCM"},
    "true graph": {"generator": f"{TRUTH}:TrueGraph"},
    "discovered graph": {},
    "one discovered DAG": {"generator_options": {"n_dags": 1}},
    "25 % of edges dropped": dropped(0.25),
    "50 % of edges dropped": dropped(0.5),
    "all edges dropped": dropped(1.0),
    "reversed edges": {"generator": f"{TRUTH}:ReversedEdges"},
    "permuted columns": {"generator": f"{TRUTH}:PermutedColumns"},
    "copula": {"generator": "copula"},
    "bootstrap": {"generator": "bootstrap"},
}

STUDY = Study(
    name="dose",
    question="What could the best synthetic rows give, and how much of it do worse ones lose?",
    measure="benchmarks.protocol.dose:tuned_with_truth",
    report="benchmarks.report.dose:body",
    resolve=dose,
    methods={"untuned": {"fine_tune": False}, "no synthetic rows": {"method": "default"}}
    | {label: {"method": "causalmix", **rows} for label, rows in ROWS.items()}
    | {
        "real rows doubled": {"method": "default", "more_real_rows": 1.0},
        "untuned with real rows doubled": {"fine_tune": False, "more_real_rows": 1.0},
    },
    datasets=DATASETS,
    folds=2,
    split=LowDataSimulated(),
    smoke=SMOKE,
    sizes=(50, 100, 200, 500),
)

if __name__ == "__main__":
    run_study(STUDY)
