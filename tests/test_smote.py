"""SMOTE's rows lie between neighbours, whatever their columns are measured in, and keep the share of gaps."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.smote import Smote
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame

pytest.importorskip("imblearn")


def drawn(frame, n=400):
    return Smote().fit(TypedTable.from_frame(frame)).sample(n, np.random.default_rng(0)).to_frame()


@pytest.mark.parametrize("unit", [0.01, 1.0, 30_000.0])
def test_the_unit_of_a_column_chooses_no_neighbours(unit):
    """An income beside two numbers of size one would decide by itself who is near whom."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 300)
    circle = {"u": np.cos(angle), "v": np.sin(angle), "income": unit * rng.standard_normal(300)}
    rows = drawn(pd.DataFrame(circle | {"y": np.arange(300) % 2}))
    assert np.quantile(np.hypot(rows["u"], rows["v"]), 0.05) > 0.9


def test_the_share_of_gaps_is_kept():
    """Neighbours' votes, as SMOTENC takes them for categories, would lose what is rare."""
    shares = [[frame["gaps"].isna().mean() for frame in (real, drawn(real))] for real in map(messy, range(3))]
    before, after = np.mean(shares, axis=0)
    assert after == pytest.approx(before, abs=0.04)


def messy(seed):
    return messy_frame(100, seed)
