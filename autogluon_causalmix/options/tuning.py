"""How the weights are fine-tuned: steps, episodes, members, and which step is kept."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from autogluon_causalmix.checks import check_choice, check_flag, check_number
from autogluon_causalmix.errors import OptionError

__all__ = ["MEMBER_COLUMNS", "SELECTION", "TuningOptions"]

MEMBER_COLUMNS = ("all", "blanket", "informative")
VIEWS = ("first", "all")
#: Views where none are asked for, and the rows of the largest table that has them.
SMALL_TABLE_VIEWS, SMALL_TABLE_ROWS = 6, 300
SELECTION = ("log_loss", "eval_metric")


@dataclass(frozen=True)
class TuningOptions:
    """How the weights are fine-tuned.

    Attributes
    ----------
    fine_tune : bool, default True
        Whether to fine-tune at all.
    fine_tune_steps : int >= 0, default 50
        Optimiser steps at most.
    lr : float in (0, 1], default None
        AdamW's learning rate; None goes by the size of the model: 3e-4 below a
        dimension of 256, where small models are, else 1e-5.
    warmup_steps : int >= 0, default 10
        Steps of the learning rate's linear warm-up.
    weight_decay : float >= 0, default 0.1
        AdamW's weight decay.
    patience : int >= 1, default 40
        Steps without improvement of the validation score after which fine-tuning stops.
    n_estimators : int >= 1, default 1
        Members fine-tuned and averaged; those after the first see the table in a view of their own. On 32
        tables of 200 rows two lowered log loss by .003, by .004 without synthetic rows, in about 1.8 and twice the
        seconds (benchmarks/results/two_members); in 8-fold bags they lowered nothing
        (benchmarks/results/bagged_members). Predictions take twice as long.
    n_views : int >= 1, default None
        Views in which each member is tuned, in turn, and predicts, averaged. Predictions take as many
        times as long, steps do not. None is 6 for at most 300 rows, not counting validation rows
        that AutoGluon gives, and 1 for more: measured to pay on 160 with 40 more to validate, to be
        undecided on 400 and to lose in log loss on 800.
    tuned_views : {"first", "all"}, default "all"
        Views that episodes are seen in: all of ``n_views``, one step after the other, or the first alone,
        so that predictions in the others are of views that fine-tuning never saw.
    watched_views : {"first", "all"}, default "first"
        Views that the score of every step is averaged over. With "all" a step's validation costs as many passes;
        with "first" the kept step and the untuned model are compared in all of them once, at the end.
    weight_averaging : float in [0, 1), default 0
        Decay of a moving average over the steps' weights, which is validated and kept in place of
        the latest weights; 0 keeps those. Costs one copy of the weights.
    untuned_share : float in [0, 1), default 0
        Share of the untuned weights in the weights that are validated and kept: each is so much of
        what it was and the rest of what fine-tuning made of it (WiSE-FT, arXiv 2109.01903). Costs one
        copy of the weights.
    rotate_holdout : bool, default False
        Whether each member holds out other rows, so that all rows train some member and most pick
        some member's step; synthetic rows are fitted for each member then. It means nothing where
        validation rows are given, as by a bag.
    pooled_step : bool, default False
        Whether all members keep the same step, chosen on the validation rows of all of them
        together. They are trained side by side: memory for all at once, the same seconds.
    keep_untuned_within : float >= 0, default 0
        The untuned model is kept unless the loss of the validation rows is lower by more than so
        many standard errors of the paired difference; 0 is by anything. Costs two passes.
    random_mirror_x, shuffle_classes, shuffle_features : bool, default True, True, False
        What a view changes: the sign of columns, the codes of classes, the order of columns.
    member_columns : {"all", "blanket", "informative"}, default "all"
        What members after the first see: all columns; the target's Markov blanket in a DAG of each
        member's own; or as many columns by their mutual information with the target, which is the
        control without a graph. Costs a causal discovery for each set of training rows.
    selection : {"log_loss", "eval_metric"}, default "log_loss"
        Score that picks the step; "log_loss" is the squared error in a regression.
    holdout_share : float in [0, 0.9], default 0.2
        Rows held out for the choice of the step when no validation rows are given; 0 keeps the
        last step. refit_full uses 0 with the steps that were kept.
    validation_joins_support : bool, default False
        Whether a bag's child, once its out-of-fold predictions are made, takes its validation rows
        into the support that later predictions are made from. A single model never does: its
        validation score is computed again for ensembles. Afterwards
        ``feature_importance()`` of a bag without data of its own sees rows that the child knows.
    environment_column : column name, default None
        Column that says which domain a row is from (a site, a year): episodes ask about rows of some
        domains with support rows of others, which rehearses predictions in a new domain. So do
        synthetic episodes, unless ``environments`` tells their worlds apart instead. Rows held out are
        chosen and predicted as ever. Each value is a domain, and missing is one too: group a number of
        many values first, or episodes are as good as ordinary ones. The column stays a feature. In a
        query row a category's value is hidden, as it is in predictions for a domain that training
        never had; a number is shown. The support keeps the domains of at least half of the rows, so a
        domain of more is never asked about; nor are rows of a class that only the query's domains
        have. Episodes may be smaller than without the option. AutoGluon turns text of exactly two
        values into a number, 0 or 1, which is shown too. Over 19 tables with new domains leaving the column
        out did as well (benchmarks/results/shift).
    query_share : float in [0.01, 0.9], default 0.2
        An episode's query rows.
    max_support : int >= 2, default 8192
        Support rows at most, in an episode and in predictions.
    max_query : int >= 1, default 1024
        An episode's query rows at most.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> TuningOptions(lr=1e-4).learning_rate(dim=512)
    0.0001
    >>> TuningOptions(patience=0)
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: patience=0 must be a whole number of at least 1
    """

    fine_tune: bool = True
    fine_tune_steps: int = 50
    lr: float | None = None
    warmup_steps: int = 10
    weight_decay: float = 0.1
    patience: int = 40
    n_estimators: int = 1
    n_views: int | None = None
    tuned_views: str = "all"
    watched_views: str = "first"
    weight_averaging: float = 0.0
    untuned_share: float = 0.0
    rotate_holdout: bool = False
    pooled_step: bool = False
    keep_untuned_within: float = 0.0
    random_mirror_x: bool = True
    shuffle_classes: bool = True
    shuffle_features: bool = False
    member_columns: str = "all"
    selection: str = "log_loss"
    holdout_share: float = 0.2
    validation_joins_support: bool = False
    environment_column: Any = None
    query_share: float = 0.2
    max_support: int = 8192
    max_query: int = 1024

    def __post_init__(self) -> None:
        for name in (
            "fine_tune",
            "random_mirror_x",
            "shuffle_classes",
            "shuffle_features",
            "validation_joins_support",
            "rotate_holdout",
            "pooled_step",
        ):
            check_flag(name, getattr(self, name))
        for name, low in (
            ("fine_tune_steps", 0),
            ("warmup_steps", 0),
            ("patience", 1),
            ("n_estimators", 1),
            ("max_support", 2),
            ("max_query", 1),
        ):
            check_number(name, getattr(self, name), low, whole=True)
        for name, low, high in (
            ("weight_decay", 0, math.inf),
            ("holdout_share", 0, 0.9),
            ("query_share", 0.01, 0.9),
            ("weight_averaging", 0, 0.9999),
            ("untuned_share", 0, 0.9999),
            ("keep_untuned_within", 0, math.inf),
        ):
            check_number(name, getattr(self, name), low, high)
        if self.n_views is not None:
            check_number("n_views", self.n_views, 1, whole=True)
        if self.lr is not None:
            check_number("lr", self.lr, 1e-12, 1)
        check_choice("member_columns", self.member_columns, MEMBER_COLUMNS)
        for name in ("tuned_views", "watched_views"):
            check_choice(name, getattr(self, name), VIEWS)
        check_choice("selection", self.selection, SELECTION)
        if not isinstance(self.environment_column, Hashable):
            raise OptionError(f"environment_column={self.environment_column!r} must be the name of one column")

    @property
    def tunes(self) -> bool:
        """Whether any step is to be taken."""
        return bool(self.fine_tune) and self.fine_tune_steps > 0

    @property
    def chooses_columns(self) -> bool:
        """Whether a graph chooses the columns of members after the first."""
        return self.member_columns != "all" and self.n_estimators > 1

    def without_effect(self, *, n_rows: int, has_validation_rows: bool, in_bag: bool = False) -> list[str]:
        """Names of options that differ from their defaults and change nothing in such a fit, with the reason.

        ``n_rows`` is what ``views`` takes, ``in_bag`` whether the fit is of a bag's child.
        """
        usual = type(self)
        found = []
        if self.n_estimators == 1:
            names = ("rotate_holdout", "pooled_step", "member_columns")
            found = [f"{name} (n_estimators is 1)" for name in names if getattr(self, name) != getattr(usual, name)]
        if self.views(n_rows) == 1:
            why = f"n_views is 1 beyond {SMALL_TABLE_ROWS} rows" if self.n_views is None else "n_views is 1"
            names = ("tuned_views", "watched_views")
            found += [f"{name} ({why})" for name in names if getattr(self, name) != getattr(usual, name)]
        if not has_validation_rows and not self.holdout_share:
            names = ("keep_untuned_within", "patience", "selection")
            why = "there are no validation rows"
            found += [f"{name} ({why})" for name in names if getattr(self, name) != getattr(usual, name)]
        if has_validation_rows:
            if self.rotate_holdout and self.n_estimators > 1:
                found.append("rotate_holdout (validation rows are given)")
            if self.holdout_share != usual.holdout_share:
                found.append("holdout_share (validation rows are given)")
        if self.validation_joins_support and not in_bag:
            found.append("validation_joins_support (the model is not one of a bag's)")
        return found

    def views(self, n_rows: int) -> int:
        """Views of each member of a model that is fitted to ``n_rows`` rows."""
        if self.n_views is not None:
            return self.n_views
        return SMALL_TABLE_VIEWS if n_rows <= SMALL_TABLE_ROWS else 1

    def learning_rate(self, dim: int) -> float:
        """Learning rate for a model of ``dim`` dimensions.

        3e-4 for small models, chosen on earlier weights of ours; on those that are bundled now half of it
        did no worse (benchmarks/results/steadier, one fold), and no other was measured.
        1e-5 for full-size ones: Mitra v2's published recipe (its weights
        could not be loaded where this was measured).
        """
        if self.lr is not None:
            return self.lr
        return 3e-4 if dim < 256 else 1e-5
