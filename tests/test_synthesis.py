"""Synthetic rows within a fit: whose rows they are, what the user knows, and what may break."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.finetune.rows import UntunedLabels
from autogluon_causalmix.generators.base import Description, RowPool
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.synthesis import measurement, preparation
from autogluon_causalmix.synthesis.fitting import FittedGenerator

from .conftest import OneClass, blobs, estimator


def test_no_validation_row_enters_the_scm(tiny_classifier, monkeypatch):
    X, y = blobs(90)
    X["mark"] = np.arange(90.0)
    seen = []
    original = FittedGenerator.to.__func__

    def spy(cls, table, *args):
        seen.append(table.values[:, table.position("mark")])
        return original(cls, table, *args)

    monkeypatch.setattr(FittedGenerator, "to", classmethod(spy))
    estimator(tiny_classifier).fit(X[:60], y[:60], X[60:], y[60:])
    assert [sorted(rows) for rows in seen] == [list(range(60))], "given validation rows: all training rows, no other"
    seen.clear()
    fitted = estimator(tiny_classifier).fit(X, y)
    assert len(seen[0]) == 72, "own hold-out: the 80 % that is trained on"
    assert len(seen[1]) == 48 and set(seen[1]) < set(seen[0]), "18 unseen rows: fidelity leaves out a third as well"
    assert fitted.report.fidelity["n_rows"] == 18 + 24
    assert (fitted.report.rows_training, fitted.report.rows_validation) == (72, 18)


@pytest.mark.parametrize("where", ["fit", "sample"])
def test_a_generator_that_breaks_never_loses_the_fit(tiny_classifier, monkeypatch, where):
    from autogluon_causalmix.generators.causal_rows import SCMGenerator

    calls = []

    def broken(self, *args):
        calls.append(1)
        if where == "fit" or len(calls) > 2:
            raise np.linalg.LinAlgError("Singular matrix")
        return original(self, *args)

    original = getattr(SCMGenerator, where)
    monkeypatch.setattr(SCMGenerator, where, broken)
    X, y = blobs(60)
    messages = []
    fitted = estimator(tiny_classifier, fine_tune_steps=8, pool_rows=20).fit(X, y, journal=Journal(messages.append))
    assert len(messages) == 1
    assert "real rows alone" in messages[0] and "Singular matrix" in messages[0]
    assert any("Singular matrix" in reason for reason in fitted.report.fallbacks)
    assert fitted.report.steps_taken == [8]


def test_mix_ratio_zero_does_no_causal_work(tiny_classifier):
    X, y = blobs(40)
    report = estimator(tiny_classifier, mix_ratio=0).fit(X, y).report
    assert not report.edges and not report.dags and "discovery" not in report.seconds
    assert report.steps_taken == [3]


def test_what_the_user_knows_holds_in_the_fit(tiny_classifier):
    X, y = blobs(60)
    y = y.rename("y")
    options = {"forbidden_edges": [("y", name) for name in X.columns], "required_edges": [(X.columns[0], "y")]}
    report = estimator(tiny_classifier, **options).fit(X, y).report
    assert report.dags and not report.fallbacks
    for dag in report.dags:
        assert [str(X.columns[0]), "y"] in dag
        assert not any(cause == "y" for cause, _ in dag)


def test_a_whole_graph_needs_no_discovery(tiny_classifier):
    import json

    import networkx as nx

    X, y = blobs(60)
    graph = nx.DiGraph([("y", name) for name in X.columns])
    report = estimator(tiny_classifier, known_graph=graph).fit(X, y.rename("y")).report
    assert report.graph_resamples == 0 and len(report.dags) == 1
    assert {tuple(edge) for edge in report.dags[0]} == {("y", str(name)) for name in X.columns}
    json.dumps(report.to_dict(), allow_nan=False)


def test_knowledge_of_no_column_is_an_error_and_no_fallback(tiny_classifier):
    X, y = blobs(40)
    with pytest.raises(OptionError, match="'agee'"):
        estimator(tiny_classifier, known_roots=["agee"]).fit(X, y.rename("y"))


def test_causal_work_ends_at_its_own_limit(tiny_classifier):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.standard_normal((200, 40)) @ rng.standard_normal((40, 40))).add_prefix("x")
    y = pd.Series((X["x0"] > 0).astype(int), name="y")
    estimator(tiny_classifier, discovery_resamples=1, generator_options={"n_dags": 1}).fit(X, y)  # imports
    took = []
    for limit in (1.0, 3.0):
        much = {"discovery_resamples": 1000, "generator_options": {"n_dags": 1000}}
        report = estimator(tiny_classifier, **much, synthesis_time_limit=limit).fit(X, y).report
        assert 0 < report.graph_resamples < 1000 and 0 < len(report.dags) < 1000
        took.append(report.seconds["discovery"] + report.seconds["mechanisms"])
    assert took[0] < took[1]


class RealRows:
    """A user's generator: real rows again, as a frame."""

    def fit(self, table):
        self.frame = table.to_frame()
        return 0.25  # a loss, say

    def sample(self, n, rng):
        return self.frame.sample(n, replace=True, random_state=int(rng.integers(2**31)))


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_a_users_generator(tiny_classifier, tiny_regressor, problem):
    X, y = blobs(80)
    original = RealRows()
    options = {"generator": original, "mix_ratio": 1.0, "generator_options": {}}
    if problem == "regression":
        y = y + X["a"]
        fitted = estimator(None, "regression", 0, hf_reg_model=tiny_regressor, **options).fit(X, y)
    else:
        fitted = estimator(tiny_classifier, **options).fit(X, y)
    report = fitted.report
    assert not report.fallbacks and report.rows_synthetic_used == 3 * 64
    assert report.options["generator"] == f"{__name__}:RealRows" and "generator" in report.seconds
    assert not hasattr(original, "frame"), "the user's object is copied, not fitted"


class Remarking(RealRows):
    def describe(self):
        return Description(remarks=["rows were made otherwise than asked"])


def test_what_a_generator_did_otherwise_is_in_the_report_and_said_once(tiny_classifier):
    X, y = blobs(80)
    messages = []
    fitted = estimator(tiny_classifier, generator=Remarking()).fit(X, y, journal=Journal(messages.append))
    assert fitted.report.fallbacks == ["rows were made otherwise than asked"]
    assert messages == ["CausalMix: rows were made otherwise than asked."]


class Broken(RealRows):
    """Breaks in one of several ways."""

    def __init__(self, how):
        self.how = how

    def fit(self, table):
        if self.how == "fit":
            raise KeyError("no such column")
        super().fit(table)
        self.table = table

    def sample(self, n, rng):
        if self.how == "sample":
            raise ZeroDivisionError("oh")
        if self.how == "shape":
            return super().sample(n + 1, rng)
        values = self.table.values[rng.integers(len(self.table), size=n)]
        values[:, -1] = {"code": 5, "negative": -1, "between": 0.9}[self.how]
        return self.table.with_values(values)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("fit", "no such column"),
        ("sample", "ZeroDivisionError"),
        ("shape", "Broken.sample"),
        ("code", "Broken.sample drew 5 in column 'y', which holds codes from 0 to 1"),
        ("negative", "Broken.sample drew -1 in column 'y', which holds codes from 0 to 1"),
        ("between", "0.9 as the code of a class"),
    ],
)
def test_a_users_generator_that_breaks_is_named(tiny_classifier, how, words):
    messages = []
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, generator=Broken(how)).fit(X, y, journal=Journal(messages.append))
    assert len(messages) == 1 and fitted.report.steps_taken == [3] and fitted.report.mix_ratio == 0
    assert words in messages[0]


class WithGraph(RealRows):
    """A causal user's generator: what it calls its graph is its own business."""

    def fit(self, table):
        import networkx as nx

        super().fit(table)
        self.graph, self.timings = nx.DiGraph(), 3


def test_attributes_of_a_users_generator_mean_nothing_here(tiny_classifier):
    X, y = blobs(60)
    report = estimator(tiny_classifier, generator=WithGraph()).fit(X, y).report
    assert not report.fallbacks and not report.edges and "generator" in report.seconds


@pytest.mark.parametrize("generator", ["table_augment", "mixed_model", "tabebm", "smote", "mixup"])
def test_generators_by_name(tiny_classifier, generator):
    if generator == "smote":
        pytest.importorskip("imblearn")
    X, y = blobs(70, n_classes=3)
    options = {"generator_options": {"n_steps": 2}} if generator == "tabebm" else {}
    fitted = estimator(tiny_classifier, "multiclass", 3, generator=generator, mix_ratio=1, **options).fit(X, y)
    assert not fitted.report.fallbacks and fitted.report.rows_synthetic_used == 3 * 56
    fidelity = fitted.report.fidelity
    if generator == "table_augment":
        assert fidelity is None, "whole tasks are not meant to pass for real rows"
    else:
        assert fidelity["two_sample_low"] <= fidelity["two_sample_auc"] <= fidelity["two_sample_high"]


@pytest.mark.parametrize("problem", ["multiclass", "regression"])
def test_labels_of_the_untuned_model(tiny_classifier, tiny_regressor, problem, monkeypatch):
    X, y = blobs(80, n_classes=3)
    seen = []
    original = UntunedLabels.__call__

    def spy(self, values):
        seen.append(original(self, values)[1])
        return original(self, values)

    monkeypatch.setattr(UntunedLabels, "__call__", spy)
    options = {"label_source": "model", "mix_ratio": 0.5, "mix_into": "both", "n_estimators": 2, "n_views": 1}
    if problem == "regression":
        y = y + X["a"]
        fitted = estimator(None, "regression", 0, hf_reg_model=tiny_regressor, **options).fit(X, y)
        assert all(labels.ndim == 1 for labels in seen)
    else:
        fitted = estimator(tiny_classifier, "multiclass", 3, **options).fit(X, y)
        assert all(labels.shape[1] == 3 and np.allclose(labels.sum(axis=1), 1) for labels in seen)
        untuned = estimator(tiny_classifier, "multiclass", 3, fine_tune=False, n_views=1).fit(X, y).predict_proba(X)
        assert abs(np.concatenate(seen).mean(axis=0) - untuned.mean(axis=0)).max() < 0.1
    assert not fitted.report.fallbacks and fitted.report.steps_taken == [3, 3]
    assert len(seen) >= 7


def test_auto_follows_the_fidelity_and_is_kept_for_later(tiny_classifier):
    X, y = blobs(400)
    X["f"], X["g"] = X["a"] * 2, X["b"] - X["a"]
    faithful, broken = (
        estimator(tiny_classifier, mix_ratio="auto", generator=name).fit(X[:200], y[:200], X[200:], y[200:]).report
        for name in ("bootstrap", "marginals")
    )
    assert faithful.mix_ratio > 0.6 > 0.3 > broken.mix_ratio
    assert broken.fidelity["two_sample_auc"] > 0.8 and broken.fidelity["measured_on"] == "validation rows"


def test_auto_measures_small_tables_on_rows_left_out_and_says_when_it_cannot(tiny_classifier):
    X, y = blobs(40)
    report = estimator(tiny_classifier, mix_ratio="auto").fit(X, y).report
    assert report.fidelity["measured_on"].endswith("a third of the training rows") and report.fidelity["n_rows"] == 18
    report = estimator(tiny_classifier, mix_ratio="auto").fit(X[:8], y[:8]).report
    assert report.fidelity is None and report.mix_ratio == 0.5
    assert any("mix_ratio='auto' is 0.5: fidelity was not measured" in reason for reason in report.fallbacks)


def test_auto_of_whole_tasks_is_the_default(tiny_classifier):
    X, y = blobs(80)
    report = estimator(tiny_classifier, generator="table_augment", mix_ratio="auto").fit(X, y).report
    assert report.mix_ratio == 0.5 and any("fidelity was not measured" in reason for reason in report.fallbacks)


def test_measuring_does_not_move_the_rows_that_are_trained_on(tiny_classifier, monkeypatch):
    X, y = blobs(80)
    drawn = []
    for measured in (True, False):
        rows = []
        original = RowPool.take
        with monkeypatch.context() as patch:
            patch.setattr(RowPool, "take", lambda self, n, o=original, r=rows: r.append(o(self, n)) or r[-1])
            if not measured:
                patch.setattr(preparation, "measure", lambda *args, **options: None)
            estimator(tiny_classifier, generator="mixup", mix_ratio=1, pool_rows=20).fit(X, y)
        drawn.append(np.concatenate(rows))
    np.testing.assert_array_equal(*drawn)


def test_the_labelling_model_sees_every_class_of_a_sorted_table(tiny_classifier, monkeypatch):
    from autogluon_causalmix.finetune import rows as module

    X, y = blobs(90, n_classes=3)
    order = np.argsort(y.to_numpy(), kind="stable")
    X, y = X.iloc[order].reset_index(drop=True), y.iloc[order].reset_index(drop=True)
    seen = []
    original = module.untuned_labels

    def spy(learner, x, target):
        seen.append(target)
        return original(learner, x, target)

    monkeypatch.setattr(module, "untuned_labels", spy)
    estimator(tiny_classifier, "multiclass", 3, label_source="model", max_support=12).fit(X, y)
    assert len(seen[0]) == 12 and np.bincount(seen[0]).min() >= 3


@pytest.mark.parametrize(("seconds", "n_rows"), [(None, 300), (100.0, 300), (3.0, 130), (0.9, 40), (0.5, None)])
def test_measuring_keeps_the_seconds_it_is_given(tiny_classifier, monkeypatch, seconds, n_rows):
    """A forest takes 10 ms a row here; half of what the probe leaves is for the forest of usefulness."""
    X, y = blobs(400)
    captured = []
    monkeypatch.setattr(
        preparation, "measure", lambda fitted, unseen, *args, **options: captured.append((fitted, unseen))
    )
    estimator(tiny_classifier, generator="bootstrap", mix_ratio=0.5).fit(X[:100], y[:100], X[100:], y[100:])
    monkeypatch.undo()
    clock, measured = [0.0], []

    def slow(unseen, drawn, rng):
        clock[0] += 0.01 * len(unseen)
        measured.append(len(unseen))
        return SimpleNamespace(value=0.5, low=0.4, high=0.6)

    monkeypatch.setattr(measurement, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(measurement, "two_sample_auc", slow)
    fidelity = measurement.measure(*captured[0], np.random.default_rng(0), seconds)
    assert (measured[-1] if measured else None) == n_rows == (fidelity and fidelity["n_rows"])
    assert seconds is None or clock[0] <= max(seconds, 0.8) or n_rows == 300


def test_the_measurement_sees_copies_and_lost_classes(tiny_classifier):
    X, y = blobs(300)
    halves = X[:150], y[:150], X[150:], y[150:]
    copies, independent = (
        estimator(tiny_classifier, generator=name, mix_ratio=0.5).fit(*halves).report.to_dict()["fidelity"]
        for name in (OneClass(), "marginals")
    )
    assert copies["closer_to_training"] > 0.95 and abs(independent["closer_to_training"] - 0.5) < 0.15
    assert copies["lost_levels"] == {"y": ["1"]}
    assert independent["lost_levels"] == {}
    for other in ({"label_source": "model"}, {"balance_classes": True}):
        fitted = estimator(tiny_classifier, generator=OneClass(), mix_ratio=0.5, **other).fit(*halves)
        assert fitted.report.to_dict()["fidelity"]["lost_levels"] == {}, "other classes are trained on than these"
