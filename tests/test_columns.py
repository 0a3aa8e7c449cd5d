"""What members after the first see: a blanket, or as many columns by what each tells of the target."""

import time
import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.finetune import columns
from autogluon_causalmix.finetune.columns import ColumnChoice, markov_blanket
from autogluon_causalmix.finetune.problem import Problem
from autogluon_causalmix.finetune.split import Split
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.options import CausalMixOptions

from .conftest import blobs, estimator

#: cause -> y -> effect <- spouse, cause <- grandparent; "noise" is alone.
GRAPH = [("grandparent", "cause"), ("cause", "y"), ("y", "effect"), ("spouse", "effect")]
NAMES = ["noise", "grandparent", "cause", "effect", "spouse"]


def rows(n=300, seed=0):
    """The grandparent tells more of y than the spouse does, and nothing more than the cause."""
    rng = np.random.default_rng(seed)
    noise, grandparent, spouse = rng.standard_normal((3, n))
    cause = grandparent + 0.3 * rng.standard_normal(n)
    y = (cause + 0.5 * rng.standard_normal(n) > 0).astype(int)
    effect = y + spouse + 0.3 * rng.standard_normal(n)
    frame = pd.DataFrame({"noise": noise, "grandparent": grandparent, "cause": cause, "effect": effect})
    return frame.assign(spouse=spouse), pd.Series(y, name="y")


def choice(kind, **options):
    X, y = rows()
    given = CausalMixOptions.from_hyperparameters({"member_columns": kind, "n_estimators": 2} | options)
    problem = Problem.read(X, y, "binary", 2)
    split = Split.choose(problem, None, 0.0, np.random.default_rng(0))
    return ColumnChoice.of(problem, split, given, Budget(), Journal(), np.random.default_rng(0))


def test_a_blanket_is_parents_children_and_their_other_parents():
    assert markov_blanket(nx.DiGraph(GRAPH), "y") == {"cause", "effect", "spouse"}
    assert markov_blanket(nx.DiGraph(GRAPH), "grandparent") == {"cause"}


def test_a_stated_graph_gives_its_blanket_and_the_control_as_many_columns():
    blanket, informative = (choice(kind, known_graph=GRAPH) for kind in ("blanket", "informative"))
    for seed in range(3):
        drawn = blanket.draw(np.random.default_rng(seed))
        assert [NAMES[k] for k in drawn] == ["cause", "effect", "spouse"]
    drawn = informative.draw(np.random.default_rng(0))
    assert [NAMES[k] for k in drawn] == ["grandparent", "cause", "effect"], "the spouse alone tells nothing"


def test_a_discovered_graph_leaves_out_what_tells_nothing_and_differs_by_member():
    drawn = [{NAMES[k] for k in choice("blanket").draw(np.random.default_rng(seed))} for seed in range(20)]
    assert np.mean(["noise" in seen for seen in drawn]) < 0.3
    assert np.mean([{"cause", "effect"} <= seen for seen in drawn]) > 0.7


def test_indicators_of_missing_cells_go_with_their_column():
    X, y = rows()
    X.loc[::7, "spouse"] = np.nan
    problem = Problem.read(
        X, y, "binary", 2, CausalMixOptions.from_hyperparameters({"missing_numbers": "indicator"}).encoding
    )
    split = Split.choose(problem, None, 0.0, np.random.default_rng(0))
    for kind, expected in (("blanket", [2, 3, 4, 5]), ("informative", None)):
        options = CausalMixOptions.from_hyperparameters({"member_columns": kind, "known_graph": GRAPH})
        found = ColumnChoice.of(problem, split, options, Budget(), Journal(), np.random.default_rng(0))
        drawn = found.draw(np.random.default_rng(0)).tolist()
        assert len(drawn) == 4 and (expected is None or drawn == expected)


def test_a_target_without_a_blanket_leaves_all_columns():
    alone = choice("blanket", known_graph=[("grandparent", "cause")])
    assert alone.draw(np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["blanket", "informative"])
def test_members_after_the_first_see_fewer_columns_and_predict_from_them(tiny_classifier, kind):
    X, y = rows(120)
    options = {"member_columns": kind, "n_estimators": 3, "n_views": 2, "rotate_holdout": True, "pooled_step": True}
    fitted = estimator(tiny_classifier, known_graph=GRAPH, mix_ratio=0.5, generator="copula", **options).fit(X, y)
    assert fitted.report.columns_seen == [5, 3, 3] and not fitted.report.fallbacks
    assert fitted.report.rows_synthetic_used > 0 and "columns of members" in fitted.report.seconds
    (unseen, *_) = {*range(5)} - {*fitted.members[1].views[0].order}
    assert {*fitted.members[1].views[0].order} == {*fitted.members[1].views[1].order}
    moved = X.assign(**{NAMES[unseen]: -X[NAMES[unseen]]})

    def predicted(member, frame):
        return fitted.members[member].predict(fitted.support.x, fitted.support.target, fitted.reader.encode(frame))

    np.testing.assert_array_equal(predicted(1, X), predicted(1, moved), "a column that is not seen moves nothing")
    assert not np.array_equal(predicted(0, X), predicted(0, moved))


def test_a_search_that_fails_is_told_and_leaves_all_columns(tiny_regressor, monkeypatch):
    X, _ = rows(60)
    options = {"member_columns": "informative", "n_estimators": 2, "mix_ratio": 0, "hf_reg_model": tiny_regressor}
    model = estimator(None, "regression", 0, **options)
    y = X.pop("effect")
    assert model.fit(X, y).report.columns_seen[0] == 4

    def failing(*args, **options):
        raise RuntimeError("no edges today")

    monkeypatch.setattr(columns, "discover_edges", failing)
    messages = []
    report = model.fit(X, y, journal=Journal(messages.append)).report
    assert report.columns_seen == [4, 4] and len(messages) == 1
    assert report.fallbacks == ["members see all columns (RuntimeError: no edges today)"]


def test_knowledge_is_used_by_members_even_if_the_generator_has_no_graph():
    stated = {"generator": "copula", "known_graph": GRAPH}
    with pytest.raises(OptionError, match="models no graph"):
        CausalMixOptions.from_hyperparameters(stated).check("binary")
    members = {"member_columns": "blanket", "discovery_alpha": 0.2}
    options = CausalMixOptions.from_hyperparameters(stated | members | {"n_estimators": 2})
    options.check("binary")
    assert options.unused() == []
    with pytest.raises(OptionError, match="models no graph"):
        CausalMixOptions.from_hyperparameters(stated | members).check("binary")  # one member sees all columns


def test_what_columns_tell_is_measured_on_few_rows_without_a_warning_and_not_after_the_deadline(monkeypatch):
    X, y = blobs(400)
    problem = Problem.read(X, y, "binary", 2)
    split = Split.choose(problem, None, 0.0, np.random.default_rng(0))
    source = np.arange(X.shape[1])
    monkeypatch.setattr(columns, "MOST_ROWS", 300)
    monkeypatch.setattr(columns, "AT_A_TIME", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = columns._mutual_information(problem, split, source, np.random.default_rng(0), time.monotonic() + 60)
    assert len(found) == X.shape[1] and found.argmax() == 0, "'a' tells most of the class"
    with pytest.raises(TimeoutError, match="after 0 of 5 columns"):
        columns._mutual_information(problem, split, source, np.random.default_rng(0), time.monotonic() - 1)


def test_a_single_member_searches_nothing(tiny_classifier, monkeypatch):
    monkeypatch.setattr(columns, "discover_edges", None)
    X, y = blobs(40)
    assert not estimator(tiny_classifier, member_columns="blanket", mix_ratio=0).fit(X, y).report.fallbacks
