"""A cell: one measurement of a grid, known by what it measures and not by its label.

The key is a digest of the measuring function's name, the table's content, the split's definition,
the resolved options and the code's version. A setting that changes its meaning (another default,
another version, another table under the same name) is therefore another cell, and never finds the
row of the old one.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from functools import cached_property
from typing import Any

import numpy as np

__all__ = ["Cell", "Resources", "plain"]


@dataclass(frozen=True)
class Resources:
    """What one worker asks Ray for; ``gpus`` may be a fraction of one."""

    cpus: int = 1
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.cpus < 1 or int(self.cpus) != self.cpus:
            raise ValueError(f"cpus={self.cpus!r} must be a whole number of at least 1")
        if self.gpus < 0:
            raise ValueError(f"gpus={self.gpus!r} must be 0 or more")


@dataclass(frozen=True)
class Cell:
    """One measurement.

    Attributes
    ----------
    label
        Name of the method in tables; not part of the key.
    measure
        ``"package.module:function"``, called as ``function(cell)``; returns a dictionary of numbers,
        strings, lists and dictionaries.
    dataset, content
        Name of the table, and the digest of what is in it.
    split
        Frozen dataclass that defines the rows; its type and its fields are part of the key.
    options
        Resolved options of the method: every default filled in, so that a changed default counts.
    version
        Version of the code that measures, see `grid.code.code_version`.
    resources
        What its worker asks for; not part of the key.
    """

    label: str
    measure: str
    dataset: str
    content: str
    split: Any
    options: Mapping[str, Any]
    version: str
    resources: Resources = field(default_factory=Resources)

    def __post_init__(self) -> None:
        if not is_dataclass(self.split):
            raise TypeError(f"split={self.split!r} of {self.label!r} must be a dataclass")

    @property
    def definition(self) -> dict[str, Any]:
        """Everything that the key is made of, as plain values."""
        return {
            "measure": self.measure,
            "content": self.content,
            "split": {"kind": type(self.split).__name__, **plain(asdict(self.split), "split")},
            "options": plain(self.options, "options"),
            "version": self.version,
        }

    @cached_property
    def key(self) -> str:
        """Digest of `definition`; the order of options and the type of equal numbers do not matter."""
        text = json.dumps(_by_value(self.definition), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def bundle(self) -> str:
        """Cells of one bundle see the same rows and follow each other in one worker, which may share work."""
        return json.dumps([self.content, self.definition["split"], self.resources.cpus, self.resources.gpus])

    def function(self) -> Callable[[Cell], dict]:
        """Import the measuring function; ValueError for a name that is not ``module:function``."""
        module, _, name = self.measure.partition(":")
        if not name:
            raise ValueError(f"measure={self.measure!r} must be 'package.module:function'")
        return getattr(importlib.import_module(module), name)


def plain(value: Any, name: str = "value") -> Any:
    """Turn dictionaries, sequences, arrays and NumPy's scalars into what JSON holds.

    Raises
    ------
    TypeError
        For anything else; it names the place.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(entry, f"{name}[{key!r}]") for key, entry in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(entry, name) for entry in value), key=repr)
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(entry, f"{name}[{k}]") for k, entry in enumerate(value)]
    raise TypeError(f"{name} is {value!r}: a {type(value).__name__} cannot be kept in a result file")


def _by_value(value: Any) -> Any:
    """1.0 and 1 are the same number; "1", 1, True and None are four different values."""
    if isinstance(value, dict):
        return {key: _by_value(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_by_value(entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
