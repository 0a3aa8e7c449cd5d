"""The causal engine on random typed tables: whatever the table, rows come back like it."""

import contextlib
import io
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autogluon_causalmix.causal.interface import discover, fit_scm
from autogluon_causalmix.causal.noise import NOISES

KINDS = (
    "number", "integer", "flag", "text", "category", "rare", "date", "constant", "empty", "copy", "linear", "huge",
    "nullable", "infinite",
)  # fmt: skip


@st.composite
def frames(draw):
    """Random frames of 1 to 400 rows and 1 to 40 columns of every kind, with gaps."""
    n = draw(st.one_of(st.integers(1, 25), st.integers(1, 400)))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=draw(st.sampled_from([4, 12, 40]))))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    common = rng.standard_normal(n)
    columns = {}
    for k, kind in enumerate(kinds):
        noisy = common * rng.normal() + rng.standard_normal(n)
        earlier = columns[rng.integers(k)] if k else pd.Series(noisy)
        numeric = pd.api.types.is_float_dtype(earlier.dtype)
        columns[k] = pd.Series(
            {
                "number": lambda x=noisy: x,
                "integer": lambda x=noisy: np.round(3 * x).astype(rng.choice(["int64", "int8", "uint8"])),
                "flag": lambda x=noisy: x > 0,
                "text": lambda x=noisy: np.array([f"level {v}" for v in np.round(x)], dtype=object),
                "category": lambda x=noisy: pd.Categorical(
                    np.where(x > 0, "b", "a"), categories=["c", "b", "a"], ordered=bool(rng.integers(2))
                ),
                "rare": lambda: pd.Categorical([str(v) for v in rng.integers(0, max(1, n), n)]),
                "date": lambda x=noisy: pd.Timestamp("2001-02-03") + pd.to_timedelta(np.round(50 * x), unit="h"),
                "constant": lambda: np.full(n, rng.choice([0, 7])),
                "empty": lambda: np.full(n, np.nan),
                "copy": lambda e=earlier: e.array.copy(),
                "linear": lambda e=earlier, num=numeric, x=noisy: 2.0 * e.to_numpy() if num else x,
                "huge": lambda x=noisy: x * 1e200,
                "nullable": lambda x=noisy: pd.array(np.round(x), dtype="Int64"),
                "infinite": lambda x=noisy: np.where(x > 1, np.inf, np.where(x < -1, -np.inf, x)),
            }[kind]()
        )
        if draw(st.booleans()) and columns[k].dtype.kind in "fOM" and kind != "rare":
            columns[k] = columns[k].where(rng.random(n) > rng.choice([0.1, 0.9]))
    return pd.DataFrame(columns)


def values(series: pd.Series) -> set:
    return set(series.dropna().tolist())


PROFILE = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
KNOBS = {"frame": frames(), "noise": st.sampled_from(NOISES), "seed": st.integers(0, 99)}


@pytest.mark.slow
@settings(max_examples=500, **PROFILE)
@given(mechanism=st.sampled_from(("tree", "ridge")), **KNOBS)
def test_any_table(frame, mechanism, noise, seed):
    rows_come_back_like_the_table(frame, mechanism, noise, seed)


@pytest.mark.slow
@settings(max_examples=40, **PROFILE)
@given(**KNOBS)
def test_any_table_boosted(frame, noise, seed):
    rows_come_back_like_the_table(frame.iloc[:, :12], "boosting", noise, seed)


def rows_come_back_like_the_table(frame, mechanism, noise, seed):
    before = frame.copy(deep=True)
    np.random.seed(seed)
    state = np.random.get_state()[1].copy()

    def once() -> pd.DataFrame:
        graph = discover(frame, frame.columns[-1], n_resamples=2, seed=seed)
        scm = fit_scm(frame, graph, mechanism=mechanism, noise=noise, seed=seed)
        return scm.sample(50, np.random.default_rng(seed))

    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        with contextlib.redirect_stderr(printed):
            rows = once()
    assert printed.getvalue() == "" and [str(w.message) for w in warned] == []
    pd.testing.assert_frame_equal(rows, once())
    pd.testing.assert_frame_equal(frame, before)
    assert (np.random.get_state()[1] == state).all()
    assert list(rows.columns) == list(frame.columns) and len(rows) == 50
    for name in frame.columns:
        assert values(rows[name]) <= values(frame[name]), name
        if not frame[name].isna().any():
            assert not rows[name].isna().any(), name
        if not rows[name].isna().any() or frame[name].isna().any():
            assert rows[name].dtype == frame[name].dtype, name
