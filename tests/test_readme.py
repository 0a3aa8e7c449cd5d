"""What the README shows runs."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.base import draw
from autogluon_causalmix.options import OPTION_NAMES, CausalMixOptions
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame

README = Path(__file__).parent.parent / "README.md"


BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS, ids=[block.strip().splitlines()[0][:40] for block in BLOCKS])
def test_every_block_runs(block, tmp_path, monkeypatch, capsys):
    """With the tables that the text speaks of, offline, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(20, 80, 120), "dose": rng.standard_normal(120)})
    frame["outcome"] = np.where(frame["age"] / 20 + frame["dose"] + rng.standard_normal(120) > 3, "yes", "no")
    exec(block, {"np": np, "pd": pd, "frame": frame, "train": frame[:80], "test": frame[80:]})


def test_the_users_generator_is_one():
    (block,) = (code for code in BLOCKS if "SameClass" in code)
    namespace = {"np": np}
    exec(block, namespace)
    table = TypedTable.from_frame(messy_frame(100), categorical=["label"])
    generator = namespace["SameClassSwap"]()
    generator.fit(table)
    rows = draw(generator, 50, np.random.default_rng(0), table)
    assert not np.array_equal(rows, draw(generator, 50, np.random.default_rng(1), table), equal_nan=True)
    for options in namespace["hyperparameters"]["CAUSALMIX"]:
        CausalMixOptions.from_hyperparameters(options)


def test_every_option_in_the_table_exists():
    rows = re.findall(r"^\| (`[^|]*) \| ", README.read_text(), re.M)
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert len(names) > 20
    known = {*OPTION_NAMES, "method"}
    assert set(names) <= known, set(names) - known
