"""What mkdocs does besides: pages of the repository that stand outside of docs/ become part of the site.

The benchmarks' README and reports, and the changelog, are shown as they are, so that no figure is written twice. A link
in docs/ to ``../benchmarks/...`` works in the repository as well as on the site.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
OUTSIDE = ("CHANGELOG.md", "benchmarks/**/*.md", "benchmarks/**/*.png")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand outside."""
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **kwargs: Any) -> str:
    """Lead links out of docs/ to where those pages are on the site."""
    if page.file.generated_by is not None:
        return markdown
    return markdown.replace("](../benchmarks/", "](benchmarks/").replace("](../CHANGELOG.md", "](CHANGELOG.md")
