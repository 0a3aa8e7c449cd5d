"""The learning curve of a run, for the card of its checkpoint.

python -m autogluon_causalmix.pretraining.curve runs/mini_regressor/log.jsonl curve.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from autogluon_causalmix.errors import DataError

__all__ = ["main", "plot_curve", "read_log"]


def read_log(path: Path) -> list[dict]:
    """Return a run's evaluations in order; `DataError` if there is none."""
    try:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    except OSError as error:
        raise DataError(f"the log {str(path)!r} cannot be read ({error.strerror}): give a run's log.jsonl") from error
    except ValueError as error:
        raise DataError(f"{str(path)!r} is no log of a run ({error}): give a run's log.jsonl") from error
    if not lines:
        raise DataError(f"the log {str(path)!r} has no evaluation yet: wait for the run's first")
    return lines


def plot_curve(lines: list[dict], title: str = "Pretraining"):
    """Draw training and held-out loss and the learning rate's factor over tokens; return the figure."""
    from matplotlib.figure import Figure

    tokens = [line["tokens"] / 1e6 for line in lines]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(tokens, [line["train_loss"] for line in lines], color="#9db4c0", label="training tables")
    axes.plot(tokens, [line["held_out_loss"] for line in lines], color="#14532d", lw=2, label="held-out tables")
    axes.set(xlabel="million table cells read", ylabel="loss", title=title)
    rate = axes.twinx()
    rate.plot(tokens, [line["rate"] for line in lines], color="#b45309", ls=":", label="learning rate (factor)")
    rate.set(ylim=(0, 1.05), ylabel="learning rate (factor)")
    handles = [handle for each in (axes, rate) for handle in each.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--title", default="Pretraining")
    given = parser.parse_args(arguments)
    plot_curve(read_log(given.log), given.title).savefig(given.picture, dpi=110)


if __name__ == "__main__":
    main()
