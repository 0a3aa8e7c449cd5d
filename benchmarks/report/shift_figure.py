"""The figure of the studies under shift: what every method changes on shifted rows, a panel for each kind of shift."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.report.comparison import LEVEL
from benchmarks.report.figures import Picture

__all__ = ["figure"]

#: In the tables only: LightGBM's distance would leave the others no width.
PEERS = ("LightGBM", "random forest")


def figure(kinds: dict[str, pd.DataFrame]) -> Picture:
    """Difference from default in log loss with its interval, by kind and method.

    Parameters
    ----------
    kinds
        What `shift.by_kind` returned: methods by kind, with difference, 95 % low, 95 % high, p (Holm).
    """
    from matplotlib.figure import Figure

    named = dict.fromkeys(label for table in kinds.values() for label in table.index)
    labels = [name for name in named if name not in PEERS]
    drawn = Figure(figsize=(2.2 + 2.0 * len(kinds), 1.4 + 0.27 * len(labels)), layout="constrained")
    at = np.arange(len(labels))[::-1]
    panels = drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    for axes, (kind, table) in zip(panels, kinds.items(), strict=True):
        part = table.reindex(labels)
        axes.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        certain = part["p (Holm)"] < LEVEL
        better = part["difference"] < 0
        for colour, chosen in (("C0", certain & better), ("C1", certain & ~better), ("0.55", ~certain)):
            axes.hlines(at[chosen], part["95 % low"][chosen], part["95 % high"][chosen], color=colour, linewidth=1.3)
            axes.plot(part["difference"][chosen], at[chosen], "o", color=colour, markersize=4)
        axes.set_yticks(at, labels, fontsize=8)
        axes.tick_params(axis="x", labelsize=7)
        n = int(table["tables"].max())
        axes.set_title(f"{kind}, {n} {'table' if n == 1 else 'tables'}", fontsize=9)
    drawn.supxlabel("log loss on shifted rows, less default fine-tuning's (left is better)", fontsize=9)
    caption = (
        "Change in log loss under shift, 95 % intervals over tables; blue: better, orange: worse, at p < .05 after "
        "Holm's correction over the methods of the tables below."
    )
    return Picture("shift.png", drawn, caption)
