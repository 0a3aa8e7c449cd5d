"""What discovery makes of gaps, of the order of the columns, and of categories on few rows."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.causal.discovery import DiscoveryOptions, discover_edges
from autogluon_causalmix.table import TypedTable


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_gaps_in_a_number_join_none_that_it_separates(share):
    """a -> b -> c with gaps in b: its median in their place would leave a and c joined given b."""
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        a = rng.standard_normal(800)
        b = 0.8 * a + 0.6 * rng.standard_normal(800)
        frame = pd.DataFrame({"a": a, "b": b, "c": 0.8 * b + 0.6 * rng.standard_normal(800)})
        frame.loc[rng.random(800) < share, "b"] = np.nan
        graph = discover_edges(TypedTable.from_frame(frame), rng, DiscoveryOptions(n_resamples=8))
        found.append(graph.probabilities + graph.probabilities.T)
    joined = np.mean(found, axis=0)
    assert joined[0, 2] < 0.5 and joined[0, 1] > 0.9 and joined[1, 2] > 0.9


def test_numbers_that_no_row_has_together_are_tested_without_failing():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((80, 4)), columns=list("abcd"))
    frame.loc[:39, "a"] = frame.loc[40:, "b"] = np.nan
    graph = discover_edges(TypedTable.from_frame(frame), rng, DiscoveryOptions(n_resamples=5))
    assert np.isfinite(graph.probabilities).all() and graph.probabilities[0, 1] == graph.probabilities[1, 0] == 0


def test_the_order_of_the_columns_decides_no_arrow():
    rng = np.random.default_rng(0)
    truth = np.triu(rng.random((10, 10)) < 0.3, 1)
    x = rng.standard_normal((500, 10))
    for j in range(10):
        x[:, j] += x[:, truth[:, j]] @ rng.uniform(0.5, 1.0, truth[:, j].sum())
    names = [f"c{j}" for j in range(10)]
    frame = pd.DataFrame(x, columns=names)
    forward, backward = (
        discover_edges(TypedTable.from_frame(frame[order]), np.random.default_rng(1), DiscoveryOptions(n_resamples=10))
        .edge_probabilities.loc[names, names]
        .to_numpy()
        for order in (names, names[::-1])
    )
    assert forward == pytest.approx(backward, abs=1e-9)


def test_categories_of_many_levels_keep_their_edges_on_few_rows():
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 6, 40)
        children = [np.where(rng.random(40) < 0.3, rng.integers(0, 6, 40), y) for _ in range(4)]
        frame = pd.DataFrame(dict(zip("yabcd", (y, *children), strict=True))).astype("category")
        graph = discover_edges(TypedTable.from_frame(frame), rng, DiscoveryOptions(n_resamples=10))
        found.append((graph.probabilities + graph.probabilities.T)[0, 1:].mean())
    assert np.mean(found) > 0.3
