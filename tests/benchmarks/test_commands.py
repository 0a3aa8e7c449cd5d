"""Every benchmark has a command line, and the README names each of them."""

import re
import runpy
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "benchmarks" / "README.md"
NAMED = sorted(
    set(re.findall(r"^\| `((?:studies|causal|costs|gpu|grid|tabarena|report)\.\w+|report)\b", README.read_text(), re.M))
)
COMMANDS = sorted(
    ".".join(path.relative_to(ROOT / "benchmarks").with_suffix("").parts).removesuffix(".__main__")
    for path in (ROOT / "benchmarks").rglob("*.py")
    if "typer.run(main)" in path.read_text()
    or "\n    app()" in path.read_text()
    or "run_study(STUDY)" in path.read_text()
)


def test_the_readme_names_every_command():
    assert NAMED == COMMANDS and len(NAMED) >= 15


def test_no_link_of_the_readme_is_broken():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README.read_text()) if "://" not in link]
    assert len(links) > 15 and [link for link in links if not (README.parent / link).exists()] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name, monkeypatch, capsys):
    """As `python -m` runs it, in this process: each of its own would import torch and AutoGluon first."""
    if name.startswith("tabarena"):
        pytest.importorskip("tabarena")
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*found in sys.modules", category=RuntimeWarning)
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    assert ended.value.code == 0 and "Usage:" in capsys.readouterr().out
