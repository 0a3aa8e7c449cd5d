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


def test_categories_alone_keep_their_levels_and_rows():
    """Levels near each other by their classes need the true classes: beside copies of one row all are alike."""
    rng = np.random.default_rng(0)
    u = rng.choice(list("abc"), 120, p=[0.2, 0.3, 0.5])
    v = np.where(rng.random(120) < 0.9, u, rng.choice(list("abc"), 120))
    frame = pd.DataFrame({"u": u, "v": v, "w": rng.choice(list("xyz"), 120), "y": rng.choice(list("pq"), 120)})
    rows = drawn(frame, 1000)
    for column in ("u", "v", "w"):
        shares = [one[column].value_counts(normalize=True) for one in (frame, rows)]
        assert shares[1].reindex(shares[0].index).fillna(0).min() > 0.5 * shares[0].min()
    assert len(rows.drop_duplicates()) > 15
    one_class = drawn(frame.assign(y="p"))
    assert len(one_class) == 400 and set(one_class["y"]) == {"p"}
