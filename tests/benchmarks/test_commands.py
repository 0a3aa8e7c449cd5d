"""Every benchmark has a command line, and the README names each of them."""

import re
import subprocess
import sys
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


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself(name):
    if name.startswith("tabarena"):
        pytest.importorskip("tabarena")
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "Usage:" in done.stdout, done.stderr[-2000:]
