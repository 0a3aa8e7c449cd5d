"""What `python -m build` makes: the package with its weights, and nothing of tests and benchmarks."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

pytest.importorskip("build", reason="the extra `test` is not installed")

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autogluon_causalmix"
#: Every file of the package in this tree.
SOURCES = {
    path.relative_to(ROOT).as_posix()
    for path in PACKAGE.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
NEEDED = {
    "autogluon_causalmix/py.typed",
    "autogluon_causalmix/checkpoints/mini/config.json",
    "autogluon_causalmix/checkpoints/mini/model.safetensors",
    "autogluon_causalmix/checkpoints/mini/CARD.md",
}


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """Folder of a wheel and an sdist of this tree, the wheel built from the sdist; no network."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("autogluon_causalmix", "benchmarks", "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tree)
    out = tree / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Warning" not in done.stderr, done.stderr[-2000:]
    return out


def only(dist: Path, pattern: str) -> Path:
    (path,) = dist.glob(pattern)
    return path


def test_the_wheel_holds_the_package_and_nothing_else(dist):
    with zipfile.ZipFile(only(dist, "*.whl")) as wheel:
        names = set(wheel.namelist())
        (licence,) = (name for name in names if name.endswith("LICENSE"))
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()
        weights = "autogluon_causalmix/checkpoints/mini/model.safetensors"
        assert wheel.read(weights) == (ROOT / weights).read_bytes()
    assert names >= NEEDED
    assert {name for name in names if ".dist-info/" not in name} == SOURCES


def test_the_wheel_says_what_it_is(dist):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    with zipfile.ZipFile(only(dist, "*.whl")) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
        about = message_from_bytes(wheel.read(name))
    assert (about["Name"], about["Version"]) == (project["name"], project["version"])
    assert about["License-Expression"] == "Apache-2.0"
    asked = SpecifierSet(about["Requires-Python"])
    promised = {f"3.{minor}" for minor in range(40) if f"3.{minor}.0" in asked}
    named = [text.rsplit(" ", 1)[1] for text in about.get_all("Classifier") if "Programming Language" in text]
    assert set(named) == promised, "the classifiers, which nox reads, are the range that pip reads"


def test_the_sdist_builds_the_wheel_and_brings_no_tests(dist):
    with tarfile.open(only(dist, "*.tar.gz")) as sdist:
        names = {name.split("/", 1)[1] for name in sdist.getnames() if "/" in name}
    assert names >= SOURCES | {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    assert not [name for name in names if name.startswith(("tests", "benchmarks"))]
