"""Draw the package's rooms and who imports whom, as Mermaid text, from the sources as they are.

    python docs/rooms.py            # prints the picture
    python docs/rooms.py --write    # puts it into CONTRIBUTING.md

A room is a sub-package, or a module of the top level; modules that rooms use and that use no room
are drawn as one, with those that they use. An arrow that follows from two others is left out.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autogluon_causalmix"
PAGE = ROOT / "CONTRIBUTING.md"
FOUNDATION = "foundation"
FENCE = ("```mermaid\n", "```\n")


def imports(package: Path) -> nx.DiGraph:
    """Return a graph with an edge from every room to those that it imports."""
    graph = nx.DiGraph()
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room.startswith("__"):
            continue
        graph.add_node(room)
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                parts = module.split(".")
                if parts[0] == package.name and len(parts) > 1 and parts[1] != room:
                    graph.add_edge(room, parts[1])
    return graph


def picture(package: Path) -> str:
    """Return Mermaid text of the rooms, the highest first."""
    graph = imports(package)
    rooms = {name for name in graph if (package / name).is_dir()}
    used = set().union(*(graph.successors(room) for room in rooms))
    low = {name for name in used - rooms if not rooms & nx.descendants(graph, name)}
    low = low.union(*(nx.descendants(graph, name) for name in low))
    graph = nx.relabel_nodes(graph, dict.fromkeys(low, FOUNDATION))
    graph.remove_edges_from(nx.selfloop_edges(graph))
    lines = ["flowchart TD"]
    for name in nx.lexicographical_topological_sort(graph):
        if name == FOUNDATION:
            label = ", ".join(sorted(low))
        else:
            label = f"{name}/: {_purpose(package / name)}" if name in rooms else f"{name}.py"
        lines.append(f'    {name}["{label}"]')
    lines += [f"    {a} --> {b}" for a, b in sorted(nx.transitive_reduction(graph).edges)]
    return "\n".join(lines) + "\n"


def _purpose(room: Path) -> str:
    return (ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or "").splitlines()[0].rstrip(".")


def written(text: str, drawn: str) -> str:
    """Return the page's text with the picture in its place."""
    before, _, rest = text.partition(FENCE[0])
    _, _, after = rest.partition(FENCE[1])
    return before + FENCE[0] + drawn + FENCE[1] + after


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(written(PAGE.read_text(), picture(PACKAGE)))
    else:
        sys.stdout.write(picture(PACKAGE))
