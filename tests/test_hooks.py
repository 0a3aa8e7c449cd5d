"""Optional hooks of generators: used where they are, missed nowhere, and harmless where they are something else."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators import base, catalogue
from autogluon_causalmix.generators.base import Description, describe, fitted, import_seconds, warm_up
from autogluon_causalmix.generators.catalogue import Entry, FitContext, check_generator, context_of, make_generator
from autogluon_causalmix.table import TypedTable

from .conftest import blobs, estimator

CALLS = []


class Bare:
    """Two methods, no hook."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


class Hooked(Bare):
    """Has every hook."""

    needs_classes = True
    one_task_per_draw = True

    @staticmethod
    def warm_up():
        CALLS.append("warm_up")

    @classmethod
    def import_seconds(cls):
        return 2.5

    def fit(self, table):
        CALLS.append("fit")
        super().fit(table)

    def describe(self):
        return Description(
            3, [{"from": "a", "to": "y", "probability": 0.5, "stated": False}], [[["a", "y"]]], {"x": 1.5}
        )


class Other(Bare):
    """The hooks' names for something else."""

    warm_up = import_seconds = needs_classes = 0

    def describe(self):
        return "a generator"


class Failing(Bare):
    """Hooks that do not work."""

    @staticmethod
    def import_seconds():
        raise OSError("no clock")

    def describe(self, column):
        raise AssertionError


@pytest.mark.parametrize("cls", [Bare, Other, Hooked])
def test_facts_and_hooks_have_defaults(cls):
    for one in (cls, cls()):
        assert base.needs_classes(one) == base.one_task_per_draw(one) == (cls is Hooked)
        assert import_seconds(one) == (2.5 if cls is Hooked else 0)
        warm_up(one)
    assert describe(cls()).graph_resamples == (3 if cls is Hooked else 0)


def test_a_hook_that_fails_is_a_remark_and_no_loss(tiny_classifier):
    assert import_seconds(Failing) == 0
    (remark,) = describe(Failing()).remarks
    assert "Failing.describe() failed (TypeError" in remark
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator=Failing()).fit(X, y).report
    assert report.rows_synthetic_used > 0 and len(report.fallbacks) == 1 and remark in report.fallbacks


class Draws(Bare):
    """Describes a graph."""

    def __init__(self, graph):
        self.graph = graph

    def describe(self):
        return Description(3, **{"edges": [EDGE], "dags": [[["a", "b"]]]} | self.graph, remarks=("one more",))


class Slips(Bare):
    """Describes itself, but for a slip."""

    def __init__(self, slip):
        self.slip = slip

    def describe(self):
        return Description(**{"edges": [EDGE], "dags": [[["a", "b"]]], "graph_resamples": 3} | self.slip)


@pytest.mark.parametrize("slip", [{"seconds": {"mine": None}}, {"seconds": None}, {"graph_resamples": None}])
def test_a_slip_beside_the_graph_is_left_out_alone(tiny_classifier, slip):
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator=Slips(slip)).fit(X, y).report
    (name,) = slip
    assert report.rows_synthetic_used > 0 and report.edges == [EDGE]
    (remark,) = report.fallbacks
    assert remark.startswith(f"the {name} of Slips.describe() is left out of the report: ")
    assert report.graph_resamples == (0 if name == "graph_resamples" else 3)


EDGE = {"from": "a", "to": "b", "probability": 0.5, "stated": False}


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"edges": [("a", "b", 0.5)]}, "dictionary update sequence"),
        ({"edges": [{"from": "a", "to": "b"}]}, "has not all of from, to, probability, stated"),
        ({"edges": [EDGE | {"probability": "much"}]}, "could not convert string to float: 'much'"),
        ({"edges": None}, "TypeError"),
        ({"dags": [[["a", "b", "c"]]]}, r"\['a', 'b', 'c'\] in dags is no \[cause, effect\]"),
        ({"dags": [3]}, "TypeError"),
    ],
)
def test_a_graph_that_cannot_be_shown_is_left_out_with_a_remark_and_the_rows_stay(tiny_classifier, graph, message):
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator=Draws(graph)).fit(X, y).report
    assert report.rows_synthetic_used > 0 and report.edges == report.dags == []
    kept, remark = report.fallbacks
    assert kept == "one more" and remark.startswith("the graph of Draws.describe() is left out of the report: ")
    assert re.search(message, remark)


@pytest.mark.parametrize("spec", [Hooked, Hooked(), f"{__name__}:Hooked"])
def test_the_fit_warms_up_first_and_reports_what_is_said(tiny_classifier, spec):
    CALLS.clear()
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator=spec).fit(X, y).report
    assert CALLS[:2] == ["warm_up", "fit"] and not report.fallbacks
    assert (report.graph_resamples, report.edges[0]["probability"], report.dags) == (3, 0.5, [[["a", "y"]]])
    assert report.seconds["x"] == 1.5 and "generator" not in report.seconds
    assert report.fidelity is None, "whole tasks are not meant to pass for real rows"


@pytest.mark.parametrize("spec", [Hooked, Hooked(), f"{__name__}:Hooked"])
def test_who_needs_classes_is_refused_a_regression_before_any_work(spec):
    check_generator(spec, {}, problem_type="binary")
    with pytest.raises(ValueError, match="draws rows class by class and cannot serve a regression"):
        check_generator(spec, {}, problem_type="regression")


def test_what_fit_returns_draws_only_if_it_can():
    class Returning(Bare):
        def fit(self, table):
            super().fit(table)
            return self.answer

    table, generator = TypedTable.from_frame(pd.DataFrame({"a": [1.0, 2.0]})), Returning()
    for answer in (None, 0.25, generator):
        generator.answer = answer
        assert fitted(generator, table) is generator
    generator.answer = Bare()
    assert fitted(generator, table) is generator.answer


def test_dowhys_import_is_forecast_until_it_is_done(monkeypatch):
    for name in ("scm", "copula"):
        with monkeypatch.context() as patched:
            patched.delitem(sys.modules, "dowhy.gcm", raising=False)
            assert import_seconds(catalogue.maker_of(name)) > 1
        warm_up(catalogue.maker_of(name))
        assert import_seconds(catalogue.maker_of(name)) == 0


class Curious(Bare):
    """Names all that a fit offers."""

    def __init__(self, target, seed, seconds, energy, discovery, knowledge, extra=1):
        self.offered = (target, seed, seconds, energy, discovery, knowledge)
        self.extra = extra


def test_a_constructor_is_offered_whatever_it_names():
    context = FitContext("y", 5, 2.0, lambda: "energy")
    generator = make_generator(Curious, {"extra": 2, "seed": 7}, context)
    assert generator.offered == ("y", 7, 2.0, "energy", context.discovery, context.knowledge) and generator.extra == 2
    assert context_of(Curious) == {"target", "seed", "seconds", "energy", "discovery", "knowledge"}
    assert context_of(Bare) == context_of(Curious("y", 0, 1, 2, 3, 4)) == set()


def test_one_entry_makes_a_generator_known(monkeypatch, tiny_classifier):
    """By name, with everything that depends on it: options, hints, checks, the fit."""
    monkeypatch.setattr("autogluon_causalmix.generators.controls.Hooked", Hooked, raising=False)
    monkeypatch.setitem(catalogue.GENERATORS, "hooked", Entry("hooked", "controls:Hooked"))
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator="hooked").fit(X, y).report
    assert report.options["generator"] == "hooked" and report.dags == [[["a", "y"]]]
    with pytest.raises(ValueError, match="did you mean 'hooked'"):
        estimator(tiny_classifier, generator="hookd")
    with pytest.raises(ValueError, match="cannot serve a regression"):
        estimator(None, "regression", 0, generator="hooked")


GUIDE = Path(__file__).parent.parent / "docs" / "a_new_generator.md"


def test_the_guides_generator_is_one_and_its_table_names_every_hook():
    (block,) = (code for code in re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S) if "every: int" in code)
    namespace = {"np": np, "__name__": "guide"}
    exec(block, namespace)
    options = namespace["hyperparameters"]["CAUSALMIX"]
    with pytest.raises(ValueError, match=r"has no option 'evry'.*did you mean 'every'"):
        check_generator(options["generator"], {"evry": 3})
    generator = make_generator(options["generator"], options["generator_options"], FitContext("y"))
    X, y = blobs(60)
    table = TypedTable.from_frame(X.assign(y=y))
    rows = base.draw(fitted(generator, table), 40, np.random.default_rng(0), table)
    assert generator.every == 3 and rows.shape == (40, len(table.columns))
    named = set(re.findall(r"^\| `(\w+)", GUIDE.read_text(), re.M))
    assert named == {
        "needs_classes",
        "one_task_per_draw",
        "warm_up",
        "import_seconds",
        "parts",
        "draw_world",
        "describe",
    }
