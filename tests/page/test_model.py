"""What is shown of one model: its figures, seconds and options over all folds."""

import pickle

import pandas as pd
import pytest

from autogluon_causalmix.augmentation.report import AugmentReport
from autogluon_causalmix.finetune.report import FitReport
from autogluon_causalmix.options import CausalMixOptions
from autogluon_causalmix.page.model import shown

from ..findings.reports import folds

NO_EDGES = pd.DataFrame({"from": [], "to": [], "probability": [], "stated": []})


def test_seconds_are_of_all_folds_with_what_no_stage_accounts_for():
    reports = folds(seconds=({"discovery": 1.0, "total": 4.0}, {"discovery": 2.0, "fine-tuning": 2.0, "total": 6.0}))
    rows = {one["stage"]: one["seconds"] for one in shown("m", reports, NO_EDGES)["seconds"]}
    assert rows == {"other": 5.0, "discovery": 3.0, "fine-tuning": 2.0, "total": 10.0}
    assert list(rows) == ["other", "discovery", "fine-tuning", "total"], "the longest first"


def test_options_away_from_their_defaults_are_listed_with_these():
    defaults = CausalMixOptions().to_dict()
    options = tuple(defaults | {"mix_ratio": ratio, "required_edges": [["a", "b"]], "lr": 3e-4} for ratio in (0.2, 0.3))
    rows = shown("m", folds(options=options, options_changed=["mix_ratio", "required_edges"]), NO_EDGES)["options"]
    assert rows == [
        {"name": "mix_ratio", "value": "0.2 or 0.3", "default": "0.5"},
        {"name": "required_edges", "value": "(a, b)", "default": "none"},
    ]


def test_fidelity_is_summed_up_over_the_folds_that_measured_it():
    measured = [{"two_sample_auc": value, "usefulness": None} for value in (0.6, 0.8)]
    one = shown(
        "m",
        folds(fidelity=(None, *[each | {"two_sample_low": 0.5, "two_sample_high": 0.9} for each in measured])),
        NO_EDGES,
    )
    (row,) = one["figures"]
    assert (row["mean"], row["low"], row["high"]) == (pytest.approx(0.7), 0.6, 0.8)
    assert one["fidelity"].startswith("<svg")


def test_facts_give_the_range_over_the_folds():
    facts = dict(shown("m", folds(rows_training=(90, 100), weights={"name": "mini"}), NO_EDGES)["facts"])
    assert facts["training rows"] == "90 to 100" and facts["weights"] == "mini" and facts["fits"] == "2"


def test_a_fit_that_measured_nothing_is_shown_without_it():
    one = shown("m", folds(fallbacks=["no synthetic rows"]), NO_EDGES)
    parts = ("curves", "fidelity", "figures", "graph", "searched", "edges", "rows", "seconds", "options")
    assert not any(one[part] for part in parts)
    assert shown("m", folds(graph_resamples=50), NO_EDGES)["searched"], "and nothing was found"
    assert shown("m", folds(dags=[[]]), NO_EDGES)["searched"], "a graph without edges is stated"
    assert one["fallbacks"] == ["no synthetic rows"]


@pytest.mark.parametrize("kind", [FitReport, AugmentReport])
def test_a_report_that_was_saved_before_a_field_was_added_is_read(kind):
    earlier = kind()
    del earlier.fallbacks, earlier.graph_resamples
    assert pickle.loads(pickle.dumps(earlier)).to_dict() == kind().to_dict()


def test_reports_of_an_earlier_version_are_shown():
    (report,) = folds(steps_taken=[1], step_kept=[1], validation_scores=[[1.0, 0.5]]).values()
    for name in ("comparison", "options_changed", "target"):
        del report[name]
    one = shown("m", {"": report}, NO_EDGES)
    assert one["curves"] and not one["rows"] and not one["options"]
