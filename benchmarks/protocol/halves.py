"""The two halves of the 33 tables: methods are tuned on one, and confirmed once on the other.

Made on 25 November 2026. Learning rate, share and place of mixing had been chosen before, by `FIRST_CHOICE`.
"""

from __future__ import annotations

from benchmarks.protocol.tables import DATASETS

__all__ = ["CONFIRMING", "FIRST_CHOICE", "TUNING"]

#: The first, third, fifth ... of the list: whatever is tried, chosen or tuned is so on these.
TUNING = DATASETS[::2]
#: The second, fourth ...: no score of theirs is looked at before the options are frozen.
CONFIRMING = DATASETS[1::2]
#: On whose test scores, with the first bundled weights, the ablation of 22 November chose what was the default then.
FIRST_CHOICE = (
    "heart german tae contraceptive pima breast hayes-roth bupa wine housevotes phoneme titanic "
    "australian banana magic led7digit wdbc ionosphere monk-2 tic-tac-toe"
).split()
