"""Jittered rows keep the gaps of the rows they are of."""

import numpy as np
import pandas as pd

from autogluon_causalmix.generators.perturbation import Jitter
from autogluon_causalmix.table import TypedTable


def test_a_gap_is_neither_filled_nor_made():
    rng = np.random.default_rng(0)
    side = rng.choice([-10.0, 10.0], 300) + rng.standard_normal(300)
    frame = pd.DataFrame({"gaps": np.where(side < 0, np.nan, rng.lognormal(size=300)), "side": side, "y": side > 0})
    rows = Jitter(swap=0.5).fit(TypedTable.from_frame(frame)).sample(500, rng).to_frame()
    assert (rows["gaps"].isna() == (rows["side"] < 0)).all()
