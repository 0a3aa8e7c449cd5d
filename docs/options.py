"""Write docs/options.md, the page of all options, from the docstrings of their groups.

python docs/options.py            # prints the page
python docs/options.py --write    # writes it
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import typing
from pathlib import Path

from autogluon_causalmix.options import IGNORED_MITRA_OPTIONS, METHODS, OPTION_NAMES, CausalMixOptions, wire

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# Options

What `hyperparameters={"CAUSALMIX": {...}}` may hold, in the groups in which the package keeps them:

```python
from autogluon_causalmix.options import CausalMixOptions

options = CausalMixOptions.from_hyperparameters({"mix_ratio": 0.3, "lr": 1e-4, "known_roots": ["age"]})
print(options.synthesis.mix_ratio, options.tuning.lr, options.knowledge.roots)
```

An unknown name or an impossible value is an error before any work; it names the option, its value and the nearest
one that is valid. A search space may stand in place of any value, with `hyperparameter_tune_kwargs`.
"""
FOOT = """
This page is written by `python docs/options.py --write`, from the docstrings.
"""
#: Fields of `Knowledge` that `Knowledge.of` calls otherwise.
STATED = {"required": "required_edges", "forbidden": "forbidden_edges", "edges": "graph"}


def entries(group: type) -> list[tuple[list[str], str, str]]:
    """Names, kind and meaning of every entry of a group's docstring.

    Raises
    ------
    ValueError
        If it has none.
    """
    section = re.search(r"(?:Attributes|Parameters)\n-+\n(.*?)(?=\n\n|\Z)", inspect.getdoc(group), re.S)
    if section is None:
        raise ValueError(f"{group.__name__} has no section Attributes or Parameters")
    found = []
    for line in section[1].splitlines():
        if not line.startswith(" "):
            names, _, kind = line.partition(" : ")
            found.append((names.split(", "), kind, []))
        else:
            found[-1][2].append(line.strip())
    # A line that ends within a path goes on in the next one.
    return [(names, kind, re.sub(r"(?<=\w/) ", "", " ".join(lines))) for names, kind, lines in found]


def flat_name(group: str, name: str) -> str:
    """Return what the user calls a field of a group."""
    if group == "discovery":
        return next((flat for flat, inside in wire._DISCOVERY.items() if inside == name), name)
    if group == "knowledge":
        stated = STATED.get(name, name)
        return next((flat for flat, inside in wire._KNOWLEDGE.items() if inside == stated), name)
    return name


def bullet(names: list[str], kind: str, meaning: str) -> str:
    """Return one entry as an item of a list."""
    shown = ", ".join(f"`{name}`" for name in names)
    return f"- **{shown}**{f' (`{kind}`)' if kind else ''}: {_code(meaning)}"


def section(group: str, kind: type) -> list[str]:
    """Return a group as a heading, what it is about, and its options by their flat names."""
    about = inspect.getdoc(kind).split("\n\n")[0]
    lines = [f"## {group.capitalize()}\n\n{_code(about)} (`{kind.__module__}.{kind.__name__}`)\n"]
    for names, type_and_default, meaning in entries(kind):
        flat = [flat_name(group, name) for name in names]
        if set(flat) <= {*OPTION_NAMES}:
            lines.append(bullet(flat, type_and_default, meaning))
    return [*lines, ""]


def page() -> str:
    """Return the page as Markdown."""
    parts = [HEAD]
    for group, kind in typing.get_type_hints(CausalMixOptions).items():
        if dataclasses.is_dataclass(kind):
            parts += section(group, kind)
    parts.append("## Of the whole fit\n")
    own = [(names, kind, meaning) for names, kind, meaning in entries(CausalMixOptions) if {*names} <= {*OPTION_NAMES}]
    parts += [bullet(*entry) for entry in own]
    parts.append(
        "- **`method`** (`str, default None`): one of the paper's seven ways by name. It stands for the options beside "
        "it below; an option that is given too wins. See [generators](generators.md).\n"
    )
    parts += ["| `method` | stands for |", "| --- | --- |"]
    parts += [
        f'| `"{name}"` | ' + ", ".join(f"`{key}={value!r}`" for key, value in meant.items()) + " |"
        for name, meant in METHODS.items()
    ]
    parts.append("\n## MITRA's options without a meaning here\n\nAccepted, so that a configuration can be copied.\n")
    parts += [f"- `{name}`: {reason}." for name, reason in IGNORED_MITRA_OPTIONS.items()]
    return "\n".join(parts) + "\n" + FOOT


def _code(text: str) -> str:
    """Return a docstring's text as Markdown: its literals as code, and no "<" elsewhere that begins a tag."""
    parts = text.replace("``", "`").split("`")
    return "`".join(part if k % 2 else part.replace("<", "&lt;") for k, part in enumerate(parts))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        sys.stdout.write(page())
