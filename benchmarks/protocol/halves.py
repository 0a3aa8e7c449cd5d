"""The two halves of the 33 tables: methods are tuned on one, and confirmed once on the other."""

from __future__ import annotations

from benchmarks.protocol.tables import DATASETS

__all__ = ["CONFIRMING", "TUNING"]

#: The first, third, fifth ... of the list: whatever is tried, chosen or tuned is so on these.
TUNING = DATASETS[::2]
#: The second, fourth ...: no score of theirs is looked at before the options are frozen.
CONFIRMING = DATASETS[1::2]
