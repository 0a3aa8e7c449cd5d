"""The version of the code that a row was measured by: the package's number and a digest of its sources.

A number alone would let a row outlive a change between two releases. Comments and docstrings do
not count, nor do the modules that a fit never reaches (`NOT_MEASURED`). The digest depends on
Python's minor version, whose syntax tree it is taken from.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["code_version", "digest_of_sources"]

#: Modules that show, register or pretrain: no measured number depends on them.
NOT_MEASURED = (
    "__main__.py",
    "cli.py",
    "plots.py",
    "registration.py",
    "predictor_report.py",
    "log_lines.py",
    "tabarena.py",
    "level_names.py",
    "findings/",
    "page/",
    "pictures/",
    "pretraining/",
)


@cache
def code_version() -> str:
    """Return ``"<package version>+<digest>"`` of the installed package and of `benchmarks.protocol`."""
    import autogluon_causalmix
    import benchmarks.protocol

    package, protocol = (Path(module.__file__).parent for module in (autogluon_causalmix, benchmarks.protocol))
    sources = [path for path in package.rglob("*.py") if not _left_out(path.relative_to(package).as_posix())]
    digest = digest_of_sources([(path, path.relative_to(package.parent).as_posix()) for path in sources]
                               + [(path, f"protocol/{path.name}") for path in protocol.glob("*.py")])  # fmt: skip
    return f"{autogluon_causalmix.__version__}+{digest}"


def digest_of_sources(files: Iterable[tuple[Path, str]]) -> str:
    """Digest of Python files, given with the names they count under; without comments and docstrings."""
    total = hashlib.sha256()
    for path, name in sorted(files, key=lambda file: file[1]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    node.body = node.body[1:]
        total.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return total.hexdigest()[:12]


def _left_out(name: str) -> bool:
    return any(name.startswith(part) if part.endswith("/") else name == part for part in NOT_MEASURED)
