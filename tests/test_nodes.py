"""What a mechanism learns of a column with missing numbers."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import fit_scm
from autogluon_causalmix.causal.nodes import Node, rows_to_learn_from
from autogluon_causalmix.causal.scm import fit_mechanisms
from autogluon_causalmix.table import TypedTable


def pair(gone: str, share: float = 0.5, n: int = 1000) -> pd.DataFrame:
    """Two numbers with a correlation of .95, one of which is missing at random."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    frame = pd.DataFrame({"x": x, "y": 0.95 * x + np.sqrt(1 - 0.95**2) * rng.standard_normal(n)})
    frame.loc[rng.random(n) < share, gone] = np.nan
    return frame


@pytest.mark.parametrize("noise", ["independent", "dependent"])
@pytest.mark.parametrize("gone", ["x", "y"])
def test_missing_numbers_do_not_weaken_what_a_number_depends_on(gone, noise):
    frame = pair(gone)
    rows = fit_scm(frame, [("x", "y")], noise=noise).sample(4000, np.random.default_rng(1))
    assert rows.dropna().corr().iloc[0, 1] > 0.9
    assert rows[gone].isna().mean() == pytest.approx(0.5, abs=0.05) and not rows.drop(columns=gone).isna().any().any()


def test_a_class_keeps_its_hold_on_a_number_that_is_often_missing():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 1000)
    frame = pd.DataFrame({"label": np.array(["a", "b"])[label], "z": 2 * label + rng.standard_normal(1000)})
    frame.loc[rng.random(1000) < 0.8, "z"] = np.nan
    rows = fit_scm(frame, [("label", "z")]).sample(5000, np.random.default_rng(1)).dropna()
    known = frame.dropna()
    real = roc_auc_score(known["label"] == "b", known["z"])
    assert roc_auc_score(rows["label"] == "b", rows["z"]) == pytest.approx(real, abs=0.04)


def test_rows_without_a_parent_are_left_out_where_enough_are_left():
    frame = pair("x", share=0.9, n=200)
    frame.loc[:4, "y"] = np.nan
    frame["c"] = pd.Categorical(["a", None] * 100)
    table = TypedTable.from_frame(frame)
    x, y, c = (Node(table, j, np.random.default_rng(0)) for j in range(3))
    known = frame["y"].notna().to_numpy()
    assert (rows_to_learn_from(y, [x]) == known).all(), "some 20 rows have both: too few"
    assert (rows_to_learn_from(x, []) == frame["x"].notna()).all()
    assert rows_to_learn_from(c, [x]).all(), "a category's absence is a level"
    table = TypedTable.from_frame(pair("x", share=0.5, n=200))
    x, y = (Node(table, j, np.random.default_rng(0)) for j in range(2))
    assert (rows_to_learn_from(y, [x]) == ~x.absent).all()


@pytest.mark.parametrize("noise", ["independent", "dependent"])
def test_columns_without_a_single_number_are_drawn_missing(noise):
    frame = pair("x", share=0.3, n=60).assign(none=np.nan)
    table = TypedTable.from_frame(frame)
    dag = nx.DiGraph([(0, 1), (2, 1), (1, 0)][:2])
    dag.add_nodes_from(range(3))
    rows = fit_mechanisms(table, dag, np.random.default_rng(0), noise=noise).draw(50, np.random.default_rng(0))
    assert np.isnan(rows.values[:, 2]).all() and np.isfinite(rows.values[:, 1]).all()


@pytest.mark.parametrize("noise", ["independent", "dependent"])
def test_a_class_that_gaps_tell_of_keeps_its_share_and_its_gaps(noise):
    """A laboratory's test that is taken mostly of the ill: its absence tells of the well."""
    rng = np.random.default_rng(1)
    ill = rng.random(600) < 0.4
    absent = rng.random(600) < np.where(ill, 0.2, 0.6)
    lab = np.where(absent, np.nan, 1.5 * ill + rng.standard_normal(600))
    frame = pd.DataFrame({"lab": lab, "y": np.where(ill, "ill", "well")})
    rows = fit_scm(frame, [("lab", "y")], noise=noise).sample(4000, rng)
    assert abs((rows["y"] == "ill").mean() - ill.mean()) < 0.06
    gaps = rows["lab"].isna().groupby(rows["y"]).mean()
    assert gaps["well"] - gaps["ill"] > 0.25
