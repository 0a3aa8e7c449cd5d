"""Options that name columns which AutoGluon dropped before the fit: what is said of those is left out, and told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import Any

from autogluon_causalmix.errors import OptionError, did_you_mean
from autogluon_causalmix.options import CausalMixOptions

__all__ = ["without_dropped"]

#: What AutoGluon drops.
KINDS = "a column is constant, repeats another one, or is text or dates taken apart"


def without_dropped(
    options: CausalMixOptions,
    left: Collection[Any],
    label: Any,
    original: Callable[[], Collection[Any]],
    warn: Callable[[str], None],
) -> tuple[CausalMixOptions, list[str]]:
    """Return options that name columns of ``left`` only, and remarks on what was left out, which ``warn`` is told.

    Parameters
    ----------
    left
        Columns that a fit sees, without the target ``label``.
    original
        Returns the columns of the user's table.

    Raises
    ------
    OptionError
        For a name that the user's table lacks too: it is a mistake.
    """
    column, remarks = options.tuning.environment_column, []
    absent = options.knowledge.names - {*left, label}
    lost = column is not None and column not in left
    if not absent and not lost:
        return options, remarks
    there = set(original())
    mistakes = sorted(absent - there, key=str)
    if mistakes:
        raise OptionError(
            f"the causal knowledge names {mistakes[0]!r}, which is no column of your table; "
            f"{did_you_mean(mistakes[0], [*left, label, *there])}"
        )
    if lost and column not in there:
        raise OptionError(
            f"environment_column={column!r} is no column of your table; {did_you_mean(column, [*left, *there])}"
        )
    if absent:
        names = ", ".join(repr(name) for name in sorted(absent, key=str))
        remarks.append(f"AutoGluon dropped {names} ({KINDS}): what you know of it is left out; the rest holds")
        warn(f"CausalMix: {remarks[-1]}. Take it out of the causal knowledge to silence this line.")
        options = dataclasses.replace(options, knowledge=options.knowledge.without(absent))
    if lost:
        remarks.append(f"AutoGluon dropped {column!r} ({KINDS}): environment_column is ignored")
        warn(f"CausalMix: {remarks[-1]}. Drop the option to silence this line.")
        options = dataclasses.replace(options, tuning=dataclasses.replace(options.tuning, environment_column=None))
    return options, remarks
