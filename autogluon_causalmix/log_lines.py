"""What a fit says in AutoGluon's log: each warning once per predictor, progress, and a line at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autogluon_causalmix.finetune.fitted import FittedMitra
    from autogluon_causalmix.finetune.watching import Moment

__all__ = ["log_outcome", "step_logger", "warn_once"]

# AutoGluon sets the level of its own logger, in Ray workers too: a child of it obeys its verbosity.
logger = logging.getLogger("autogluon.causalmix")

#: AutoGluon's level of lines that verbosity 2, its default, shows.
DEFAULT_LEVEL = 20
#: Seconds between two lines of progress at that verbosity.
PROGRESS_SECONDS = 10.0
#: AutoGluon writes it when a fit of a predictor begins.
BEGIN = "metadata.json"
#: Warnings given, by predictor folder and the time its fit began: a bag of eight folds gives each once.
_given: set[tuple[str, int, str]] = set()


def warn_once(model_folder: str, message: str) -> None:
    """Log a warning once per fit of a predictor, or once per model folder outside of one."""
    scope = next((path.parent for path in Path(model_folder).parents if path.name == "models"), Path(model_folder))
    began = scope / BEGIN
    warning = (str(scope), began.stat().st_mtime_ns if began.exists() else 0, message)
    if warning not in _given:
        _given.add(warning)
        logger.warning(f"\tWarning: {message}")


def step_logger(verbosity: int) -> Callable[[Moment], None]:
    """Return ``observe(moment)`` that logs validation scores, every `PROGRESS_SECONDS` or (verbosity 3) all."""
    last, every = time.monotonic(), 0.0 if verbosity >= 3 else PROGRESS_SECONDS

    def show(moment: Moment) -> None:
        nonlocal last
        if moment.score is not None and time.monotonic() - last >= every:
            last = time.monotonic()
            # Not "validation score": AutoGluon says that of its metric, of which higher is better, two lines below.
            line = f"\tstep {moment.step}: {moment.score:.5f} on the validation rows (picks the step; lower is better)"
            logger.log(DEFAULT_LEVEL, line)

    return show


def log_outcome(fitted: FittedMitra) -> None:
    """Log in one line what was fitted, and which steps were kept."""
    report = fitted.report
    parts = [f"{len(report.dags)} SCMs"] if report.dags else []
    if report.rows_synthetic_drawn:
        parts.append(f"{report.rows_synthetic_used} synthetic rows used")
    rows = "".join(f"{part}, " for part in parts)
    logger.log(
        DEFAULT_LEVEL,
        f"\t{rows}steps {sum(report.steps_taken)}, kept {report.step_kept} "
        f"(weights: {report.weights['name']}, {fitted.device})",
    )
