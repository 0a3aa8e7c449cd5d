"""A fit that holds rows out itself, watched: nothing changes, and the kept step is asked about."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.grid.cell import Cell
from benchmarks.protocol import whole_measures
from benchmarks.protocol.halves import CONFIRMING, TUNING
from benchmarks.protocol.methods import Setting, causalmix
from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS, TARGET
from benchmarks.protocol.whole_measures import MembersWatched, fine_tuned

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


def a_cell(folder, split, **options):
    given = {"discovery_resamples": 2, "pool_rows": 200} | QUICK | options
    return Cell("m", "m:f", "t", "0", split, causalmix(given, Setting(checkpoint=folder)), "1")


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
