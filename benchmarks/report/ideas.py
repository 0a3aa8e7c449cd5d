"""The log of ideas: what was expected of each before it was measured, what was measured, and whether it is kept.

``python -m benchmarks.report.ideas`` writes benchmarks/ideas.md: expectations stand in the studies, measurements
in their rows. Nobody fills in a figure by hand; the same rows give the same bytes.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from benchmarks.report.comparison import FEWEST_SETS
from benchmarks.report.gains import CLEARLY_WORSE, by_dataset, normalised, summary
from benchmarks.report.results import measured
from benchmarks.report.writer import RESULTS, ROWS, read_rows, write_markdown

__all__ = ["FLOOR", "LOG", "STUDIES", "Idea", "Measured", "measure", "table"]

#: Studies whose ideas are logged.
STUDIES = ("mixing", "steadier", "views", "small_tables", "rare_classes", "known_graph", "filled_cells")
LOG = Path(__file__).parents[1] / "ideas.md"
#: What every gain is normalised on: it costs no training.
FLOOR = "untuned 6 views"
#: What was thought of and not built, and why.
NOT_BUILT = """- Rows dropped at random, as the twin of rows dropped where DAGs disagree: fresh rows are as many as
  are asked for, so dropping some by chance changes nothing. The twin is a committee without a graph.
- Rows weighted by agreement: the loss has no weights for rows; rows are handed out or not.
- A mask of columns by the graph within the model: leaving columns out of a member's view is the same, since Mitra has
  no order of columns to keep.
- Missing cells filled within the package: the filling would have to be fitted before everything else, kept for
  predictions, and paid for by every fit. It is done before the fit in `protocol.filling` until it shows that it pays.
- Rows drawn given a class by changing the SCM's noise until the class comes out: drawing more rows and keeping those
  of the class (`balance_classes`) draws from the same distribution, and for every generator.
- A gate by the validation rows: they choose the step, and would then look better to the result than others do."""


@dataclass(frozen=True)
class Idea:
    """An idea, and what was expected of it before any of its scores was seen.

    Attributes
    ----------
    arm
        Label of the method in the study.
    base
        Label of what it changes.
    twins
        Labels of methods that do the same without a graph; none where nothing is causal.
    expected
        One sentence.
    """

    arm: str
    base: str
    twins: tuple[str, ...]
    expected: str


@dataclass(frozen=True)
class Measured:
    """An idea's figures, over runs that both sides have.

    Attributes
    ----------
    sets
        Tables that have both the idea and its base.
    difference, difference_loss
        Mean over tables of the gain in % less the base's, and of the log loss less the base's.
    clearly_worse, clearly_worse_base
        Shares of runs more than 1 % below the six untuned views.
    twin
        Difference to the twin that does best; None without twins, or where none was measured.
    """

    sets: int
    difference: float
    difference_loss: float
    clearly_worse: float
    clearly_worse_base: float
    twin: float | None

    @property
    def verdict(self) -> str:
        """The rule of `benchmarks.studies.mixing`, in words."""
        if self.sets < FEWEST_SETS:
            return "open"
        better = self.difference > 0 and self.difference_loss <= 0
        if not better or self.clearly_worse > self.clearly_worse_base:
            return "dropped"
        if self.twin is None:
            return "kept"
        return "kept" if self.twin > 0 else "kept, but its twin does as well"


def measure(idea: Idea, rows: pd.DataFrame) -> Measured | None:
    """Compare an idea with its base and its twins by measured rows; None where it or its base has none."""
    gain = normalised(rows, baseline=FLOOR)
    if not {idea.arm, idea.base, FLOOR} <= set(gain.columns):
        return None
    pair = gain[[idea.arm, idea.base]].dropna()
    if pair.empty:
        return None
    losses = rows.pivot_table(index=["dataset", "fold"], columns="label", values="log_loss").loc[pair.index]
    twins = [_difference(gain, idea.arm, twin) for twin in idea.twins if twin in gain]
    return Measured(
        sets=len(by_dataset(pair)),
        difference=_difference(gain, idea.arm, idea.base),
        difference_loss=_difference(losses, idea.arm, idea.base),
        clearly_worse=float((pair[idea.arm] < CLEARLY_WORSE).mean()),
        clearly_worse_base=float((pair[idea.base] < CLEARLY_WORSE).mean()),
        twin=min(twins) if twins and np.isfinite(twins).all() else None,
    )


def _difference(values: pd.DataFrame, first: str, second: str) -> float:
    """Mean over tables of the first less the second, on runs that both have."""
    means = by_dataset(values[[first, second]].dropna())
    return float((means[first] - means[second]).mean())


def table(ideas: tuple[Idea, ...], rows: pd.DataFrame) -> pd.DataFrame:
    """One row per idea: expected before, measured after, kept or dropped."""
    lines = []
    for idea in ideas:
        found = measure(idea, rows) if len(rows) else None
        lines.append(
            {
                "idea": idea.arm,
                "beside": idea.base,
                "twins": "; ".join(idea.twins) or "none",
                "expected before": idea.expected,
                "less base %": _signed(found and found.difference),
                "log loss less base": _signed(found and found.difference_loss, 4),
                "less best twin %": _signed(found and found.twin),
                "below -1 %": "" if found is None else f"{found.clearly_worse:.1%} ({found.clearly_worse_base:.1%})",
                "sets": "" if found is None else str(found.sets),
                "verdict": "open" if found is None else found.verdict,
            }
        )
    return pd.DataFrame(lines).set_index("idea")


def _signed(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:+.{digits}f}"


def _rows(folder: Path) -> pd.DataFrame:
    return measured(read_rows(folder)) if (folder / ROWS).exists() else pd.DataFrame()


def _section(name: str, results: Path) -> list:
    module = importlib.import_module(f"benchmarks.studies.{name}")
    rows = _rows(results / name)
    parts = [f"## {module.STUDY.question} (`studies.{name}`)"]
    sizes = sorted(rows["rows"].unique()) if len(rows) and module.STUDY.sizes else [None]
    for size in sizes:
        part = rows if size is None else rows[rows["rows"] == size]
        parts += [
            *([] if size is None else [f"{size} rows"]),
            table(module.IDEAS, part).to_markdown(disable_numparse=True),
        ]
        if len(part) and FLOOR in set(part["label"]):
            parts += ["All methods against the six untuned views:", summary(normalised(part, FLOOR).dropna(axis=1))]
    return parts


def main(
    results: Annotated[Path, typer.Option(help="Folder that holds a folder per study.")] = RESULTS,
    out: Annotated[Path, typer.Option(help="File to write.")] = LOG,
) -> None:
    """Write the log of ideas from the studies and from whatever rows of theirs there are."""
    about = (
        "Written by `python -m benchmarks.report.ideas`, not by hand. Expectations were committed with the study, "
        "before its first run; the rule that keeps or drops stands in `benchmarks/studies/mixing.py`. Gains are "
        "test ROC-AUC against the six untuned views, in %; on the odd-numbered tables (tuning half), but known_graph "
        "on simulated tables and filled_cells mostly on others with gaps. A kept idea is a candidate and no finding."
    )
    sections = [part for name in STUDIES for part in _section(name, results)]
    write_markdown(out, "# Ideas: expected, measured, kept or dropped", about, *sections, "## Not built", NOT_BUILT)
    typer.echo(str(out))


if __name__ == "__main__":
    typer.run(main)
