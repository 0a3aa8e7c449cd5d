"""Committees without a graph: each part knows half of the rows, and all of the columns."""

import numpy as np
import pytest

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators.base import RowGenerator, parts
from autogluon_causalmix.table import TypedTable
from benchmarks.protocol.committees import CopulaCommittee

from ...conftest import blobs, estimator


def table(n=80):
    X, y = blobs(n)
    return TypedTable.from_frame(X.assign(id=np.arange(n), y=y), categorical=["y"])


def test_every_copula_knows_another_half():
    committee = CopulaCommittee(n_parts=3, seed=1).fit(table())
    known = [{*part.sample(2000, np.random.default_rng(0)).values[:, 5]} for part in parts(committee)]
    assert all(len(ids) == 40 for ids in known) and len({frozenset(ids) for ids in known}) == 3
    rows = committee.sample(301, np.random.default_rng(0))
    assert rows.columns == table().columns and len(rows) == 301 and len(committee.sample(0, None)) == 0
    assert not {*rows.values[:, 5]} <= known[0]


def test_rows_repeat_with_the_seed_and_parts_are_a_whole_number():
    drawn = [CopulaCommittee(2, seed).fit(table()).sample(50, np.random.default_rng(3)).values for seed in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    with pytest.raises(OptionError, match="n_parts=0 must be a whole number of at least 1"):
        CopulaCommittee(0)


def test_it_serves_a_fit_that_takes_one_part_an_episode(tiny_classifier):
    assert isinstance(CopulaCommittee(), RowGenerator)
    X, y = blobs(60)
    generator = "benchmarks.protocol.committees:CopulaCommittee"
    options = {"generator": generator, "one_dag_per_episode": True, "generator_options": {"n_parts": 2}}
    report = estimator(tiny_classifier, mix_ratio=1.0, **options).fit(X, y).report
    assert not report.fallbacks and report.rows_synthetic_used > 0
