"""What bags add to ensembles: four questions, one correction, and tic-tac-toe in none of them."""

import pandas as pd
import pytest

from benchmarks.protocol.ensembles import BAGS, ENSEMBLES
from benchmarks.report.ensembles import QUESTIONS, body, judged
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of
from benchmarks.studies.ensembles import STUDY


def results(effects, tables=20, auc=(), study=None):
    """Cells of ``tables`` tables and tic-tac-toe, on which all effects are turned."""
    rows = []
    for k, dataset in enumerate([*(f"set{k}" for k in range(tables)), "tic-tac-toe"]):
        sign, by_model = -20 if dataset == "tic-tac-toe" else 1, {}
        for name in (*BAGS, *ENSEMBLES):
            loss = 0.4 + 0.01 * k + sign * effects.get(name, 0.0) * (1 + 0.01 * k)
            by_model[name] = {"log_loss": loss, "auc": 0.9 + dict(auc).get(name, 0.0), "fit": 5.0}
            if name in ENSEMBLES:
                by_model[name]["weights"] = {bag: 1 / len(ENSEMBLES[name]) for bag in ENSEMBLES[name]}
        about = {"dataset": dataset, "fold": 4, "label": "all bags", "status": "ok", "seconds": 200.0}
        rows.append(about | {"by_model": by_model})
    return Results(pd.DataFrame(rows), study)


@pytest.mark.parametrize(
    ("effects", "auc", "answers"),
    [
        ({}, {}, [False] * 4),
        ({"trees, both": -0.01}, {}, [True, False, True, False]),
        ({"both": -0.01, "trees, as it comes": -0.02}, {}, [False, True, False, True]),
        ({"both": -0.01}, {"both": -0.0005}, [False, True, False, False]),
        ({"both": -0.01}, {"both": -0.002}, [False] * 4),
        ({"both": 0.01}, {"both": 0.1}, [False] * 4),
    ],
)
def test_the_rule(effects, auc, answers):
    text = " ".join(markdown_of(body(results(effects, auc=auc))).split())
    for (first, second), better in zip(QUESTIONS, answers, strict=True):
        assert f"{first} less {second}: {'better' if better else 'not shown to be better'}" in text
    assert "on 20 tables" in text and "| tic-tac-toe" in text and "| set19" in text


def test_holms_correction_is_over_all_four():
    loss = pd.DataFrame({name: [0.4 + 0.01 * k for k in range(10)] for name in (*BAGS, *ENSEMBLES)})
    loss["both"] -= 0.01 + 0.0001 * loss["trees"]
    row = judged(loss, loss * 0 + 0.9).set_index("first").loc["both"]
    assert row["p (Holm)"] == pytest.approx(4 * row["p"]) and row["wins"] == 10 and row["better"]


def test_a_part_is_not_asked():
    assert "not asked yet: ensembles has 20 of 21 cells" in markdown_of(body(results({}, tables=19, study=STUDY)))
