"""The site of docs/ is built without a warning, asks no other host for anything, and has what it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")

import autogluon_causalmix

ROOT = Path(__file__).parent.parent
#: Elements by which a page fetches something, unlike a link that a reader may follow.
FETCHED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Folder of the site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    # A proxy that nobody runs: whatever asks another host fails.
    away = {"NO_MKDOCS_2_WARNING": "1", "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | away, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_there(site):
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages and not [page for page in pages if not (site / f"{page}.html").is_file()]
    assert (site / "benchmarks" / "index.html").is_file() and (site / "CHANGELOG.html").is_file()
    assert not list(site.rglob("*.py")), "scripts that write pages are no part of them"


def test_no_page_fetches_anything_from_elsewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    assert not {path.name: found for path in pages if (found := FETCHED.findall(path.read_text()))}
    assert FETCHED.findall('<script async src="https://a.b/c.js"></script><a href="https://d.e">'), "it would be found"
    # Material fetches its drawing program as soon as a page has a diagram, whatever else is switched off.
    assert not [path.name for path in pages if 'class="mermaid"' in path.read_text()]


def test_links_into_the_benchmarks_lead_to_pages_of_the_site(site):
    links = re.findall(r'href="(benchmarks/[^"#]+)', (site / "benchmarks.html").read_text())
    assert len(links) > 10 and not [link for link in links if not (site / link).is_file()]


def test_the_reference_shows_every_public_name(site):
    page = (site / "reference.html").read_text()
    shown = {name.rsplit(".", 1)[1] for name in re.findall(r'id="(autogluon_causalmix\.[\w.]+)"', page)}
    assert not [name for name in autogluon_causalmix.__all__ if name not in shown]
