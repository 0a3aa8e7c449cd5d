"""What README and docs show runs, and what they name exists."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.generators.base import draw
from autogluon_causalmix.generators.catalogue import GENERATORS
from autogluon_causalmix.options import METHODS, OPTION_NAMES, AugmentOptions, CausalMixOptions
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.name}: {block.strip().splitlines()[0][:40]}")
    for page in PAGES
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S)
]


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_runs(block, tmp_path, monkeypatch, capsys):
    """With the tables that the text speaks of, offline, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(20, 80, 120), "dose": rng.standard_normal(120)})
    frame["outcome"] = np.where(frame["age"] / 20 + frame["dose"] + rng.standard_normal(120) > 3, "yes", "no")
    exec(block, {"np": np, "pd": pd, "frame": frame, "train": frame[:80], "test": frame[80:]})


def test_the_users_generator_is_one():
    (block,) = (code for (code,) in (parameter.values for parameter in BLOCKS) if "SameClass" in code)
    namespace = {"np": np}
    exec(block, namespace)
    table = TypedTable.from_frame(messy_frame(100), categorical=["label"])
    generator = namespace["SameClassSwap"]()
    generator.fit(table)
    rows = draw(generator, 50, np.random.default_rng(0), table)
    assert not np.array_equal(rows, draw(generator, 50, np.random.default_rng(1), table), equal_nan=True)
    for options in namespace["hyperparameters"]["CAUSALMIX"]:
        CausalMixOptions.from_hyperparameters(options)


def test_the_options_of_readme_and_docs_are_those_that_exist():
    rows = re.findall(r"^\| (`[^|]*) \| ", (ROOT / "README.md").read_text(), re.M)
    in_table = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(in_table) > 15 and in_table <= {*OPTION_NAMES, "method"}, in_table - {*OPTION_NAMES, "method"}
    page = (ROOT / "docs" / "options.md").read_text()
    assert not [name for name in (*OPTION_NAMES, "method") if f"`{name}`" not in page], "docs/options.md names them all"


def test_the_options_of_augmentation_are_named():
    page = (ROOT / "docs" / "augment.md").read_text()
    own = [f.name for f in dataclasses.fields(AugmentOptions) if f.name not in ("discovery", "knowledge")]
    assert not [name for name in own if f"`{name}`" not in page]


def test_generators_and_methods_of_the_docs_are_those_that_exist():
    page = (ROOT / "docs" / "generators.md").read_text()
    assert not [name for name in (*GENERATORS, *METHODS) if f'"{name}"' not in page]
    in_table = re.findall(r'`"(\w+)"`', "".join(re.findall(r"^\| ([^|]*) \|", page, re.M)))
    assert set(in_table) == set(GENERATORS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = [link for link in re.findall(r"\]\(([^)#]+)", page.read_text()) if not link.startswith("http")]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_first_page_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_picture_of_the_rooms_is_the_sources():
    shown = (ROOT / "CONTRIBUTING.md").read_text()
    drawn = subprocess.run([sys.executable, ROOT / "docs" / "rooms.py"], capture_output=True, text=True, check=True)
    assert drawn.stdout.count("-->") > 20
    assert f"```mermaid\n{drawn.stdout}```" in shown, "python docs/rooms.py --write"
