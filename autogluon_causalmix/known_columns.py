"""The user's own table, of which a model sees what AutoGluon left: names that were stated, columns that are gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.errors import OptionError, did_you_mean

__all__ = ["environment_of", "knowledge_of", "named"]

#: What AutoGluon drops.
KINDS = "a column is constant, repeats another one, is text or dates taken apart, or was left out by your options"


def knowledge_of(
    knowledge: Knowledge, left: Iterable[Any], label: Any, given: Iterable[Any], model_folder: str
) -> tuple[Knowledge, str | None]:
    """Knowledge as it holds for the columns that AutoGluon made of the user's table, and a remark or None.

    What is known of a column holds of its parts too, as of the weekday of a date, save for edges that are
    required. Statements on columns that AutoGluon dropped are left out. A whole graph says nothing of columns that
    AutoGluon added, as predictions of other models in a stack: their edges are searched in the data. Names
    are written as AutoGluon hands columns over: ``"3"`` where the user's table has the number 3.

    Parameters
    ----------
    left, label
        Columns that the model is fitted on, and the target.
    given
        Columns that AutoGluon handed to the model.
    model_folder
        Where the model is saved: the predictor's folder above it tells the columns of the user's table.

    Raises
    ------
    OptionError
        For a name that the user's table lacks too, which is a mistake.
    """
    if not knowledge:
        return knowledge, None
    left, learner = [*left, label], _saved_learner(model_folder)
    knowledge = knowledge.renamed(_as_text(knowledge.names, left))
    knowledge, remark = _open_to_added(knowledge, left, learner)
    knowledge = knowledge.spread(_parts(knowledge.names, left, learner))
    absent = knowledge.names - set(left)
    if not absent:
        return knowledge, remark
    original = _original_columns(given, learner)
    mistakes = sorted((name for name in absent if not {name, str(name)} & original), key=str)
    if mistakes:
        raise OptionError(
            f"the causal knowledge names {mistakes[0]!r}, which is no column of your table; "
            f"{did_you_mean(mistakes[0], dict.fromkeys([*left, *original]))}"
        )
    dropped = (
        f"{_gone(absent, learner)}: what you know of it is left out; the rest holds. Take it out of the "
        "causal knowledge to silence this line"
    )
    return knowledge.without(absent), dropped if remark is None else f"{dropped}. {remark}"


def _open_to_added(knowledge: Knowledge, left: list, learner: Any) -> tuple[Knowledge, str | None]:
    """A whole graph that leaves open the edges of columns which the user's table does not have, and a remark."""
    own = getattr(learner, "original_features", None) if knowledge.edges is not None else None
    if own is None:
        return knowledge, None
    own = {*own, *map(str, own), *knowledge.names, left[-1]}
    added = tuple(name for name in left if name not in own)
    if not added:
        return knowledge, None
    names = ", ".join(repr(name) for name in added[:5]) + (" ..." if len(added) > 5 else "")
    remark = f"known_graph says nothing of columns that AutoGluon added ({names}): their edges are searched in the data"
    return dataclasses.replace(knowledge, unstated=added), remark


def environment_of(
    column: Any, left: Iterable[Any], label: Any, given: Iterable[Any], model_folder: str
) -> tuple[Any, str | None]:
    """``environment_column``, or None and a remark where AutoGluon dropped it; see `knowledge_of`."""
    if column is None:
        return None, None
    if column == label:
        raise OptionError(f"environment_column={column!r} is the target: name the column that says where a row is from")
    column = _as_text([column], left).get(column, column)
    if column in left:
        return column, None
    learner = _saved_learner(model_folder)
    original = _original_columns(given, learner)
    if not {column, str(column)} & original:
        near = did_you_mean(column, dict.fromkeys([*left, *original]))
        raise OptionError(f"environment_column={column!r} is no column of your table; {near}")
    return None, f"{_gone([column], learner)}: environment_column is ignored"


def _as_text(names: Iterable[Any], left: Iterable[Any]) -> dict[Any, str]:
    """The names that columns have otherwise than they were stated.

    AutoGluon turns a feature's name 3 into "3"; the target keeps it, which reports and GML write as "3".
    """
    as_text: dict[str, list] = {}
    left = set(left)
    for name in left:
        as_text.setdefault(str(name), []).append(name)
    return {name: as_text[str(name)][0] for name in names if name not in left and len(as_text.get(str(name), ())) == 1}


def named(y: pd.Series, model_folder: str) -> pd.Series:
    """Return the target under its name, which AutoGluon's split of a regression loses; statements name the column."""
    return y.rename(getattr(_saved_learner(model_folder), "label", None)) if y.name is None else y


def _original_columns(given: Iterable[Any], learner: Any) -> set:
    return {*given, *getattr(learner, "original_features", ()), *_roles(learner)}


def _roles(learner: Any) -> dict[Any, str]:
    """Columns that AutoGluon uses otherwise than as features, and as what."""
    roles = dict.fromkeys(getattr(learner, "ignored_columns", None) or (), "left out by ignored_columns")
    for attribute, what in (("groups", "the groups of the folds"), ("sample_weight", "the weight of the rows")):
        if getattr(learner, attribute, None) is not None:
            roles[getattr(learner, attribute)] = what
    return roles


def _gone(names: Iterable[Any], learner: Any) -> str:
    """Why no model sees the columns."""
    roles, names = _roles(learner), sorted(names, key=str)
    said = [f"{name!r} is {roles[name]} and no model sees it" for name in names if name in roles]
    dropped = ", ".join(repr(name) for name in names if name not in roles)
    return "; ".join([f"AutoGluon dropped {dropped} ({KINDS})", *said] if dropped else said)


def _parts(names: set, left: Iterable[Any], learner: Any) -> dict[Any, list[str]]:
    """What AutoGluon made of each of the ``names``: itself, and columns of it alone that nobody named, as a weekday.

    Of two dates AutoGluon links every part to both; a part then begins with the name of the one that it is of.
    """
    links = getattr(getattr(learner, "feature_generator", None), "get_feature_links", dict)()
    made_of: dict[str, list] = {}
    for original, made in links.items():
        for name in made:
            made_of.setdefault(name, []).append(str(original))
    owner = {made: _owner(made, originals) for made, originals in made_of.items()}
    parts = {
        name: [made for made in left if made == name or (made not in names and owner.get(made) == str(name))]
        for name in names
    }
    return {name: made for name, made in parts.items() if made}


def _owner(made: str, originals: list[str]) -> str | None:
    """The one of the ``originals`` of which AutoGluon made the column; None where it is of several together."""
    if len(originals) == 1:
        return originals[0]
    return max((name for name in originals if made.startswith(f"{name}.")), key=len, default=None)


def _saved_learner(model_folder: str) -> Any:
    """What knows the user's own table: AutoGluon saves its learner before it fits models. None without one."""
    from autogluon.tabular.learner import AbstractTabularLearner

    folder = next((path.parent for path in Path(model_folder).parents if path.name == "models"), None)
    if folder is None or not (folder / "learner.pkl").is_file():
        return None
    return AbstractTabularLearner.load(str(folder))
