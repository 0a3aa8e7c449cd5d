"""Search spaces in place of values, the same for all models of the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autogluon_causalmix.errors import OptionError

__all__ = ["check_holds_no_space", "check_space", "searched", "without_spaces"]


def searched(hyperparameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Hyperparameters that are search spaces, and the others."""
    from autogluon.common.space import Space

    spaces = {name: value for name, value in hyperparameters.items() if isinstance(value, Space)}
    return spaces, {name: value for name, value in hyperparameters.items() if name not in spaces}


def without_spaces(params: dict[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters of a fit; `OptionError` if one is a search space still."""
    spaces, _ = searched(params)
    if spaces:
        raise OptionError(
            f"{', '.join(spaces)}: a search space needs a search; pass hyperparameter_tune_kwargs='random' to "
            "fit(), or give one value"
        )
    return params


def check_space(name: str, space: Any, fixed: Mapping[str, Any], check: Callable[[dict[str, Any]], object]) -> None:
    """Raise `OptionError` if a search space holds a value that the option cannot take.

    The ends of a range and each of a list's choices are tried, one at a time beside ``fixed``, by ``check``, which
    is given hyperparameters and raises `OptionError`.
    """
    ends = [getattr(space, end) for end in ("lower", "upper", "default") if hasattr(space, end)]
    for value in getattr(space, "data", None) or ends:
        try:
            check({**fixed, name: value})
        except OptionError as error:
            raise OptionError(f"the search space of {name!r} holds {value!r}: {error}") from error


def check_holds_no_space(option: str, values: Mapping[str, Any]) -> None:
    """Raise `OptionError` if an option that is a dictionary holds a search space, which AutoGluon would not search."""
    for name, space in searched(values)[0].items():
        raise OptionError(
            f"{option}[{name!r}]={space!r} is a search space inside a dictionary, which is not searched: make the "
            f"whole option one, {option}=space.Categorical({{{name!r}: ...}}, {{{name!r}: ...}}), or give one value"
        )
