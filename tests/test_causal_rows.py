"""The SCM generator beyond the contract of all generators."""

import numpy as np
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.generators.causal_rows import SCMGenerator
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame


def table(n=100):
    return TypedTable.from_frame(messy_frame(n), categorical=["label"])


def test_every_value_was_observed():
    frame = messy_frame(100)
    generator = SCMGenerator("label", DiscoveryOptions(n_resamples=3), n_dags=2).fit(table())
    rows = generator.sample(300, np.random.default_rng(0)).to_frame()
    for name in frame.columns:
        assert set(rows[name].dropna()) <= set(frame[name].dropna()), name
    assert abs(rows["gaps"].isna().mean() - frame["gaps"].isna().mean()) < 0.12


def test_a_time_limit_gives_fewer_scms_or_says_so():
    hurried = SCMGenerator("label", n_dags=10_000, seconds=1.0).fit(table())
    assert 1 <= len(hurried.scms) < 10_000
    with pytest.raises(TimeoutError):
        SCMGenerator("label", seconds=0.0).fit(table())


def test_leaves_are_chosen_once_for_all_dags_that_share_a_node_and_its_causes(monkeypatch):
    from autogluon_causalmix.causal import mechanisms

    chosen, choose = [], mechanisms._best_leaf
    monkeypatch.setattr(mechanisms, "_best_leaf", lambda *arguments: (chosen.append(1), choose(*arguments))[1])
    generator = SCMGenerator("label", DiscoveryOptions(n_resamples=5), n_dags=6).fit(table())
    fitted = [(j, *sorted(scm.dag.predecessors(j))) for scm in generator.scms for j in scm.dag if scm.dag.in_degree(j)]
    assert len(chosen) == len(set(fitted)) < len(fitted)
