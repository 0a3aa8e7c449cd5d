"""Body of the study of kept mixing: fits that are chosen by validation, beside those that they are chosen from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN, Results

__all__ = ["body", "rule", "with_chosen"]
