"""The order of tables is fixed: by workers as without them, from any step, for several processes."""

import dataclasses
import itertools

import numpy as np
import pytest

from autogluon_causalmix.pretraining.run_options import TrainOptions
from autogluon_causalmix.pretraining.stream import SHAPE_STEPS, table_batches


def stream(tmp_path, rank=0, step=0, tokens=0, target=12_000, **changes):
    options = TrainOptions(out=tmp_path, task="regression", tokens=target, cells_per_step=500)
    return table_batches(dataclasses.replace(options, **changes), rank, step, tokens)


def assert_same(first, second):
    for (a, after_a), (b, after_b) in itertools.zip_longest(first, second):
        assert after_a == after_b
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.y, b.y)


def test_a_stream_goes_on_from_any_step(tmp_path):
    whole = list(stream(tmp_path))
    assert [after for _, after in whole] == list(np.cumsum([batch.n_cells for batch, _ in whole]))
    assert whole[-2][1] < 12_000 <= whole[-1][1]
    assert_same(whole[5:], stream(tmp_path, step=5, tokens=whole[4][1]))


def test_steps_share_shapes_but_not_tables(tmp_path):
    # A long run: within these steps the difficulty stays what it is.
    batches = [batch for batch, _ in itertools.islice(stream(tmp_path, target=1e8), 3 * SHAPE_STEPS)]
    shapes = [batch.x.shape for batch in batches]
    assert len(set(shapes[:SHAPE_STEPS])) == 1 and len(set(shapes)) > 1
    assert not np.array_equal(batches[0].x, batches[1].x)


def test_processes_count_each_others_cells(tmp_path):
    zero, one = (list(stream(tmp_path, rank, processes=2)) for rank in (0, 1))
    together = np.cumsum([a.n_cells + b.n_cells for (a, _), (b, _) in zip(zero, one, strict=True)])
    assert [after for _, after in zero] == [after for _, after in one] == list(together)


@pytest.mark.slow
def test_workers_change_nothing(tmp_path):
    assert_same(list(stream(tmp_path)), stream(tmp_path, workers=2))
    abandoned = stream(tmp_path, workers=2)
    next(abandoned)
    abandoned.close()  # returns: no worker waits for ever
