"""What a study declares: a question, and the cells that answer it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.grid.cell import Cell, Resources
from benchmarks.grid.code import code_version
from benchmarks.protocol.content import content_of
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.splits import LowData

__all__ = ["Study"]


@dataclass(frozen=True)
class Study:
    """Methods x tables x folds, all on the same rows, so that differences are paired.

    Attributes
    ----------
    name, question
        The results' folder, and what they are for, in one sentence.
    measure, report
        ``"module:function"``: measures a cell; writes the body of the report from the rows.
    resolve
        Fills in a method's defaults for a fold, see `protocol.methods`.
    methods
        Hyperparameters by label. Labels hold no comma: the command line splits at it.
    datasets, folds, split
        Tables, number of folds of each, and the split whose ``fold`` is replaced.
    sizes
        Rows of the split, where a study has several; the split's own otherwise.
    splits
        The splits of each table, where a study has several of them; ``split`` otherwise.
    first_fold
        Number of the first of them: those before it have been looked at.
    once
        Labels that are measured in the first fold only.
    common
        Hyperparameters of all methods that do not name them.
    smoke
        Hyperparameters that a smoke run replaces.
    sisters
        Studies whose rows, if they lie in a folder beside this one's, the report reads too.
    """

    name: str
    question: str
    measure: str
    report: str
    resolve: Callable[[Mapping[str, Any], Setting], dict[str, Any]]
    methods: Mapping[str, Mapping[str, Any]]
    datasets: Sequence[str]
    folds: int
    split: LowData = field(default_factory=LowData)
    common: Mapping[str, Any] = field(default_factory=dict)
    smoke: Mapping[str, Any] = field(default_factory=dict)
    sisters: Sequence[str] = ()
    sizes: Sequence[int] = ()
    splits: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    once: Sequence[str] = ()
    first_fold: int = 0

    def __post_init__(self) -> None:
        with_comma = [label for label in self.methods if "," in label]
        if with_comma:
            raise ValueError(f"labels {with_comma} of study {self.name!r} hold a comma")

    @property
    def n_cells(self) -> int:
        """Cells of the whole study."""
        per_split = len(self.methods) * self.folds - len(self.once) * (self.folds - 1)
        return per_split * sum(len(self.splits_of(name)) for name in self.datasets) * max(1, len(self.sizes))

    def splits_of(self, dataset: str) -> Sequence[Any]:
        """Splits of a table."""
        return self.splits.get(dataset, (self.split,))

    def cells(
        self,
        *,
        datasets: Sequence[str] | None = None,
        folds: int | None = None,
        methods: Sequence[str] | None = None,
        rows: int | None = None,
        checkpoint: str = "mini",
        device: str = "cpu",
        resources: Resources | None = None,
        smoke: bool = False,
    ) -> Iterator[Cell]:
        """Yield the cells fold by fold, so that a run that is cut has complete tables of the first folds.

        Raises
        ------
        ValueError
            For a table or a method that the study does not have.
        """
        datasets = _known("table", datasets, self.datasets, [*self.datasets, *self.split.datasets])
        methods = _known("method", methods, list(self.methods), list(self.methods))
        folds = self.folds if folds is None else folds
        sizes = (self.sizes or (self.split.rows,)) if rows is None else (rows,)
        if smoke:
            datasets, folds, sizes = datasets[:2], 1, sizes[:1]
        first = self.first_fold
        most = 1 if smoke else max(len(self.splits_of(name)) for name in datasets)
        for fold, size, k in itertools.product(range(first, first + folds), sizes, range(most)):
            setting = Setting(fold, checkpoint, device, self.split.task)
            resolved = {
                label: self.resolve({**self.common, **self.methods[label], **(self.smoke if smoke else {})}, setting)
                for label in methods
                if fold == first or label not in self.once
            }
            for dataset in datasets:
                for split in self.splits_of(dataset)[k : k + 1]:
                    split = dataclasses.replace(split, fold=fold, rows=size)
                    for label, options in resolved.items():
                        yield Cell(
                            label=label,
                            measure=self.measure,
                            dataset=dataset,
                            content=content_of(dataset),
                            split=split,
                            options=options,
                            version=code_version(),
                            resources=resources or Resources(),
                        )


def _known(what: str, asked: Sequence[str] | None, default: Sequence[str], valid: Sequence[str]) -> list[str]:
    if asked is None:
        return list(default)
    unknown = [name for name in asked if name not in valid]
    if unknown:
        raise ValueError(f"no {what} {unknown[0]!r}: there are {', '.join(valid)}")
    return list(asked)
