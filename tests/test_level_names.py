"""Codes that AutoGluon gives to categories and classes get their names back."""

import numpy as np

from autogluon_causalmix import report
from autogluon_causalmix.level_names import level_names, with_names
from autogluon_causalmix.predictor_report import PredictorReport

from .conftest import fit, frame, small


def test_names_are_those_of_the_users_table(tmp_path, tiny_classifier):
    """Upstream contract: the attributes of AutoGluon's feature generators that this reads."""
    rng = np.random.default_rng(0)
    data = frame(120, n_classes=3).assign(
        sex=rng.choice(["female", "male"], 120), town=rng.choice(["Oslo", "Rome", "Lima"], 120)
    )
    predictor = fit(tmp_path / "p", data, {"CAUSALMIX": small(tiny_classifier)})
    names = level_names(predictor)
    coded = predictor.transform_features(data)
    for column in ("town", "e"):
        assert coded[column].astype(str).map(names[column]).tolist() == data[column].astype(str).tolist()
    sex = coded["sex"].astype(str).map(names["sex"])
    true_value = next(one for one in names["sex"].values() if not one.startswith("not "))
    assert ((sex == true_value) == (data["sex"] == true_value)).all()
    assert names["y"] == {"0": "class 0", "1": "class 1", "2": "class 2"}

    shown = report(predictor)
    comparison = with_names(shown.folds, shown.names)["CausalMix"][""]["comparison"]
    levels = {one["name"]: set(one["levels"]) for one in comparison["columns"] if "levels" in one}
    assert levels["town"] == {"Oslo", "Rome", "Lima"} and levels["y"] == set(names["y"].values())
    assert "levels" in str(shown.to_dict()) and "Oslo" not in str(shown.to_dict()), "what was stored stays as it is"


def test_findings_name_lost_categories():
    folds = {"": {"fidelity": {"lost_levels": {"town": ["1", "7"]}}}}
    named = with_names({"m": folds}, {"town": {"1": "Rome"}})
    assert named["m"][""]["fidelity"]["lost_levels"] == {"town": ["Rome", "7"]}
    assert folds[""]["fidelity"]["lost_levels"] == {"town": ["1", "7"]}
    findings = PredictorReport({"m": folds}, names={"town": {"1": "Rome"}}).findings()
    assert "town: Rome, 7" in next(one for one in findings if one.code == "CM204").explanation


def test_a_predictor_that_keeps_them_elsewhere_has_codes():
    class Other:
        label = "y"

    assert level_names(Other()) == {"y": {}}
    assert with_names({"m": {"": {"fidelity": None}}}, {"y": {}}) == {"m": {"": {"fidelity": None}}}
