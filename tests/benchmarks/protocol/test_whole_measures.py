"""A fit that holds rows out itself, watched: nothing changes, and the kept step is asked about."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.grid.cell import Cell
from benchmarks.protocol import measures, whole_measures
from benchmarks.protocol.gappy_tables import with_gaps
from benchmarks.protocol.halves import CONFIRMING, TUNING
from benchmarks.protocol.marks import FILLER, GRAPH, filling, knowing
from benchmarks.protocol.methods import Setting, causalmix, causalmix_or_model
from benchmarks.protocol.simulated import load, model_of
from benchmarks.protocol.splits import LowData, LowDataSimulated
from benchmarks.protocol.tables import DATASETS, TARGET
from benchmarks.protocol.whole_measures import (
    MembersWatched,
    fine_tuned,
    fine_tuned_filled,
    fine_tuned_given,
    fine_tuned_knowing,
    fine_tuned_or_model,
)

from ...conftest import blobs, estimator

QUICK = {"fine_tune_steps": 6, "lr": 3e-2, "mix_ratio": 0, "precision": "float32"}
MEMBERS = [{}, {"n_estimators": 3}, {"n_estimators": 3, "rotate_holdout": True, "pooled_step": True}]


def test_the_halves_are_the_list():
    assert len(TUNING) == 17 and len(CONFIRMING) == 16
    assert [name for pair in zip(TUNING, CONFIRMING, strict=False) for name in pair] == list(DATASETS[:32])


@pytest.mark.parametrize("members", MEMBERS, ids=["one", "three in turn", "three side by side"])
def test_watching_changes_nothing_and_knows_the_kept_step(tiny_classifier, members):
    X, y = blobs(120)
    test = X[60:].assign(**{TARGET: pd.Categorical(y[60:])})
    model = estimator(tiny_classifier, **QUICK, **members)
    watched = MembersWatched(test, 3 if "pooled_step" in members else 1)
    seen = model.fit(X[:60], y[:60], observe=watched)
    alone = model.fit(X[:60], y[:60])
    assert np.array_equal(seen.predict_proba(X), alone.predict_proba(X)) and any(seen.report.step_kept)
    report = seen.report
    found = watched.record(report.step_kept, report.pooled_scores, report.validation_scores)
    scores = [report.pooled_scores] if report.pooled_scores else report.validation_scores
    drops = [values[0] - values[step] for values, step in zip(scores, report.step_kept, strict=False)]
    assert found["validation_gain"] == pytest.approx(np.mean(drops)) and np.mean(drops) > 0

    every = {}

    def always(moment):
        every[moment.member, moment.step] = moment.predict_proba(X[60:])[np.arange(60), y[60:]]

    model.fit(X[:60], y[:60], observe=always)
    on_test = [-np.log(every[k, 0]).mean() + np.log(every[k, step]).mean() for k, step in enumerate(report.step_kept)]
    assert found["test_gain"] == pytest.approx(np.mean(on_test), abs=1e-6)


def test_a_fit_without_steps_or_validation_has_no_gap(tiny_classifier):
    X, y = blobs(60)
    test = X.assign(**{TARGET: pd.Categorical(y)})
    for options in ({"fine_tune": False}, {"holdout_share": 0, **QUICK}):
        watched = MembersWatched(test)
        report = estimator(tiny_classifier, **options).fit(X, y, observe=watched).report
        found = watched.record(report.step_kept, report.pooled_scores, report.validation_scores)
        assert found == {"validation_gain": None, "test_gain": None}


def a_cell(folder, split, resolve=causalmix, dataset="t", **options):
    given = {"discovery_resamples": 2, "pool_rows": 200} | QUICK | options
    return Cell("m", "m:f", dataset, "0", split, resolve(given, Setting(checkpoint=folder)), "1")


def test_a_cell_has_all_rows_of_its_split_and_keeps_its_seconds_apart(tiny_classifier, monkeypatch):
    X, y = blobs(160)
    frame = X.assign(**{TARGET: pd.Categorical(y)})
    monkeypatch.setattr(whole_measures, "read", lambda name, content: frame)
    row = fine_tuned(a_cell(tiny_classifier, LowData(rows=80, validation=0.0), **MEMBERS[2], mix_ratio=0.5))
    assert len(row["kept"]) == 3 and len({*row["kept"]}) == 1 and row["rows_synthetic"] > 0
    assert 0 < row["auc"] < 1 and row["refused"] == 0 and not row["fallbacks"]
    assert row["resolved"]["rotate_holdout"] is True and row["seconds_watched"] > 0 and row["seconds"] > 0
    with pytest.raises(ValueError, match="sets 16 rows aside"):
        fine_tuned(a_cell(tiny_classifier, LowData(rows=80)))


def test_given_validation_rows_pick_the_step(tiny_classifier, monkeypatch):
    X, y = blobs(160)
    frame = X.assign(**{TARGET: pd.Categorical(y)})
    monkeypatch.setattr(whole_measures, "read", lambda name, content: frame)
    row = fine_tuned_given(a_cell(tiny_classifier, LowData(rows=80), untuned_share=0.5, holdout_share=0.0))
    assert len(row["validation_scores"][0]) == QUICK["fine_tune_steps"] + 1 and row["validation_gain"] is not None
    assert row["resolved"]["untuned_share"] == 0.5
    with pytest.raises(ValueError, match="sets no validation rows aside"):
        fine_tuned_given(a_cell(tiny_classifier, LowData(rows=80, validation=0.0)))


@pytest.mark.slow
def test_a_forest_of_autogluons_has_the_same_rows(tiny_classifier, monkeypatch):
    X, y = blobs(160)
    frame = X.assign(**{TARGET: pd.Categorical(y)})
    for module in (whole_measures, measures):
        monkeypatch.setattr(module, "read", lambda name, content: frame)
    split = LowData(rows=80, validation=0.0)
    forest = Cell("m", "m:f", "t", "0", split, causalmix_or_model({"model": "RF"}, Setting()), "1")
    assert 0.5 < fine_tuned_or_model(forest)["auc"] <= 1
    assert fine_tuned_or_model(a_cell(tiny_classifier, split))["kept"] is not None


def test_the_true_graph_of_a_simulated_table_is_stated_where_the_cell_says_so(tiny_classifier, monkeypatch):
    monkeypatch.setattr(whole_measures, "read", lambda name, content: load(name))
    split, edges = LowDataSimulated(rows=60, validation=0.0), {*model_of("simulated-03").graph.edges}
    stated = []
    for known in (True, False):
        cell = a_cell(tiny_classifier, split, knowing, "simulated-03", **{GRAPH: known, "mix_ratio": 0.5})
        row = fine_tuned_knowing(cell)
        stated.append({tuple(edge) for edge in row["resolved"]["known_graph"] or ()})
        assert not row["fallbacks"] and cell.options[GRAPH] == known
    assert stated == [edges, set()]
    assert knowing({}, Setting())[GRAPH] is False and filling({}, Setting())[FILLER] is None


@pytest.mark.parametrize("source", ["copula", None])
def test_cells_are_filled_before_the_fit_in_all_parts(tiny_classifier, monkeypatch, source):
    X, y = blobs(200)
    frame = with_gaps(X.assign(**{TARGET: pd.Categorical(y)}), "MCAR")
    monkeypatch.setattr(whole_measures, "read", lambda name, content: frame)
    seen = []

    def spy(cell, train, test):
        seen.extend((int(part.isna().sum().sum()), list(part[TARGET])) for part in (train, test))
        return {"seconds": 1.0}

    split = LowData(rows=80, validation=0.0)
    monkeypatch.setattr(whole_measures, "_fine_tuned", spy)
    row = fine_tuned_filled(a_cell(tiny_classifier, split, filling, **{FILLER: source}))
    train, _, test = split.draw(frame)
    assert [labels for _, labels in seen] == [list(train[TARGET]), list(test[TARGET])]
    assert (source is None) == (min(gaps for gaps, _ in seen) > 0) and (row["seconds"] > 1) == (source is not None)
