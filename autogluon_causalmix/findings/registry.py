"""All checks by their codes: ours, and those that a user adds."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, MutableMapping

from autogluon_causalmix.errors import OptionError, did_you_mean
from autogluon_causalmix.findings import graph_checks, process_checks, row_checks, validation_checks
from autogluon_causalmix.findings.finding import Check, Finding, Folds, Tab

__all__ = ["CHECKS", "all_checks", "findings_of", "register", "unregister"]

logger = logging.getLogger("autogluon.causalmix")

#: Ours, by code.
CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            one
            for module in (validation_checks, row_checks, graph_checks, process_checks)
            for one in vars(module).values()
            if isinstance(one, Check)
        ),
        key=lambda one: one.code,
    )
)

#: What the codes of ours begin with.
OURS = "CM"

_added: dict[str, Check] = {}


def register(one: Check) -> Check:
    """Add a check for the rest of the session; it can be written above a function that is one already.

    The same function defined again, as by a notebook's cell that runs twice, takes its own place.

    Raises
    ------
    OptionError
        If another check has its code, or if it begins as ours do.
    """
    before = next((other for other in all_checks() if other.code == one.code), None)
    if before == one:
        return one
    if before is not None and (before in CHECKS or not _same_function(before, one)):
        raise OptionError(f"the code {one.code!r} is that of {before.title!r}: choose another")
    if re.fullmatch(rf"{OURS}\d+", one.code):
        raise OptionError(f"the code {one.code!r} begins with {OURS!r}, as the package's own do: choose other letters")
    _added[one.code] = one
    return one


def _same_function(one: Check, other: Check) -> bool:
    """Whether the two judges stand at the same place of the same module."""
    places = [(getattr(c.judge, "__module__", None), getattr(c.judge, "__qualname__", None)) for c in (one, other)]
    return places[0] == places[1] and places[0][1] not in (None, "<lambda>")


def unregister(code: str) -> None:
    """Take back a check that `register` added.

    Raises
    ------
    OptionError
        If `register` added no such check; ours are muted instead.
    """
    if code not in _added:
        raise OptionError(f"no check {code!r} was added; {did_you_mean(code, _added)} Mute a check of the package.")
    del _added[code]


def all_checks() -> tuple[Check, ...]:
    """Return ours by code, then those added, in the order of their registration."""
    return (*CHECKS, *_added.values())


def findings_of(
    models: Mapping[str, Folds],
    mute: Iterable[str] = (),
    known: MutableMapping[tuple[str, Check], Finding | None] | None = None,
) -> list[Finding]:
    """Ask all checks about all models: issues first, then tips, then what passed; by code within each.

    Parameters
    ----------
    models
        ``{model: {fold: report}}``.
    mute
        Codes of checks that are not asked.
    known
        Answers given before, which are not asked for again; new ones are added.

    Raises
    ------
    OptionError
        If a code to mute is that of no check.
    """
    known = {} if known is None else known
    checks, muted = all_checks(), {mute} if isinstance(mute, str) else set(mute)
    codes = [one.code for one in checks]
    for code in sorted(muted - set(codes), key=str):
        raise OptionError(f"mute holds {code!r}, which is the code of no check; {did_you_mean(code, codes)}")
    found = []
    for one in checks:
        for model, folds in models.items() if one.code not in muted else ():
            if (model, one) not in known:
                known[model, one] = _asked(one, model, folds)
            found.append(known[model, one])
    tabs = list(Tab)
    return sorted((one for one in found if one is not None), key=lambda one: (tabs.index(one.tab), one.code))


def _asked(one: Check, model: str, folds: Folds) -> Finding | None:
    try:
        return one.finding(model, folds)
    except Exception as error:  # a user's check, or a report of another version: the others still speak
        logger.warning("The check %s failed on %s (%s: %s).", one.code, model, type(error).__name__, error)
        return None
