"""A cell's shift is drawn from its table by its split, and measured as its options say."""

import numpy as np
import pandas as pd

from benchmarks.grid.cell import Cell, plain
from benchmarks.protocol import content, shift_measures
from benchmarks.protocol.content import digest
from benchmarks.protocol.shift_size import shift_size
from benchmarks.protocol.shifts_made import TailShift
from benchmarks.protocol.tables import TARGET


def test_a_cell_gives_the_size_of_its_own_shift_as_plain_values(monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.standard_normal(400), TARGET: pd.Categorical(rng.choice(["no", "yes"], 400))})
    monkeypatch.setattr(content, "load", lambda name: frame)
    content._table.cache_clear()
    split = TailShift(rows=100)
    options = {"seed": 3, "draws": 19}
    cell = Cell("tail", "benchmarks.protocol.shift_measures:size", "made", digest(frame), split, options, "1")
    found = cell.function()(cell)
    content._table.cache_clear()
    parts = split.draw(frame, "made")
    assert cell.function() is shift_measures.size and plain(found)
    assert found["held_out"] == parts.held_out and found["held_out_domains"] == 1
    assert found["rows_of_parts"] == [80, 20, 200, 100]
    assert found["domain_auc"] == shift_size(parts, np.random.default_rng(3), 19).domain_auc > 0.9
    assert found["features_differ"] and found["target_differs"] is None
