"""What is known of columns that AutoGluon dropped is left out; names that nobody has are mistakes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import known_columns
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.known_columns import environment_of, knowledge_of, named

KNOWN = Knowledge.of(forbidden_edges=[("dose", "age"), ("fixed", "age")], roots=["age"])


def test_nothing_changes_where_every_column_is_there():
    assert knowledge_of(KNOWN, ["dose", "age", "fixed"], "y", [], "nowhere") == (KNOWN, None)


def test_a_dropped_column_is_left_out_with_a_remark():
    left, remark = knowledge_of(KNOWN, ["dose", "age"], "y", ["dose", "age", "fixed"], "nowhere")
    assert left.forbidden == (("dose", "age"),) and left.roots == ("age",)
    assert remark.startswith("AutoGluon dropped 'fixed' (")


def test_a_number_names_the_column_that_autogluon_calls_by_its_text():
    known = Knowledge.of(forbidden_edges=[(1, 3)], tiers=[[3], [1, "y"]], roots=[3])
    left, remark = knowledge_of(known, ["1", "3"], "y", ["1", "3"], "nowhere")
    assert left == Knowledge.of(forbidden_edges=[("1", "3")], tiers=[["3"], ["1", "y"]], roots=["3"]) and remark is None
    left, remark = knowledge_of(known, ["1"], "y", ["1", "3"], "nowhere")
    assert left.tiers == ((), ("1", "y")) and remark.startswith("AutoGluon dropped 3 (")
    assert environment_of(3, ["1", "3"], "y", ["1", "3"], "nowhere") == ("3", None)


def test_a_target_whose_name_is_a_number_is_named_by_its_text_as_reports_write_it():
    known = Knowledge.of(required_edges=[("1", "3")], sinks=["3"])
    found, remark = knowledge_of(known, ["1"], np.int64(3), ["1"], "nowhere")
    assert found == Knowledge.of(required_edges=[("1", 3)], sinks=[3]) and remark is None
    with pytest.raises(OptionError, match=r"did you mean 13\?"):
        knowledge_of(Knowledge.of(sinks=["133"]), ["1"], np.int64(13), ["1"], "nowhere")


def test_the_target_is_a_column_too():
    known = Knowledge.of(sinks=["y"])
    assert knowledge_of(known, ["age"], "y", ["age"], "nowhere") == (known, None)


def test_a_name_that_nobody_has_is_a_mistake():
    with pytest.raises(OptionError, match=r"names 'fixed', which is no column of your table; did you mean 'fixed_'\?"):
        knowledge_of(KNOWN, ["dose", "age", "fixed_"], "y", [], "nowhere")


def test_a_target_without_a_name_stays_so_outside_of_a_predictor():
    assert named(pd.Series([1.0]), "nowhere").name is None and named(pd.Series([1.0], name="y"), "nowhere").name == "y"


def test_an_environment_column_that_was_dropped_is_ignored_with_a_remark():
    assert environment_of(None, ["age"], "y", [], "nowhere") == (None, None)
    assert environment_of("site", ["age", "site"], "y", [], "nowhere") == ("site", None)
    column, remark = environment_of("site", ["age"], "y", ["age", "site"], "nowhere")
    assert column is None and remark.startswith("AutoGluon dropped 'site' (")
    with pytest.raises(OptionError, match=r"environment_column='cite' is no column of your table; did you mean 'site'"):
        environment_of("cite", ["age", "site"], "y", [], "nowhere")
    with pytest.raises(OptionError, match="environment_column='y' is the target"):
        environment_of("y", ["age", "site"], "y", [], "nowhere")


def test_a_whole_graph_leaves_open_what_autogluon_added(monkeypatch):
    """Predictions of other models in a stack: the user's graph cannot speak of them."""
    learner = SimpleNamespace(original_features=["a", 1], label="y")
    monkeypatch.setattr(known_columns, "_saved_learner", lambda folder: learner)
    whole = Knowledge.of(graph=[("a", "y")])
    known, remark = knowledge_of(whole, ["a", "1", "RF_BAG_L1"], "y", [], "folder")
    assert known.unstated == ("RF_BAG_L1",) and known.edges == whole.edges
    assert remark == (
        "known_graph says nothing of columns that AutoGluon added ('RF_BAG_L1'): their edges are searched in the data"
    )
    rules = known.rules(["a", "1", "RF_BAG_L1", "y"])
    assert not rules.complete and rules.required.sum() == 1
    assert rules.allowed.sum() == 7, "the stated edge, and both directions of the added column's three pairs"
    assert rules.allowed[2, [0, 1, 3]].all() and rules.allowed[[0, 1, 3], 2].all() and rules.allowed[0, 3]
    assert knowledge_of(whole, ["a", "1"], "y", [], "folder") == (whole, None)
    other = Knowledge.of(roots=["a"])
    assert knowledge_of(other, ["a", "RF_BAG_L1"], "y", [], "folder") == (other, None), "no statement on the whole"


LINKS = {"day": ["day", "day.month"], "words": ["words.count", "nlp.total"], "more": ["nlp.total"], "dose": ["dose"]}


def test_what_is_known_of_a_column_holds_of_its_parts(monkeypatch):
    """A date's month and a text's letters are what AutoGluon made of the user's columns."""
    learner = SimpleNamespace(
        original_features=[*LINKS], feature_generator=SimpleNamespace(get_feature_links=lambda: LINKS)
    )
    monkeypatch.setattr(known_columns, "_saved_learner", lambda folder: learner)
    left = ["day", "day.month", "words.count", "nlp.total", "dose"]
    known = Knowledge.of(
        forbidden_edges=[("dose", "day")],
        required_edges=[("day", "y")],
        tiers=[["day", "words"], ["dose"]],
        sinks=["y"],
    )
    found, remark = knowledge_of(known, left, "y", [], "folder")
    assert found.forbidden == (("dose", "day"), ("dose", "day.month")) and found.required == (("day", "y"),)
    assert found.tiers == (("day", "day.month", "words.count"), ("dose",)) and found.sinks == ("y",)
    assert remark is None, "nlp.total is of two columns, and of none alone"
    found, remark = knowledge_of(Knowledge.of(required_edges=[("words", "y")]), left, "y", [], "folder")
    assert not found.required and remark.startswith("AutoGluon dropped 'words' (")
    found, remark = knowledge_of(Knowledge.of(graph=[("words", "y"), ("dose", "y")]), left, "y", [], "folder")
    assert found.edges == (("dose", "y"),) and "AutoGluon dropped 'words' (" in remark, "an edge names one column"
    mine = Knowledge.of(roots=["day"], sinks=["day.month"])
    assert knowledge_of(mine, left, "y", [], "folder") == (mine, None), "what is named says what it is"


def test_the_parts_of_each_of_two_dates_are_its_own(monkeypatch):
    """AutoGluon links what it makes of dates to all of them."""
    from autogluon.features import AutoMLPipelineFeatureGenerator

    days = pd.Series(pd.date_range("2020-01-01", periods=60, freq="17D"))
    frame = pd.DataFrame({"in": days, "in.out": days + pd.to_timedelta(np.arange(60) % 7, unit="D"), "x": range(60)})
    generator = AutoMLPipelineFeatureGenerator(verbosity=0)
    left = list(generator.fit_transform(frame))
    learner = SimpleNamespace(original_features=[*frame], feature_generator=generator)
    monkeypatch.setattr(known_columns, "_saved_learner", lambda folder: learner)
    found, remark = knowledge_of(Knowledge.of(tiers=[["in"], ["in.out"], ["x"]]), left, "y", [], "folder")
    first, second, third = found.tiers
    assert {"in", "in.month"} <= set(first) and {"in.out", "in.out.month"} <= set(second) and third == ("x",)
    assert not set(first) & set(second) and remark is None
    assert set(first) | set(second) | {"x"} == set(left), "every part has an owner"


def test_a_column_with_another_role_is_said_to_have_it(monkeypatch):
    learner = SimpleNamespace(original_features=["age"], groups="site", sample_weight="w", ignored_columns=["id"])
    monkeypatch.setattr(known_columns, "_saved_learner", lambda folder: learner)
    assert environment_of("site", ["age"], "y", [], "folder") == (
        None,
        "'site' is the groups of the folds and no model sees it: environment_column is ignored",
    )
    _, remark = knowledge_of(Knowledge.of(roots=["id", "w"]), ["age"], "y", [], "folder")
    assert remark.startswith("'id' is left out by ignored_columns and no model sees it; 'w' is the weight of the rows")
