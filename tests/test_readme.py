"""What README and docs show runs, and what they name exists."""

import dataclasses
import inspect
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from packaging.requirements import Requirement

from autogluon_causalmix.findings import all_checks, unregister
from autogluon_causalmix.generators.base import draw
from autogluon_causalmix.generators.catalogue import GENERATORS
from autogluon_causalmix.options import METHODS, OPTION_NAMES, AugmentOptions, CausalMixOptions
from autogluon_causalmix.predictor_report import PredictorReport
from autogluon_causalmix.table import TypedTable

from .conftest import messy_frame
from .findings.reports import folds

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def blocks(page: Path, language: str) -> list[str]:
    """Code of a page in one language; "" for blocks that name none."""
    found = re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(), re.S | re.M)
    return [code for name, code in found if name == language]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder with the two tables that the pages speak of: the working folder of the test."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(20, 80, 120), "dose": rng.standard_normal(120)})
    frame["outcome"] = np.where(frame["age"] / 20 + frame["dose"] + rng.standard_normal(120) > 3, "yes", "no")
    frame[:80].to_csv("train.csv", index=False)
    frame[80:].to_csv("test.csv", index=False)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if blocks(page, "python")])
def test_every_block_runs(page, folder, monkeypatch):
    """One after the other, as a reader pastes them into one script; offline."""
    script = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", script)  # where pickle looks for a class of the reader's
    known = all_checks()
    try:
        for k, block in enumerate(blocks(page, "python"), start=1):
            exec(compile(block, f"{page.name}, block {k}", "exec"), vars(script))
    finally:
        for one in set(all_checks()) - set(known):
            unregister(one.code)


def test_no_block_goes_unrun():
    assert {page.name for page in PAGES if blocks(page, "python")} >= {"README.md", "quickstart.md", "your_table.md"}
    languages = {name for page in PAGES for name in re.findall(r"^```(.*)\n", page.read_text(), re.M) if name}
    assert languages == {"python", "sh", "mermaid"}
    for page in PAGES:
        fences = re.findall(r"^ *```", page.read_text(), re.M)
        assert len(fences) == 2 * sum(len(blocks(page, name)) for name in languages), f"{page.name}: name the language"


@pytest.mark.slow
@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in "".join(blocks(page, "sh")).splitlines()}))
def test_a_shell_command_runs_or_names_what_exists(line, folder):
    words = shlex.split(line, comments=True)
    if words[:3] == ["python", "-m", "autogluon_causalmix"]:
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    elif words[0] == "make":
        assert words[1] in re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    elif words[:2] == ["pip", "install"]:
        check_installation(words[2:], line)
    else:
        assert words in (["python", "-m", "venv", ".venv"], [".", ".venv/bin/activate"]), line


def check_installation(what: list[str], line: str) -> None:
    """The package's extras exist, and a torch that is named is one that the package admits."""
    (admitted,) = (one.specifier for one in map(Requirement, PROJECT["dependencies"]) if one.name == "torch")
    for one in what:
        if one.startswith("."):
            extras = set(re.findall(r"[\w-]+", one))
            assert extras <= set(PROJECT["optional-dependencies"]), line
        else:
            asked = Requirement(one)
            assert (asked.name, asked.specifier) == ("torch", admitted), line


def test_the_users_generator_is_one():
    (block,) = (code for code in blocks(DOCS / "generators.md", "python") if "SameClass" in code)
    namespace = {}
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
    page = runpy.run_path(str(DOCS / "options.py"))["page"]()
    assert (DOCS / "options.md").read_text() == page, "python docs/options.py --write"
    described = re.findall(r"^- \*\*(.*?)\*\* \(", page, re.M)
    assert sorted(re.findall(r"`(\w+)`", "".join(described))) == sorted([*OPTION_NAMES, "method"])


def test_the_page_on_the_report_explains_every_figure():
    summary = PredictorReport({"CausalMix": folds(steps_taken=[1], step_kept=[0], validation_scores=[[0.5]])}).summary()
    rows = re.findall(r"^\| (`[^|]*) \| ", (DOCS / "reading_the_report.md").read_text(), re.M)
    assert sorted(re.findall(r"`(\w+)`", "".join(rows))) == sorted(summary.columns)


def test_messages_that_the_docs_quote_are_those_of_the_programs(tmp_path):
    """What a newcomer pastes into a search: AutoGluon's and ours, as far as the page quotes them."""
    from autogluon.tabular import TabularPredictor
    from autogluon.tabular.trainer import abstract_trainer

    quoted = re.findall(r"^> `(.*)`$", (DOCS / "first_ten_minutes.md").read_text(), re.M)
    unknown, without_package, stand_in = (line.removesuffix(" ...") for line in quoted)
    predictor = TabularPredictor("y", path=str(tmp_path / "predictor"), verbosity=0)
    with pytest.raises(AssertionError) as caught:
        predictor.fit(pd.DataFrame({"x": range(20), "y": [0, 1] * 10}), hyperparameters={"CAUSAL_MIX": {}})
    assert f"AssertionError: {caught.value}".replace("CAUSAL_MIX", "CAUSALMIX").startswith(unknown)
    said = without_package.partition("LightGBM")[2]
    assert said.startswith(" to fail during training (ImportError)... Skipping") and said in inspect.getsource(
        abstract_trainer
    )
    ours = " ".join(path.read_text() for path in (ROOT / "autogluon_causalmix" / "finetune").glob("*.py"))
    assert stand_in.removeprefix("Warning: ").startswith("CausalMix") and stand_in.removeprefix("Warning: ") in ours


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


def test_every_page_has_its_place_on_the_site():
    nav = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    named = re.findall(r"([\w/]+\.md)$", nav, re.M)
    outside = {"CHANGELOG.md", "benchmarks/README.md"}
    assert sorted(named) == sorted({path.name for path in DOCS.glob("*.md")} | outside), "a line in mkdocs.yml for each"


def test_the_first_page_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_picture_of_the_rooms_is_the_sources():
    shown = (ROOT / "CONTRIBUTING.md").read_text()
    drawn = subprocess.run([sys.executable, ROOT / "docs" / "rooms.py"], capture_output=True, text=True, check=True)
    assert drawn.stdout.count("-->") > 20
    assert f"```mermaid\n{drawn.stdout}```" in shown, "python docs/rooms.py --write"
